/** Arithmetic on instants and calendar dates in UTC, without a clock of its own. */
import type { CalendarDate, Instant } from './types.ts';

/** Milliseconds of a UTC day; windows in days are multiples of 24 hours (domain.md section 3). */
export const dayMs = 86_400_000;
/** Milliseconds of an hour. */
export const hourMs = 3_600_000;

/** Milliseconds since 1970 of an instant; throws a RangeError for anything else. */
export function toMs(instant: Instant): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) {
    throw new RangeError(`"${instant}" is not an instant (expected 2026-11-21T09:00:00.000Z).`);
  }
  return ms;
}

/** The instant of milliseconds since 1970 (a whole number). */
export function fromMs(ms: number): Instant {
  const day = Math.floor(ms / dayMs);
  const inDay = ms - day * dayMs;
  const minute = Math.floor(inDay / 60_000);
  const clock = `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  const inMinute = inDay - minute * 60_000;
  const second = Math.floor(inMinute / 1_000);
  return `${dateOfDay(day)}T${clock}:${two(second)}.${pad(inMinute - second * 1_000, 3)}Z`;
}

/** Dates by day number: `toISOString` took an eighth of the time of a decision, most days recur. */
const dates = new Map<number, CalendarDate>();
/** Twenty years of days, about 1 MB; then it starts anew. */
const datesMax = 7_300;

function dateOfDay(day: number): CalendarDate {
  const known = dates.get(day);
  if (known !== undefined) {
    return known;
  }
  const date = new Date(day * dayMs).toISOString().slice(0, -14);
  if (dates.size >= datesMax) {
    dates.clear();
  }
  dates.set(day, date);
  return date;
}

const twoDigits = Array.from({ length: 60 }, (_, n) => pad(n, 2));

function two(n: number): string {
  return twoDigits[n]!;
}

/** The instant `days` x 24 hours later (earlier when negative). */
export function addDays(instant: Instant, days: number): Instant {
  return fromMs(toMs(instant) + days * dayMs);
}

/** The instant `hours` later (earlier when negative). */
export function addHours(instant: Instant, hours: number): Instant {
  return fromMs(toMs(instant) + hours * hourMs);
}

/** The UTC calendar date of an instant. */
export function dateOf(instant: Instant): CalendarDate {
  return instant.slice(0, 10);
}

/** First instant of a UTC day. */
export function startOfDay(date: CalendarDate): Instant {
  return `${date}T00:00:00.000Z`;
}

/** Last instant of a UTC day: a date that is "inclusive" holds up to here. */
export function endOfDay(date: CalendarDate): Instant {
  return `${date}T23:59:59.999Z`;
}

/** The calendar date `days` later (earlier when negative). */
export function shiftDate(date: CalendarDate, days: number): CalendarDate {
  return dateOf(fromMs(toMs(startOfDay(date)) + days * dayMs));
}

/** The first instant after a date has passed. */
export function startOfDayAfter(date: CalendarDate): Instant {
  return startOfDay(shiftDate(date, 1));
}

/** The same day `months` later (earlier when negative); a day the month lacks is its last one. */
export function addMonths(date: CalendarDate, months: number): CalendarDate {
  const count = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = Math.min(Number(date.slice(8, 10)), lastDay);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Last day of the calendar quarter of a date. */
export function endOfQuarter(date: CalendarDate): CalendarDate {
  const quarterMonth = Math.ceil(Number(date.slice(5, 7)) / 3) * 3;
  const year = Number(date.slice(0, 4));
  const lastDay = new Date(Date.UTC(year, quarterMonth, 0)).getUTCDate();
  return `${pad(year, 4)}-${pad(quarterMonth, 2)}-${pad(lastDay, 2)}`;
}

/** The earliest of the given instants or dates that are set; null where none is. */
export function earliest(instants: readonly (string | null)[]): string | null {
  let first: string | null = null;
  for (const instant of instants) {
    if (instant !== null && (first === null || instant < first)) {
      first = instant;
    }
  }
  return first;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
