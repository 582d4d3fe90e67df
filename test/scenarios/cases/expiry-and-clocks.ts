/** Protections that end, claims that wait, and the calendar: cases 9, 10, 30 and 31. */
import type { Scenario } from '../scenario.ts';

export const expiryCases: Scenario[] = [
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
    case: 9,
    title: 'Opp created in the last minute of the last protected day: sourced',
    given: {
      deal: { created: '2026-08-22T23:59Z' },
      registrations: [
        {
          number: 'DR-9C',
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
          'Sourced by Acme: DR-9C submitted 20 May 2026 08:00Z, 94 days before creation ' +
          '(22 Aug 2026 23:59Z); approved 24 May 2026 08:00Z, protected until 22 Aug 2026.',
        sourcedBy: 'Acme',
        fields: { protection_expires_on: '2026-08-22' },
      },
    },
  },
  {
    case: 9,
    title: 'Opp created at midnight after the last protected day, no touch: not sourced',
    given: {
      deal: { created: '2026-08-23T00:00Z' },
      registrations: [
        {
          number: 'DR-9D',
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
  {
    case: 30,
    title: 'Weekend: won on a Saturday, locked by the calendar 5 business days later',
    given: {
      deal: {
        created: '2026-10-01T10:00Z',
        stages: [['Closed Won', '2026-11-21T10:00Z']],
      },
      touches: [{ by: 'Acme', kind: 'Discovery', at: '2026-10-05T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: Discovery on 5 Oct 2026 09:00Z, after creation (1 Oct 2026 10:00Z).',
        influencedBy: ['Acme'],
        fields: { attribution_locked_at: null },
      },
    },
    later: [
      {
        // Monday 23 Nov is day 0: its end and five more ends of business are over.
        on: 'tuesday',
        change: [],
        shows: {
          attribution: {
            type: 'Influenced',
            status: 'Locked',
            rule: 'R7',
            sentence:
              'Influenced by Acme: Discovery on 5 Oct 2026 09:00Z, after creation ' +
              '(1 Oct 2026 10:00Z).',
            influencedBy: ['Acme'],
            fields: { attribution_locked_at: '2026-11-30T17:00:00.000Z' },
          },
        },
      },
    ],
  },
  {
    case: 31,
    title: 'SLA paused while waiting for partner: until then the claim is open',
    given: {
      deal: { created: '2026-11-05T10:00Z' },
      registrations: [
        {
          number: 'DR-31',
          by: 'Acme',
          state: 'Action Required',
          submitted: '2026-11-03T09:00Z',
          reason: 'INSUFFICIENT_INFO',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R6',
        sentence:
          'Pending Review: DR-31 by Acme, submitted 3 Nov 2026 09:00Z, 2 days before creation ' +
          '(5 Nov 2026 10:00Z), is not decided.',
      },
    },
  },
];
