/** A partner registers, and sales has or opens an opportunity: cases 1 to 4. */
import type { Scenario } from '../scenario.ts';

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
];
