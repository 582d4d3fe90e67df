/** Opportunities that close and open again: cases 12 and 13. */
import type { Scenario } from '../scenario.ts';

const direct = 'Direct: no registration, referral, touch or role of a partner counts';

export const reopenedCases: Scenario[] = [
  {
    case: 12,
    title: 'Opportunity closed-lost then re-opened after 60 days: same attribution, lock released',
    given: {
      deal: {
        created: '2026-09-01T10:00Z',
        stages: [
          ['Proposal', '2026-09-10T10:00Z'],
          ['Closed Lost', '2026-10-01T10:00Z'],
        ],
      },
      registrations: [
        {
          number: 'DR-12A',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-08-20T08:00Z',
          decided: '2026-08-22T08:00Z',
          protectedUntil: '2026-11-20',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-12A submitted 20 Aug 2026 08:00Z, 12 days before creation ' +
          '(1 Sep 2026 10:00Z); approved 22 Aug 2026 08:00Z, protected until 20 Nov 2026.',
        sourcedBy: 'Acme',
        fields: { attribution_locked_at: '2026-10-08T17:00:00.000Z' },
      },
      stale: false,
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Proposal' } }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-12A submitted 20 Aug 2026 08:00Z, 12 days before creation ' +
              '(1 Sep 2026 10:00Z); approved 22 Aug 2026 08:00Z, protected until 20 Nov 2026.',
            sourcedBy: 'Acme',
            fields: { attribution_locked_at: null },
          },
          stale: false,
        },
      },
    ],
  },
  {
    case: 12,
    title: 'Closed-lost then re-opened after 152 days: evaluated as new, the registration expired',
    given: {
      deal: {
        created: '2026-05-10T10:00Z',
        stages: [['Closed Lost', '2026-07-01T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-12B',
          by: 'Acme',
          state: 'Expired',
          submitted: '2026-05-01T08:00Z',
          decided: '2026-05-04T08:00Z',
          protectedUntil: '2026-08-02',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-12B submitted 1 May 2026 08:00Z, 9 days before creation ' +
          '(10 May 2026 10:00Z); approved 4 May 2026 08:00Z, protected until 2 Aug 2026.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Proposal' } }],
        shows: {
          attribution: {
            type: 'Direct',
            status: 'Provisional',
            rule: 'R11',
            sentence: `${direct} (1 partner record in no window that counts).`,
            fields: { attribution_locked_at: null, credit_percent: null, registration_id: null },
          },
        },
      },
    ],
  },
  {
    case: 12,
    title: 'Closed-lost then re-opened after 152 days: evaluated as new, the registration is valid',
    given: {
      deal: {
        created: '2026-05-10T10:00Z',
        stages: [['Closed Lost', '2026-07-01T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-12C',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-05-01T08:00Z',
          decided: '2026-05-04T08:00Z',
          protectedUntil: '2026-12-31',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-12C submitted 1 May 2026 08:00Z, 9 days before creation ' +
          '(10 May 2026 10:00Z); approved 4 May 2026 08:00Z, protected until 31 Dec 2026.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Proposal' } }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Provisional',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-12C submitted 1 May 2026 08:00Z, 213 days before creation ' +
              '(30 Nov 2026 09:00Z); approved 4 May 2026 08:00Z, protected until 31 Dec 2026.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
  {
    case: 13,
    title: 'Closed-won then re-opened (mistake) within the correction window: unlocked',
    given: {
      deal: {
        created: '2026-10-10T10:00Z',
        stages: [['Closed Won', '2026-11-25T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-13A',
          by: 'Acme',
          state: 'Won',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-03T08:00Z',
          protectedUntil: '2027-01-01',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-13A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Negotiation' } }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-13A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
          },
        },
      },
      {
        // Open again, so the instant at which it would have locked (2 Dec) passes without a lock.
        on: 'friday',
        change: [],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-13A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
            fields: { attribution_locked_at: null },
          },
        },
      },
    ],
  },
  {
    case: 13,
    title: 'Closed-won then re-opened after the correction window: stays Locked',
    given: {
      deal: {
        created: '2026-10-10T10:00Z',
        stages: [['Closed Won', '2026-11-10T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-13B',
          by: 'Acme',
          state: 'Won',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-03T08:00Z',
          protectedUntil: '2027-01-01',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-13B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { attribution_locked_at: '2026-11-17T17:00:00.000Z' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          { edit: 'opportunity', set: { stage: 'Negotiation' } },
          { edit: 'registration', number: 'DR-13B', set: { state: 'Revoked' } },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Locked',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-13B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
            fields: { attribution_locked_at: '2026-11-17T17:00:00.000Z' },
          },
        },
      },
    ],
  },
];
