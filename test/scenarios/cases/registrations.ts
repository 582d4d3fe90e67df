/** Who registered what, and when: cases 1 to 11. */
import type { Scenario } from '../scenario.ts';

/** Submitted 1 Oct, approved 3 Oct, protected for 90 days. */
const firstClaim = {
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
/** A day later in everything. */
const secondClaim = {
  submitted: '2026-10-02T08:00Z',
  decided: '2026-10-04T08:00Z',
  protectedUntil: '2027-01-02',
} as const;
const created = '2026-10-10T10:00Z';

export const registrationCases: Scenario[] = [
  {
    case: 1,
    title: 'Partner registers after AE already had an open opportunity: teaming',
    given: {
      deal: { created: '2026-10-01T10:00Z' },
      registrations: [
        {
          number: 'DR-1A',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-10-20T08:00Z',
          decided: '2026-10-22T15:30Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: approval of DR-1A on 22 Oct 2026 15:30Z, after creation ' +
          '(1 Oct 2026 10:00Z).',
        influencedBy: ['Acme'],
      },
    },
  },
  {
    case: 1,
    title: 'Partner registers after AE already had an open opportunity, and declines teaming',
    given: {
      deal: { created: '2026-10-01T10:00Z' },
      registrations: [
        {
          number: 'DR-1B',
          by: 'Acme',
          state: 'Rejected',
          submitted: '2026-10-20T08:00Z',
          decided: '2026-10-22T15:30Z',
          reason: 'DIRECT_ACTIVE',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Direct',
        status: 'Confirmed',
        rule: 'R11',
        sentence: 'Direct: no registration, referral, touch or role of a partner counts.',
      },
    },
  },
  {
    case: 2,
    title: 'As 1, but partner has dated evidence of intro before opp, 3 days after creation',
    given: {
      deal: { created: '2026-11-10T10:00Z' },
      registrations: [
        {
          number: 'DR-2A',
          by: 'Acme',
          state: 'In Review',
          submitted: '2026-11-13T10:00Z',
          evidence: '2026-11-02T00:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R6',
        sentence:
          'Pending Review: DR-2A by Acme was submitted 13 Nov 2026 10:00Z, 3 days after creation, ' +
          'with evidence dated 2 Nov 2026, before it.',
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-2A',
            set: {
              state: 'Approved',
              decided: '2026-11-30T08:00:00.000Z',
              protected_until: '2027-02-28',
              confirmed: '2026-11-30T08:00:00.000Z',
            },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-2A submitted 13 Nov 2026 10:00Z, 3 days after creation, upheld ' +
              'by evidence of 2 Nov 2026; approved 30 Nov 2026 08:00Z, protected until 28 Feb 2027.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
  {
    case: 2,
    title: 'Dated evidence, but registered 8 days after creation',
    given: {
      deal: { created: '2026-11-05T10:00Z' },
      registrations: [
        {
          number: 'DR-2B',
          by: 'Acme',
          state: 'In Review',
          submitted: '2026-11-13T10:01Z',
          evidence: '2026-11-02T00:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Direct',
        status: 'Confirmed',
        rule: 'R11',
        sentence:
          'Direct: no registration, referral, touch or role of a partner counts ' +
          '(1 partner record in no window that counts).',
      },
    },
  },
  {
    case: 3,
    title: "AE opened opp after partner's submission but before approval",
    given: {
      deal: { created: '2026-11-05T10:00Z' },
      registrations: [
        { number: 'DR-3', by: 'Acme', state: 'In Review', submitted: '2026-11-03T09:14Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R6',
        sentence:
          'Pending Review: DR-3 by Acme, submitted 3 Nov 2026 09:14Z, 2 days before creation ' +
          '(5 Nov 2026 10:00Z), is not decided.',
        fields: { registration_id: 'DR-3', credit_percent: null },
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-3',
            set: {
              state: 'Approved',
              decided: '2026-11-30T08:00:00.000Z',
              protected_until: '2027-02-28',
            },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-3 submitted 3 Nov 2026 09:14Z, 2 days before creation ' +
              '(5 Nov 2026 10:00Z); approved 30 Nov 2026 08:00Z, protected until 28 Feb 2027.',
            sourcedBy: 'Acme',
            fields: {
              registration_id: 'DR-3',
              registration_submitted_at: '2026-11-03T09:14:00.000Z',
              registration_approved_on: '2026-11-30',
              protection_expires_on: '2027-02-28',
            },
          },
        },
      },
    ],
  },
  {
    case: 4,
    title: 'AE\'s "opportunity" is a placeholder: no activity 60 days; the rule wins: Influenced',
    given: {
      deal: { created: '2026-07-01T10:00Z', stages: [], amount: null },
      registrations: [
        {
          number: 'DR-4',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-11-07T09:00Z',
          decided: '2026-11-12T09:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: approval of DR-4 on 12 Nov 2026 09:00Z, after creation ' +
          '(1 Jul 2026 10:00Z).',
        influencedBy: ['Acme'],
      },
      stale: true,
    },
  },
  {
    case: 5,
    title: 'Two partners, same account, same scope: the first wins, the second is rejected',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-5A', by: 'Acme', state: 'Approved', ...firstClaim },
        {
          number: 'DR-5B',
          by: 'Birch',
          state: 'Rejected',
          submitted: secondClaim.submitted,
          decided: secondClaim.decided,
          reason: 'DUPLICATE_PARTNER',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-5A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: false, channel_conflict_with: null },
      },
    },
  },
  {
    case: 5,
    title: 'Two partners, same account, same scope: the second took part and is Influenced',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-5C', by: 'Acme', state: 'Approved', ...firstClaim },
        {
          number: 'DR-5D',
          by: 'Birch',
          state: 'Rejected',
          submitted: secondClaim.submitted,
          decided: secondClaim.decided,
          reason: 'DUPLICATE_PARTNER',
        },
      ],
      touches: [{ by: 'Birch', kind: 'Technical validation', at: '2026-10-20T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-5C submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        influencedBy: ['Birch'],
        credits: ['Acme Sourcing 100', 'Birch Influencing 100'],
      },
    },
  },
  {
    case: 6,
    title: 'Two partners, same account, different scope/region: the first scope',
    given: {
      deal: { created, customer: 'Trent Valley College', product: 'Ledger' },
      registrations: [{ number: 'DR-6A', by: 'Acme', state: 'Approved', ...firstClaim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-6A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: false },
      },
    },
  },
  {
    case: 6,
    title: 'Two partners, same account, different scope/region: the second scope',
    given: {
      deal: { created, customer: 'Trent Valley College', product: 'Fieldwork' },
      registrations: [{ number: 'DR-6B', by: 'Birch', state: 'Approved', ...secondClaim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Birch: DR-6B submitted 2 Oct 2026 08:00Z, 8 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 4 Oct 2026 08:00Z, protected until 2 Jan 2027.',
        sourcedBy: 'Birch',
        fields: { channel_conflict: false },
      },
    },
  },
  {
    case: 7,
    title: 'Two partners within 60 seconds: manual review, and a neutral person ends it',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-7A', by: 'Birch', state: 'Approved', ...firstClaim },
        {
          number: 'DR-7B',
          by: 'Acme',
          state: 'Approved',
          ...firstClaim,
          submitted: '2026-10-01T08:00:20Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R3',
        sentence:
          'Pending Review: DR-7A by Birch and DR-7B by Acme were submitted 20 seconds apart ' +
          '(1 Oct 2026 08:00Z); a person must decide.',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-7B (Acme)' },
        credits: [],
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-7B',
            set: { confirmed: '2026-11-30T08:00:00.000Z' },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-7B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
            fields: { channel_conflict: true, channel_conflict_with: 'DR-7A (Birch)' },
          },
        },
      },
    ],
  },
  {
    case: 7,
    title: 'Two partners within the same import batch: named in the order of their numbers',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-7D', by: 'Acme', state: 'Approved', ...firstClaim },
        { number: 'DR-7C', by: 'Birch', state: 'Approved', ...firstClaim },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R3',
        sentence:
          'Pending Review: DR-7C by Birch and DR-7D by Acme were submitted 0 seconds apart ' +
          '(1 Oct 2026 08:00Z); a person must decide.',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-7D (Acme)' },
      },
    },
  },
  {
    case: 8,
    title: 'Customer states in writing it wants another partner',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-8A', by: 'Acme', state: 'Approved', ...firstClaim },
        { number: 'DR-8B', by: 'Birch', state: 'Approved', ...secondClaim },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-8A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-8B (Birch)' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-8A',
            set: { state: 'Revoked', reason: 'CUSTOMER_PREFERS_OTHER' },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Birch: DR-8B submitted 2 Oct 2026 08:00Z, 8 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 4 Oct 2026 08:00Z, protected until 2 Jan 2027.',
            sourcedBy: 'Birch',
            fields: { channel_conflict: false, channel_conflict_with: null },
            credits: ['Birch Sourcing 100'],
          },
        },
      },
    ],
  },
  {
    case: 9,
    title: 'Registration expired before close: opp was created while protected, credit stays',
    given: {
      deal: { created: '2026-06-01T10:00Z' },
      registrations: [
        {
          number: 'DR-9A',
          by: 'Acme',
          state: 'Expired',
          submitted: '2026-05-20T08:00Z',
          decided: '2026-05-24T08:00Z',
          protectedUntil: '2026-08-22',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-9A submitted 20 May 2026 08:00Z, 12 days before creation ' +
          '(1 Jun 2026 10:00Z); approved 24 May 2026 08:00Z, protected until 22 Aug 2026.',
        sourcedBy: 'Acme',
        fields: { protection_expires_on: '2026-08-22' },
      },
    },
  },
  {
    case: 9,
    title: 'Registration expired, opp created after expiry: not sourced, influenced by touches',
    given: {
      deal: { created: '2026-09-10T10:00Z' },
      registrations: [
        {
          number: 'DR-9B',
          by: 'Acme',
          state: 'Expired',
          submitted: '2026-05-20T08:00Z',
          decided: '2026-05-24T08:00Z',
          protectedUntil: '2026-08-22',
        },
      ],
      touches: [{ by: 'Acme', kind: 'Discovery', at: '2026-10-01T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: Discovery on 1 Oct 2026 09:00Z, after creation ' +
          '(10 Sep 2026 10:00Z).',
        influencedBy: ['Acme'],
        fields: {
          last_touch_at: '2026-10-01T09:00:00.000Z',
          last_touch_kind: 'Discovery',
          registration_id: null,
        },
      },
    },
  },
  {
    case: 10,
    title: 'Expires while in final stage (Negotiation+): the attribution outlives the protection',
    given: {
      deal: {
        created: '2026-09-10T10:00Z',
        stages: [['Negotiation', '2026-11-20T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-10',
          by: 'Acme',
          state: 'Converted',
          submitted: '2026-09-01T08:00Z',
          decided: '2026-09-01T09:00Z',
          protectedUntil: '2026-11-30',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-10 submitted 1 Sep 2026 08:00Z, 9 days before creation ' +
          '(10 Sep 2026 10:00Z); approved 1 Sep 2026 09:00Z, protected until 30 Nov 2026.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        on: 'tuesday',
        change: [{ edit: 'registration', number: 'DR-10', set: { state: 'Expired' } }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-10 submitted 1 Sep 2026 08:00Z, 9 days before creation ' +
              '(10 Sep 2026 10:00Z); approved 1 Sep 2026 09:00Z, protected until 30 Nov 2026.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
];
