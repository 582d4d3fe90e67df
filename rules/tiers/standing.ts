/** Where a partner stands against the line of the tier it holds, and since when. */
import { addMonths, shiftDate } from '../time.ts';
import type { CalendarDate, PartnerFact, Policy, TierLevel, TierPolicy } from '../types.ts';
import type { PartnerHistory } from './history.ts';
import { leavesOn, measuresAt } from './measures.ts';
import { isMet, isNearLine } from './progress.ts';

/** Tier trend as the CRM shows it. */
export type TierStatus = 'Stable' | 'Promotion Due' | 'At Risk' | 'Demotion Notice' | 'Grace';

/** A partner's standing on a day. Indexes are into `levels`, lowest first; -1: none. */
export interface Standing {
  levels: readonly TierLevel[];
  effectiveFrom: CalendarDate | null;
  qualified: number;
  current: number;
  status: TierStatus;
  /** First day of the present unbroken run of days below the line. */
  belowSince: CalendarDate | null;
  /** First day of the present unbroken run below the line or near it. */
  riskSince: CalendarDate | null;
  /** When demotion notice is given: 12 months below; and 90 days later, when it takes effect. */
  noticeOn: CalendarDate | null;
  demotionOn: CalendarDate | null;
}

/** Without a tier date, runs below the line are followed back this far and no further. */
const lookBackMonths = 36;

/** The standing on a day. Policies without tiers have no levels: Stable, nothing else. */
export function standingAt(
  partner: PartnerFact,
  history: PartnerHistory,
  policy: Policy,
  day: CalendarDate,
): Standing {
  const { tiers } = policy;
  const table = tiers === null ? null : tableOn(tiers, day);
  if (tiers === null || table === null) {
    return { ...nowhere, effectiveFrom: null };
  }
  const { levels, effectiveFrom } = table;
  const measures = measuresAt(history, day);
  const qualified = levels.findLastIndex((level) => isMet(level.criteria, measures));
  const current = levelOf(partner, levels);
  const base = { ...nowhere, levels, effectiveFrom, qualified, current };
  if (qualified > current) {
    return { ...base, status: 'Promotion Due' };
  }
  // Nothing lies under the lowest level: it cannot be lost.
  return current < 1 ? base : { ...base, ...riskOf(partner, history, tiers, day) };
}

const nowhere: Standing = {
  levels: [],
  effectiveFrom: null,
  qualified: -1,
  current: -1,
  status: 'Stable',
  belowSince: null,
  riskSince: null,
  noticeOn: null,
  demotionOn: null,
};

/** The criteria in force on a day: the latest table that has begun. */
export function tableOn(tiers: TierPolicy, day: CalendarDate): TierPolicy['tables'][number] | null {
  let found: TierPolicy['tables'][number] | null = null;
  for (const table of tiers.tables) {
    if (table.effectiveFrom <= day && (!found || table.effectiveFrom > found.effectiveFrom)) {
      found = table;
    }
  }
  return found;
}

type Risk = Pick<Standing, 'status' | 'belowSince' | 'riskSince' | 'noticeOn' | 'demotionOn'>;

function riskOf(
  partner: PartnerFact,
  history: PartnerHistory,
  tiers: TierPolicy,
  day: CalendarDate,
): Risk {
  const belowOn = (on: CalendarDate): boolean => lineOn(partner, history, tiers, on) === 'below';
  const riskOn = (on: CalendarDate): boolean => lineOn(partner, history, tiers, on) !== 'above';
  const days = changeDays(partner, history, tiers, day);
  const belowSince = runStart(days, belowOn);
  const riskSince = runStart(days, riskOn);
  const none = { belowSince, riskSince, noticeOn: null, demotionOn: null };
  if (belowSince === null) {
    return { ...none, status: riskSince === null ? 'Stable' : 'At Risk' };
  }
  if (isNew(partner, tiers, day)) {
    return { ...none, status: 'Grace' };
  }
  const noticeOn = noticeDay(partner, tiers, belowSince);
  if (day < noticeOn) {
    return { ...none, status: 'At Risk' };
  }
  const demotionOn = shiftDate(noticeOn, tiers.demotionNoticeDays);
  return { ...none, status: 'Demotion Notice', noticeOn, demotionOn };
}

/** When notice is due: 12 months below, and never while the partner is new (case 52). */
export function noticeDay(
  { startDate }: PartnerFact,
  tiers: TierPolicy,
  belowSince: CalendarDate,
): CalendarDate {
  const after = addMonths(belowSince, tiers.demotionAfterMonths);
  const grownUp = startDate === null ? after : addMonths(startDate, tiers.newPartnerMonths);
  return [after, grownUp].sort()[1]!;
}

/** In its first 12 months; a partner without a start date is not new. */
function isNew({ startDate }: PartnerFact, tiers: TierPolicy, day: CalendarDate): boolean {
  return startDate !== null && day < addMonths(startDate, tiers.newPartnerMonths);
}

function levelOf({ tier }: PartnerFact, levels: readonly TierLevel[]): number {
  const name = tier?.toLowerCase();
  return levels.findIndex((level) => level.name.toLowerCase() === name);
}

/** Against the criteria in force on the day itself. */
function lineOn(
  partner: PartnerFact,
  history: PartnerHistory,
  tiers: TierPolicy,
  day: CalendarDate,
): 'above' | 'near' | 'below' {
  const levels = tableOn(tiers, day)?.levels ?? [];
  const level = levels[levelOf(partner, levels)];
  if (level === undefined) {
    return 'above';
  }
  const measures = measuresAt(history, day);
  if (!isMet(level.criteria, measures)) {
    return 'below';
  }
  return isNearLine(level.criteria, measures, tiers.warnWithinBasisPoints) ? 'near' : 'above';
}

/** Days on which the standing can have changed, from the tier's first day to `day`, ascending. */
function changeDays(
  { tierSince }: PartnerFact,
  history: PartnerHistory,
  tiers: TierPolicy,
  day: CalendarDate,
): CalendarDate[] {
  const from = tierSince ?? addMonths(day, -lookBackMonths);
  const days = new Set([from, day]);
  for (const on of eventDays(history, tiers)) {
    if (from < on && on < day) {
      days.add(on);
    }
  }
  return [...days].filter((on) => on <= day).sort();
}

/** Days on which a result enters or leaves the window, or criteria begin. */
export function eventDays(history: PartnerHistory, tiers: TierPolicy | null): Set<CalendarDate> {
  const days = new Set<CalendarDate>(tiers?.tables.map((table) => table.effectiveFrom));
  for (const on of [...history.closings.map((closing) => closing.on), ...history.registrations]) {
    days.add(on);
    days.add(leavesOn(on, history.windowMonths));
  }
  return days;
}

/** First day of the run of days that ends with the last one; null where the last is not in one. */
function runStart(
  days: readonly CalendarDate[],
  test: (day: CalendarDate) => boolean,
): CalendarDate | null {
  let start: CalendarDate | null = null;
  for (const day of days.toReversed()) {
    if (!test(day)) {
      break;
    }
    start = day;
  }
  return start;
}
