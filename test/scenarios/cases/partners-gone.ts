/** Partners that are off-boarded or deleted: case 18. */
import type { Scenario } from '../scenario.ts';

/** A registration that sources a deal of 10 Oct. */
const claim = {
  state: 'Approved',
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
const created = '2026-10-10T10:00Z';

export const goneCases: Scenario[] = [
  {
    case: 18,
    title: 'Partner off-boarded: open deals -> Pending Review',
    given: {
      deal: { created: '2026-09-01T10:00Z' },
      touches: [{ by: 'Iris', kind: 'Discovery', at: '2026-09-10T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Iris: Discovery on 10 Sep 2026 09:00Z, after creation (1 Sep 2026 10:00Z).',
        influencedBy: ['Iris'],
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'partner', name: 'Iris', set: { status: 'Off-boarded' } }],
        shows: {
          attribution: {
            type: 'Pending Review',
            status: 'Provisional',
            rule: 'R6',
            sentence:
              'Pending Review: Iris is off-boarded and earns no new credit; what it did on this ' +
              'opportunity needs a decision.',
            credits: [],
          },
        },
      },
    ],
  },
  {
    case: 18,
    title: 'Partner off-boarded: attribution on closed deals is kept',
    given: {
      deal: { created: '2026-09-01T10:00Z', stages: [['Closed Won', '2026-10-20T10:00Z']] },
      touches: [{ by: 'Iris', kind: 'Discovery', at: '2026-09-10T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Locked',
        rule: 'R7',
        sentence:
          'Influenced by Iris: Discovery on 10 Sep 2026 09:00Z, after creation (1 Sep 2026 10:00Z).',
        influencedBy: ['Iris'],
      },
    },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          attribution: {
            type: 'Influenced',
            status: 'Locked',
            rule: 'R7',
            sentence:
              'Influenced by Iris: Discovery on 10 Sep 2026 09:00Z, after creation ' +
              '(1 Sep 2026 10:00Z).',
            influencedBy: ['Iris'],
            credits: ['Iris Influencing 100'],
          },
        },
      },
    ],
  },
  {
    case: 18,
    title: 'Partner deleted: open deals -> Pending Review',
    given: {
      deal: { created: '2026-09-01T10:00Z' },
      touches: [{ by: 'Juniper', kind: 'Discovery', at: '2026-09-10T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Juniper: Discovery on 10 Sep 2026 09:00Z, after creation ' +
          '(1 Sep 2026 10:00Z).',
        influencedBy: ['Juniper'],
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ delete: 'partner', name: 'Juniper' }],
        shows: {
          attribution: {
            type: 'Pending Review',
            status: 'Provisional',
            rule: 'R6',
            sentence:
              'Pending Review: Juniper is off-boarded and earns no new credit; what it did on ' +
              'this opportunity needs a decision.',
          },
        },
      },
    ],
  },
  {
    case: 18,
    title: 'Partner deleted: attribution on closed deals is kept, never null history',
    mayDiffer: {
      fields: ['influencing_labels'],
      because: 'HubSpot shows no label of a company that is gone; the text keeps its name',
    },
    given: {
      deal: { created: '2026-09-01T10:00Z', stages: [['Closed Won', '2026-10-20T10:00Z']] },
      touches: [{ by: 'Juniper', kind: 'Discovery', at: '2026-09-10T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Locked',
        rule: 'R7',
        sentence:
          'Influenced by Juniper: Discovery on 10 Sep 2026 09:00Z, after creation ' +
          '(1 Sep 2026 10:00Z).',
        influencedBy: ['Juniper'],
      },
    },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          attribution: {
            type: 'Influenced',
            status: 'Locked',
            rule: 'R7',
            sentence:
              'Influenced by Juniper: Discovery on 10 Sep 2026 09:00Z, after creation ' +
              '(1 Sep 2026 10:00Z).',
            influencedBy: ['Juniper'],
          },
          apart: {
            salesforce: { influencing_labels: 'Juniper' },
            hubspot: { influencing_labels: null },
          },
          failure: null,
        },
      },
    ],
  },
  {
    case: 18,
    title: 'Partner deleted just after the close: kept although it is not locked yet',
    given: {
      deal: { created, stages: [['Closed Won', '2026-11-25T10:00Z']] },
      registrations: [{ number: 'DR-18', by: 'Juniper', ...claim, state: 'Won' }],
    },
    mayDiffer: {
      fields: ['sourcing_partner_name'],
      because: 'HubSpot keeps the text beside the label; Salesforce shows the name by the lookup',
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Juniper: DR-18 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Juniper',
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
              'Sourced by Juniper: DR-18 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Juniper',
            // No CRM holds a reference to a record that is gone.
            fields: { sourcing_partner: null },
            credits: ['Juniper Sourcing 100'],
          },
          apart: {
            salesforce: { sourcing_partner_name: null },
            hubspot: { sourcing_partner_name: 'Juniper' },
          },
          failure: null,
        },
      },
      {
        on: 'friday',
        change: [],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Locked',
            rule: 'R3',
            sentence:
              'Sourced by Juniper: DR-18 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Juniper',
            fields: {
              sourcing_partner: null,
              attribution_locked_at: '2026-12-02T17:00:00.000Z',
            },
          },
          apart: {
            salesforce: { sourcing_partner_name: null },
            hubspot: { sourcing_partner_name: 'Juniper' },
          },
        },
      },
    ],
  },
];
