/** Dates of the sample company, counted back from the day it is made for. */

const DAY_MS = 86_400_000;
/** 09:30 UTC: a working hour in Europe and, just, in the Americas. */
const OFFICE_OPENS_MS = 9.5 * 3_600_000;

/**
 * The instant `daysAgo` days before `today`, 09:30 UTC; fractions move the hour. Before today for
 * 0.5 and more.
 */
export function instantAgo(today: string, daysAgo: number): string {
  const at = Date.parse(`${today}T00:00:00Z`) - daysAgo * DAY_MS + OFFICE_OPENS_MS;
  return new Date(Math.round(at / 1000) * 1000).toISOString();
}

/** The calendar day (UTC) `daysAgo` days before `today`; negative numbers lie ahead. */
export function dayAgo(today: string, daysAgo: number): string {
  const at = Date.parse(`${today}T00:00:00Z`) - Math.round(daysAgo) * DAY_MS;
  return new Date(at).toISOString().slice(0, 10);
}

/** How many days before `today` (09:30 UTC) an instant lies; the inverse of `instantAgo`. */
export function daysSince(today: string, instant: string): number {
  return (Date.parse(`${today}T00:00:00Z`) + OFFICE_OPENS_MS - Date.parse(instant)) / DAY_MS;
}

/**
 * The same instant, or the Monday after it when it falls on a weekend: people enter data on
 * working days.
 */
export function onWorkingDay(instant: string): string {
  const at = new Date(instant);
  const skip = { 6: 2, 0: 1 }[at.getUTCDay()] ?? 0;
  return new Date(at.getTime() + skip * DAY_MS).toISOString();
}
