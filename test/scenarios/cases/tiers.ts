/** Tiers of partners while their deals go on: cases 49 to 53. The criteria are in world/policy.ts. */
import type { Given, Scenario } from '../scenario.ts';
import type { PartnerName } from '../world/partners.ts';

/** A deal that a partner sourced and won this autumn. */
function won(by: PartnerName, number: string, amount: string, on = '2026-10-28T10:00Z'): Given {
  return {
    deal: { created: '2026-10-10T10:00Z', amount, stages: [['Closed Won', on]] },
    registrations: [
      {
        number,
        by,
        state: 'Won',
        submitted: '2026-10-01T08:00Z',
        decided: '2026-10-03T08:00Z',
        protectedUntil: '2027-01-01',
      },
    ],
  };
}

/** A deal that a partner took part in, won this autumn. */
function joined(by: PartnerName, amount: string): Given {
  return {
    deal: {
      created: '2026-10-10T10:00Z',
      amount,
      stages: [['Closed Won', '2026-10-28T10:00Z']],
    },
    touches: [{ by, kind: 'Discovery', at: '2026-10-15T09:00Z' }],
  };
}

const marginSentence =
  'Sourced by Larch: DR-49 submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
  '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.';

export const tierCases: Scenario[] = [
  {
    case: 49,
    title: 'Tier demotion while registration open: margin stays as stamped at approval',
    given: {
      deal: { created: '2026-10-10T10:00Z' },
      registrations: [
        {
          number: 'DR-49',
          by: 'Larch',
          state: 'Approved',
          submitted: '2026-10-01T08:00Z',
          decided: '2026-10-03T08:00Z',
          protectedUntil: '2027-01-01',
        },
      ],
    },
    before: [{ edit: 'partner', name: 'Larch', set: { tier: 'Gold', tier_since: '2026-01-01' } }],
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence: marginSentence,
        sourcedBy: 'Larch',
        fields: { protected_margin: '25' },
      },
      partner: {
        name: 'Larch',
        fields: { tier: 'Gold', tier_qualified: 'Registered', tier_status: 'At Risk' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          { edit: 'partner', name: 'Larch', set: { tier: 'Silver', tier_since: '2026-11-30' } },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence: marginSentence,
            sourcedBy: 'Larch',
            fields: { protected_margin: '25' },
          },
          partner: { name: 'Larch', fields: { tier: 'Silver' } },
        },
      },
    ],
  },
  {
    case: 50,
    title: 'Partner crosses up and down in one quarter: the tier itself waits for the review',
    given: {
      ...won('Kestrel', 'DR-50A', '8000.00', '2026-11-25T10:00Z'),
      more: [won('Kestrel', 'DR-50B', '8000.00'), won('Kestrel', 'DR-50C', '8000.00')],
    },
    before: [
      { edit: 'partner', name: 'Kestrel', set: { tier: 'Registered', tier_since: '2025-01-01' } },
    ],
    shows: {
      partner: {
        name: 'Kestrel',
        fields: {
          tier: 'Registered',
          tier_qualified: 'Silver',
          tier_status: 'Promotion Due',
          tier_next_requirement: '3 more won deals and USD 16,000 by 31 Dec 2026 for Gold',
          deals_won_t12m: '3',
          sourced_revenue_t12m: '24000',
        },
      },
    },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Negotiation' } }],
        shows: {
          partner: {
            name: 'Kestrel',
            fields: {
              tier: 'Registered',
              tier_qualified: 'Registered',
              tier_status: 'Stable',
              tier_next_requirement: '1 more won deal and USD 4,000 by 31 Dec 2026 for Silver',
              deals_won_t12m: '2',
              sourced_revenue_t12m: '16000',
            },
          },
        },
      },
    ],
  },
  {
    case: 51,
    title: 'Tier criteria changed mid-year: versioned by effective date, with notice',
    given: {
      ...won('Linden', 'DR-51A', '10000.00'),
      more: [won('Linden', 'DR-51B', '10000.00'), won('Linden', 'DR-51C', '10000.00')],
    },
    before: [
      { edit: 'partner', name: 'Linden', set: { tier: 'Silver', tier_since: '2026-11-01' } },
    ],
    shows: {
      partner: {
        name: 'Linden',
        fields: {
          tier_qualified: 'Silver',
          tier_status: 'Stable',
          tier_below_since: null,
          tier_demotion_on: null,
        },
      },
    },
    later: [
      {
        // From 1 December on Silver asks for USD 50,000.
        on: 'tuesday',
        change: [],
        shows: {
          partner: {
            name: 'Linden',
            fields: {
              tier: 'Silver',
              tier_qualified: 'Registered',
              tier_status: 'At Risk',
              tier_below_since: '2026-12-01',
              tier_demotion_on: null,
              tier_next_requirement: 'USD 20,000 by 31 Dec 2026 for Silver',
            },
          },
        },
      },
    ],
  },
  {
    case: 52,
    title: 'New partner (< 12 months): entry-year protection',
    given: joined('Newbury', '1000.00'),
    before: [
      { edit: 'partner', name: 'Newbury', set: { tier: 'Silver', tier_since: '2026-06-01' } },
    ],
    shows: {
      partner: {
        name: 'Newbury',
        fields: {
          tier: 'Silver',
          tier_qualified: 'Registered',
          tier_status: 'Grace',
          tier_below_since: '2026-06-01',
          tier_demotion_on: null,
        },
      },
    },
  },
  {
    case: 53,
    title: 'Influenced counted to tier? Default weight 0; both are shown',
    given: {
      ...joined('Maple', '30000.00'),
      more: [joined('Maple', '30000.00'), joined('Maple', '30000.00')],
    },
    shows: {
      partner: {
        name: 'Maple',
        fields: {
          tier_qualified: 'Registered',
          sourced_revenue_t12m: '0',
          influenced_revenue_t12m: '90000',
        },
      },
    },
  },
];
