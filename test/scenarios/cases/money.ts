/** Amounts and currencies: cases 27 to 29. The rates are those of world/company.ts. */
import type { Scenario } from '../scenario.ts';

const created = '2026-10-10T10:00Z';
const claim = {
  by: 'Acme',
  state: 'Approved',
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
const sourced = (number: string) => ({
  type: 'Sourced' as const,
  rule: 'R3',
  sentence:
    `Sourced by Acme: ${number} submitted 1 Oct 2026 08:00Z, 9 days before creation ` +
    '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
  sourcedBy: 'Acme' as const,
});

export const moneyCases: Scenario[] = [
  {
    case: 27,
    title: 'Currency: closed deal in EUR at close-date rate, never restated',
    given: {
      deal: {
        created,
        amount: '100000.00',
        currency: 'EUR',
        stages: [['Closed Won', '2026-10-28T10:00Z']],
      },
      registrations: [{ number: 'DR-27A', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-27A'),
        status: 'Locked',
        fields: {
          credited_amount: '100000',
          credited_amount_corp: '125000',
          fx_rate: '1.25',
          fx_date: '2026-01-01',
        },
      },
    },
    later: [
      {
        on: 'tuesday',
        change: [],
        shows: {
          attribution: {
            ...sourced('DR-27A'),
            status: 'Locked',
            fields: { credited_amount_corp: '125000', fx_rate: '1.25' },
          },
        },
      },
    ],
  },
  {
    case: 27,
    title: 'Currency: open deal in EUR at current rate',
    given: {
      deal: { created, amount: '10000.50', currency: 'EUR' },
      registrations: [{ number: 'DR-27B', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-27B'),
        status: 'Confirmed',
        fields: {
          credited_amount: '10000.5',
          credited_amount_corp: '10000.5',
          fx_rate: '1',
          fx_date: '2026-11-01',
        },
      },
    },
    later: [
      {
        // A new rate holds from 1 December on.
        on: 'tuesday',
        change: [],
        shows: {
          attribution: {
            ...sourced('DR-27B'),
            status: 'Confirmed',
            fields: {
              credited_amount: '10000.5',
              credited_amount_corp: '20001',
              fx_rate: '2',
              fx_date: '2026-12-01',
            },
          },
        },
      },
    ],
  },
  {
    case: 27,
    title: 'Currency: missing rate -> no guess',
    given: {
      deal: { created, amount: '10000.00', currency: 'PLN' },
      registrations: [{ number: 'DR-27C', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-27C'),
        status: 'Confirmed',
        fields: {
          credited_amount: '10000',
          credited_amount_corp: null,
          fx_rate: null,
          fx_date: null,
        },
      },
    },
  },
  {
    case: 27,
    title: 'Currency: a rate that only one CRM can hold exactly',
    given: {
      deal: { created, amount: '8400000.00', currency: 'JPY' },
      registrations: [{ number: 'DR-27D', ...claim }],
    },
    // 148 JPY a USD. Salesforce keeps 148: 8,400,000 / 148 = 56,756.76. HubSpot keeps the inverse
    // with six decimals, 0.006757, and that is the portal's rate: 56,758.80.
    mayDiffer: {
      fields: ['credited_amount_corp', 'fx_rate'],
      because: 'HubSpot keeps six decimals of the inverse rate; each CRM’s own rate is what counts',
    },
    shows: {
      attribution: {
        ...sourced('DR-27D'),
        status: 'Confirmed',
        fields: { credited_amount: '8400000', fx_date: '2026-01-01' },
      },
      apart: {
        salesforce: { credited_amount_corp: '56756.76', fx_rate: '0.00675676' },
        hubspot: { credited_amount_corp: '56758.8', fx_rate: '0.006757' },
      },
    },
  },
  {
    case: 28,
    title: 'Amount null: credited amount null, not 0',
    given: {
      deal: { created, amount: null },
      registrations: [{ number: 'DR-28A', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-28A'),
        status: 'Confirmed',
        fields: { credit_percent: '100', credited_amount: null, credited_amount_corp: null },
      },
    },
  },
  {
    case: 28,
    title: 'Amount zero',
    given: {
      deal: { created, amount: '0.00' },
      registrations: [{ number: 'DR-28B', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-28B'),
        status: 'Confirmed',
        fields: { credit_percent: '100', credited_amount: '0', credited_amount_corp: '0' },
      },
    },
  },
  {
    case: 28,
    title: 'Amount negative (credit note)',
    given: {
      deal: {
        created,
        amount: '-3200.50',
        type: 'Existing Business',
        stages: [['Closed Won', '2026-11-24T10:00Z']],
      },
      registrations: [{ number: 'DR-28C', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-28C'),
        status: 'Confirmed',
        fields: {
          credit_percent: '100',
          credited_amount: '-3200.5',
          credited_amount_corp: '-3200.5',
        },
      },
    },
  },
  {
    case: 29,
    title: 'Amount changes within the window: the credited amount follows',
    given: {
      deal: { created, amount: '50000.00', stages: [['Closed Won', '2026-11-25T10:00Z']] },
      registrations: [{ number: 'DR-29A', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-29A'),
        status: 'Confirmed',
        fields: { credit_percent: '100', credited_amount: '50000' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { amount: '55000' } }],
        shows: {
          attribution: {
            ...sourced('DR-29A'),
            status: 'Confirmed',
            fields: { credit_percent: '100', credited_amount: '55000' },
          },
        },
      },
      {
        // Locked on Wednesday, five business days after the close.
        on: 'friday',
        change: [],
        shows: {
          attribution: {
            ...sourced('DR-29A'),
            status: 'Locked',
            fields: {
              credited_amount: '55000',
              attribution_locked_at: '2026-12-02T17:00:00.000Z',
            },
          },
        },
      },
      {
        on: 'thursday',
        change: [{ edit: 'opportunity', set: { amount: '60000' } }],
        shows: {
          attribution: {
            ...sourced('DR-29A'),
            status: 'Locked',
            fields: {
              credit_percent: '100',
              credited_amount: '55000',
              attribution_locked_at: '2026-12-02T17:00:00.000Z',
            },
          },
        },
      },
    ],
  },
  {
    case: 29,
    title: 'Amount changes after lock: credit % and credited amount stay',
    given: {
      deal: { created, amount: '50000.00', stages: [['Closed Won', '2026-11-10T10:00Z']] },
      registrations: [{ number: 'DR-29B', ...claim }],
    },
    shows: {
      attribution: {
        ...sourced('DR-29B'),
        status: 'Locked',
        fields: { credit_percent: '100', credited_amount: '50000' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { amount: '55000' } }],
        shows: {
          attribution: {
            ...sourced('DR-29B'),
            status: 'Locked',
            fields: {
              credit_percent: '100',
              credited_amount: '50000',
              credited_amount_corp: '50000',
            },
          },
        },
      },
    ],
  },
];
