/** Records that become one: cases 15 to 17. */
import { nameOf, type Scenario } from '../scenario.ts';

/** A registration of Ginkgo, Hazel ... that sources a deal of 10 Oct. */
const claim = {
  state: 'Approved',
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
const created = '2026-10-10T10:00Z';

const twin = {
  case: 16,
  title: 'HubSpot deal merge: the deal that is merged away',
} as const;

export const mergeCases: Scenario[] = [
  {
    case: 15,
    title: 'Partner account merged: the registration is re-pointed',
    given: { deal: { created }, registrations: [{ number: 'DR-15A', by: 'Ginkgo', ...claim }] },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Ginkgo: DR-15A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Ginkgo',
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ merge: 'partner', gone: 'Ginkgo', into: 'Hazel' }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Hazel: DR-15A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Hazel',
          },
          tasks: [],
        },
      },
    ],
  },
  {
    case: 15,
    title: 'Partner account merged: both were credited on one opp, the credit is summed',
    given: {
      deal: { created: '2026-09-01T10:00Z' },
      touches: [
        { by: 'Ginkgo', kind: 'Discovery', at: '2026-09-10T09:00Z' },
        { by: 'Hazel', kind: 'Reference', at: '2026-10-01T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Hazel and 1 other partner: Reference on 1 Oct 2026 09:00Z, the last of ' +
          '2 qualifying touches, after creation (1 Sep 2026 10:00Z).',
        influencedBy: ['Ginkgo', 'Hazel'],
        credits: ['Ginkgo Influencing 50', 'Hazel Influencing 50'],
      },
    },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          attribution: {
            type: 'Influenced',
            status: 'Confirmed',
            rule: 'R7',
            sentence:
              'Influenced by Hazel: Reference on 1 Oct 2026 09:00Z, the last of 2 qualifying ' +
              'touches, after creation (1 Sep 2026 10:00Z).',
            influencedBy: ['Hazel'],
            credits: ['Hazel Influencing 100'],
          },
          tasks: [],
        },
      },
    ],
  },
  {
    case: 15,
    title: 'Partner account merged: a locked attribution names the survivor, its sentence stays',
    given: {
      deal: { created, stages: [['Closed Won', '2026-11-10T10:00Z']] },
      registrations: [{ number: 'DR-15C', by: 'Ginkgo', ...claim, state: 'Won' }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Ginkgo: DR-15C submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Ginkgo',
      },
    },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Locked',
            rule: 'R3',
            sentence:
              'Sourced by Ginkgo: DR-15C submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Hazel',
            credits: ['Hazel Sourcing 100'],
          },
          tasks: [],
        },
      },
    ],
  },
  {
    case: 16,
    title: 'HubSpot deal merge: new id, the old ids lead to it, the attribution moves along',
    given: { deal: { created }, registrations: [{ number: 'DR-16', by: 'Acme', ...claim }] },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-16 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        // On Salesforce, which merges no opportunities, the two stay apart and nothing changes.
        on: 'monday',
        change: [{ merge: 'opportunity', gone: nameOf(twin) }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-16 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
          },
          tasks: [],
        },
      },
    ],
  },
  {
    ...twin,
    given: { deal: { created } },
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
    case: 17,
    title: 'Customer account merged: two approved registrations, never auto-reject retroactively',
    given: {
      deal: { created, customer: 'Carver Mills' },
      registrations: [{ number: 'DR-17A', by: 'Acme', ...claim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-17A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ merge: 'customer', gone: 'Carver Mills Grp', into: 'Carver Mills' }],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-17A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
          },
        },
      },
    ],
  },
  {
    case: 17,
    title: 'Customer account merged: the opportunity of the account that went',
    given: {
      deal: { created, customer: 'Carver Mills Grp' },
      registrations: [{ number: 'DR-17B', by: 'Birch', ...claim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Birch: DR-17B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Birch',
      },
    },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Birch: DR-17B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Birch',
          },
        },
      },
    ],
  },
];
