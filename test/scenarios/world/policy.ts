/** The sandbox's policy, sharpened where a case needs it within the two weeks of the scenarios. */

/** Tier criteria that change on 1 December (case 51). */
const tiers = `tiers:
  tables:
    - effective_from: 2024-01-01
      levels:
        - { name: Registered }
        - { name: Silver, revenue: 20000, won_deals: 3 }
        - { name: Gold, revenue: 40000, won_deals: 6 }
    - effective_from: 2026-12-01
      levels:
        - { name: Registered }
        - { name: Silver, revenue: 50000, won_deals: 3 }
        - { name: Gold, revenue: 90000, won_deals: 6 }
`;

/** The policy of the scenarios. Throws where the sandbox's policy has another shape by now. */
export function scenarioPolicy(text: string): string {
  const changes: [RegExp, string][] = [
    [/^tiers:.*\n(?: .*\n)*/m, tiers],
    [
      /stages: \{ Negotiation: 21 days \}/,
      'stages: { Negotiation: 21 days, Needs Analysis: 2 days }\n  bounces: 2',
    ],
  ];
  return changes.reduce((policy, [part, better]) => {
    if (!part.test(policy)) throw new Error(`The sandbox's policy has no ${part}.`);
    return policy.replace(part, better);
  }, text);
}
