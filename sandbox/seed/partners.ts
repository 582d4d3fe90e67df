/** The 60 partners in three segments, and the one that was merged away. */
import type { Partner, Region, Segment } from './company.ts';
import { dayAgo, instantAgo } from './days.ts';
import { PARTNER_NAMES, slug } from './names.ts';
import { type Random, random } from './random.ts';

/** 9 strategic (15 %), 27 mid-tier (45 %), 24 long-tail (40 %): domain.md section 1, row 11. */
const STRATEGIC = 9;
const MID = 27;

/** Which partners the named cases speak of, and what is special about them. */
export const CASE_PARTNERS = {
  main: 'northgate-consulting',
  rival: 'velora-cloud',
  third: 'meridian-systems-integrators',
  reseller: 'keystone-resellers',
  distributor: 'greycoat-distribution',
  offboarded: 'quarry-hill-group',
  newcomer: 'beacon-hill-technology',
  merged: 'northgate-advisory',
} as const;

const HOME: Record<Region, string[]> = {
  Americas: ['United States', 'United States', 'Canada'],
  EMEA: ['United Kingdom', 'Germany', 'France', 'Sweden'],
  APAC: ['Japan', 'Australia'],
};
const MANAGERS: Record<Region, string[]> = {
  Americas: ['priya.nair'],
  EMEA: ['oliver.hahn', 'camille.rousseau'],
  APAC: ['kenji.watanabe'],
};

/** The partners, largest first within the order of their names' list. */
export function partners(seed: number, today: string): Partner[] {
  const draw = random(seed, 'partners');
  const all = PARTNER_NAMES.map((name, index) => partner(draw, today, name, index));
  return [...all.map((p) => withStory(p, today)), mergedAway(today)];
}

/** How much of the partner business a partner brings: falls with its rank (a power law), so that
 *  the
 *  strategic ones carry 60-80 % of partner-sourced revenue (domain.md section 1, row 11). */
export function partnerWeights(all: Partner[]): Record<string, number> {
  const live = all.filter((p) => p.mergedInto === null && p.status !== 'Pending');
  return Object.fromEntries(live.map((p, rank) => [p.key, 1 / (rank + 1.6) ** 1.35]));
}

function partner(draw: Random, today: string, name: string, index: number): Partner {
  const segment = segmentOf(index);
  const region = draw.weighted({ Americas: 5, EMEA: 4, APAC: 1.4 });
  const shortest = { Strategic: 800, Mid: 300, 'Long-tail': 100 }[segment];
  return {
    key: slug(name),
    name,
    type: draw.weighted({
      Referral: 3,
      Reseller: 4,
      SI: 3,
      MSP: 2,
      Technology: 2,
      Distributor: 0.6,
    }),
    status: segment === 'Long-tail' && draw.chance(0.15) ? 'Inactive' : 'Active',
    segment,
    region,
    country: draw.pick(HOME[region]),
    website: `https://www.${slug(name)}.example`,
    managerKey: segment === 'Strategic' ? 'priya.nair' : draw.pick(MANAGERS[region]),
    startedOn: dayAgo(today, draw.int(shortest, 2200)),
    certifications: {
      Strategic: draw.int(8, 30),
      Mid: draw.int(2, 10),
      'Long-tail': draw.int(0, 3),
    }[segment],
    satisfaction: draw.chance(0.8) ? (draw.int(68, 98) / 10).toFixed(1) : null,
    mergedInto: null,
  };
}

function segmentOf(index: number): Segment {
  if (index < STRATEGIC) return 'Strategic';
  return index < STRATEGIC + MID ? 'Mid' : 'Long-tail';
}

/** What the named cases need of a partner stays the same whatever the seed. */
function withStory(partner: Partner, today: string): Partner {
  switch (partner.key) {
    case CASE_PARTNERS.offboarded:
      return { ...partner, status: 'Off-boarded' };
    case CASE_PARTNERS.reseller:
      return { ...partner, type: 'Reseller', status: 'Active' };
    case CASE_PARTNERS.distributor:
      return { ...partner, type: 'Distributor', status: 'Active' };
    case CASE_PARTNERS.third:
      return { ...partner, type: 'SI', status: 'Active' };
    case CASE_PARTNERS.newcomer:
      return { ...partner, status: 'Active', startedOn: dayAgo(today, 130) };
    case 'yonder-labs':
      return { ...partner, status: 'Pending', startedOn: dayAgo(today, 12) };
    default:
      return partner;
  }
}

/** Case 15: a duplicate of the largest partner, merged into it. */
function mergedAway(today: string): Partner {
  return {
    key: CASE_PARTNERS.merged,
    name: 'Northgate Advisory (duplicate)',
    type: 'Referral',
    status: 'Active',
    segment: 'Long-tail',
    region: 'Americas',
    country: 'United States',
    website: 'https://www.northgate-consulting.example',
    managerKey: 'priya.nair',
    startedOn: dayAgo(today, 700),
    certifications: 0,
    satisfaction: null,
    mergedInto: { key: CASE_PARTNERS.main, at: instantAgo(today, 24) },
  };
}
