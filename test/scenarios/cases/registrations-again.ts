/** Registrations that come again, late, several at once or for somebody else: cases 33 to 40. */
import type { Scenario } from '../scenario.ts';

const direct = 'Direct: no registration, referral, touch or role of a partner counts';

export const registrationsAgain: Scenario[] = [
  {
    case: 33,
    title: 'Resubmission: same registration, its first submission counts once it is approved',
    given: {
      deal: { created: '2026-11-05T10:00Z' },
      registrations: [
        {
          number: 'DR-33',
          by: 'Acme',
          state: 'Submitted',
          submitted: '2026-11-03T09:00Z',
          resubmissions: 1,
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R6',
        sentence:
          'Pending Review: DR-33 by Acme, submitted 3 Nov 2026 09:00Z, 2 days before creation ' +
          '(5 Nov 2026 10:00Z), is not decided.',
      },
    },
    later: [
      {
        on: 'tuesday',
        change: [
          {
            edit: 'registration',
            number: 'DR-33',
            set: {
              state: 'Approved',
              decided: '2026-12-01T08:00:00.000Z',
              protected_until: '2027-03-01',
            },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-33 submitted 3 Nov 2026 09:00Z, 2 days before creation ' +
              '(5 Nov 2026 10:00Z); approved 1 Dec 2026 08:00Z, protected until 1 Mar 2027.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
  {
    case: 34,
    title: 'Withdrawn, then re-registered: priority lost',
    given: {
      deal: { created: '2026-10-01T10:00Z' },
      registrations: [
        { number: 'DR-34A', by: 'Acme', state: 'Withdrawn', submitted: '2026-09-20T08:00Z' },
        {
          number: 'DR-34B',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-10-10T08:00Z',
          decided: '2026-10-12T08:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: approval of DR-34B on 12 Oct 2026 08:00Z, after creation ' +
          '(1 Oct 2026 10:00Z).',
        influencedBy: ['Acme'],
      },
    },
  },
  {
    case: 35,
    title: 'Backfilled registration (42 h before Won)',
    given: {
      deal: {
        created: '2026-09-01T10:00Z',
        stages: [['Closed Won', '2026-11-24T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-35A',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-11-22T16:00Z',
          decided: '2026-11-23T08:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R2',
        sentence:
          'Pending Review: DR-35A by Acme was submitted 22 Nov 2026 16:00Z, 1 day before the ' +
          'opportunity closed (24 Nov 2026 10:00Z), and is not confirmed.',
      },
    },
  },
  {
    case: 35,
    title: 'Backfilled registration, confirmed by a neutral person: Sourced',
    given: {
      deal: {
        created: '2026-11-23T10:00Z',
        stages: [['Closed Won', '2026-11-24T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-35B',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-11-22T16:00Z',
          decided: '2026-11-23T08:00Z',
          protectedUntil: '2027-02-21',
          confirmed: '2026-11-25T09:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Provisional',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-35B submitted 22 Nov 2026 16:00Z, 18 hours before creation ' +
          '(23 Nov 2026 10:00Z); approved 23 Nov 2026 08:00Z, protected until 21 Feb 2027.',
        sourcedBy: 'Acme',
      },
    },
  },
  {
    case: 35,
    title: 'Registered exactly 72 h before Won: no backfill, a late registration is a touch',
    given: {
      deal: {
        created: '2026-09-01T10:00Z',
        stages: [['Closed Won', '2026-11-24T10:00Z']],
      },
      registrations: [
        {
          number: 'DR-35C',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-11-21T10:00Z',
          decided: '2026-11-22T10:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Acme: approval of DR-35C on 22 Nov 2026 10:00Z, after creation ' +
          '(1 Sep 2026 10:00Z).',
        influencedBy: ['Acme'],
      },
    },
  },
  {
    case: 36,
    title: 'Opp account != registered account (subsidiary/typo): linked, the link counts',
    given: {
      deal: { created: '2026-10-10T10:00Z', customer: 'Claymore Holding' },
      registrations: [
        {
          number: 'DR-36',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-03T08:00Z',
          protectedUntil: '2027-01-01',
          customer: 'Claymore Castings',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-36 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
      },
    },
  },
  {
    case: 38,
    title: 'One opportunity <- several approved registrations: earliest kept, others flagged',
    given: {
      deal: { created: '2026-10-10T10:00Z' },
      registrations: [
        {
          number: 'DR-38C',
          by: 'Cedar',
          state: 'Approved',
          submitted: '2026-10-03T08:00Z',
          decided: '2026-10-03T09:00Z',
        },
        {
          number: 'DR-38B',
          by: 'Birch',
          state: 'Approved',
          submitted: '2026-10-02T08:00Z',
          decided: '2026-10-06T08:00Z',
        },
        {
          number: 'DR-38A',
          by: 'Acme',
          state: 'Approved',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-07T08:00Z',
          protectedUntil: '2027-01-05',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-38A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 7 Oct 2026 08:00Z, protected until 5 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-38B (Birch); DR-38C (Cedar)' },
      },
    },
    later: [
      {
        // A write to the second one does not let it win: nothing oscillates.
        on: 'monday',
        change: [{ edit: 'registration', number: 'DR-38B', set: { state: 'Converted' } }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-38A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 7 Oct 2026 08:00Z, protected until 5 Jan 2027.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
  {
    case: 40,
    title: 'Partner is also the customer: self-deals never sourced',
    given: {
      deal: { created: '2026-10-10T10:00Z', customer: 'Birch' },
      registrations: [
        {
          number: 'DR-40',
          by: 'Birch',
          state: 'Approved',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-03T08:00Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Direct',
        status: 'Confirmed',
        rule: 'R11',
        sentence: `${direct} (1 partner record in no window that counts).`,
      },
    },
  },
];
