/** Deals that stand still, or look as if they moved: cases 42 to 44. */
import type { Scenario } from '../scenario.ts';

export const stageCases: Scenario[] = [
  {
    case: 42,
    title: 'Deal in stage that is "on hold": stale clock suspended',
    given: {
      deal: { created: '2026-06-01T10:00Z', stages: [['On Hold', '2026-08-19T10:00Z']] },
    },
    shows: { stale: false },
    later: [
      {
        // The latest entry counts, not all the time it ever spent in the stage.
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Qualification' } }],
        shows: { stale: false },
      },
    ],
  },
  {
    case: 42,
    title: 'Not on hold: stale after 30 days in a stage, and no longer once it moves',
    given: {
      deal: { created: '2026-06-01T10:00Z', stages: [['Proposal', '2026-10-28T10:00Z']] },
    },
    shows: { stale: true },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Negotiation' } }],
        shows: { stale: false },
      },
    ],
  },
  {
    case: 43,
    title: 'Stage moved back and forth to reset stale timer',
    given: { deal: { created: '2026-10-10T10:00Z' } },
    shows: { stale: false, tasks: [] },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { stage: 'Needs Analysis' } }],
        shows: { stale: false },
      },
      {
        on: 'tuesday',
        change: [{ edit: 'opportunity', set: { stage: 'Proposal' } }],
        shows: { stale: false },
      },
      {
        on: 'friday',
        change: [{ edit: 'opportunity', set: { stage: 'Needs Analysis' } }],
        shows: { stale: false },
      },
      {
        // The scenarios' policy allows Needs Analysis two days.
        on: 'thursday',
        change: [],
        shows: {
          stale: true,
          tasks: [
            'Stale in Needs Analysis since 4 Dec 2026 09:00Z: case 43: Stage moved back and forth to reset st…',
          ],
          taskBody:
            'In Needs Analysis since 4 Dec 2026 09:00Z (limit 2 days, passed 6 Dec 2026 09:00Z): ' +
            'stale. It returned to an earlier stage 2 times.',
        },
      },
    ],
  },
  {
    case: 44,
    title: 'Close date pushed repeatedly, flagged with stale',
    given: {
      deal: {
        created: '2026-10-10T10:00Z',
        stages: [['Negotiation', '2026-11-08T09:05Z']],
        pushes: 4,
      },
    },
    shows: { stale: false, tasks: [] },
    later: [
      {
        on: 'monday',
        change: [],
        shows: {
          stale: true,
          tasks: [
            'Stale in Negotiation since 8 Nov 2026 09:05Z: case 44: Close date pushed repeatedly, flagged…',
          ],
          taskBody:
            'In Negotiation since 8 Nov 2026 09:05Z (limit 21 days, passed 29 Nov 2026 09:05Z): ' +
            'stale. Its close date was pushed 4 times.',
        },
      },
    ],
  },
];
