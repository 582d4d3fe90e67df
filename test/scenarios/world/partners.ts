/** The partners of the scenarios: five ordinary ones, and others with a story of their own. */
import type { Partner } from '../../../sandbox/seed/company.ts';

const ordinary = {
  type: 'Referral',
  status: 'Active',
  segment: 'Mid',
  region: 'Americas',
  startedOn: '2024-01-15',
} as const;

const stories = {
  Acme: {},
  Birch: {},
  Cedar: {},
  Delta: { type: 'Reseller' },
  Elm: { type: 'Distributor' },
  // 15: the first is merged into the second.
  Ginkgo: {},
  Hazel: {},
  // 18: off-boarded, deleted.
  Iris: {},
  Juniper: {},
  // 49 to 53: their tiers.
  Kestrel: {},
  Larch: {},
  Linden: {},
  Maple: {},
  Newbury: { startedOn: '2026-06-01' },
} as const satisfies Record<string, Partial<Partner>>;

export type PartnerName = keyof typeof stories;

/** All of them. Their managers are no owners of opportunities. */
export function partners(): Partner[] {
  return Object.entries(stories).map(([name, story]) => ({
    ...ordinary,
    key: name.toLowerCase(),
    name,
    country: 'United States',
    website: `https://www.${name.toLowerCase()}.example`,
    managerKey: 'priya.nair',
    certifications: 3,
    satisfaction: null,
    mergedInto: null,
    ...story,
  }));
}
