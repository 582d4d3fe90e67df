/** Many alerts at once: case 55. */
import type { Given, Scenario } from '../scenario.ts';

/** Negotiation is stale after 21 days: between the first plan and Monday. */
const becomesStale = (minute: string): Given => ({
  deal: {
    created: '2026-10-10T10:00Z',
    stages: [['Negotiation', `2026-11-08T09:${minute}Z`]],
    owner: 'callum.reid',
  },
});

export const alertCases: Scenario[] = [
  {
    case: 55,
    title: 'Alert storms: grouped per owner, capped, no duplicate per episode',
    given: {
      ...becomesStale('10'),
      more: ['10', '10', '10', '10', '10', '10'].map(becomesStale),
    },
    shows: { stale: false, storm: { tasks: 0, summary: null } },
    later: [
      {
        on: 'monday',
        change: [],
        shows: { stale: true, storm: { tasks: 5, summary: 'Partner sync: 2 items to look at' } },
      },
      {
        on: 'tuesday',
        change: [],
        shows: { stale: true, storm: { tasks: 5, summary: 'Partner sync: 2 items to look at' } },
      },
    ],
  },
];
