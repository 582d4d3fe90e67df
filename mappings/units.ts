/** How people write durations, shares and times of day in the YAML, and what becomes of them. */
import { z } from 'zod';

const UNIT_MS: Record<string, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

interface Measure {
  /** Units accepted, singular. */
  units: string[];
  /** What people are shown: 'a duration such as "30 days"'. */
  example: string;
  toNumber(count: number, unit: string): number;
}

/** '5 minutes' -> milliseconds; at least one second. */
export function milliseconds(example: string) {
  return measured({
    units: ['second', 'minute', 'hour', 'day'],
    example,
    toNumber: (n, unit) => n * UNIT_MS[unit]!,
  });
}

/** '72 hours' or '3 days' -> hours. */
export function hours(example: string) {
  return measured({
    units: ['hour', 'day', 'week'],
    example,
    toNumber: (n, unit) => (n * UNIT_MS[unit]!) / UNIT_MS['hour']!,
  });
}

/** '30 days' or '4 weeks' -> calendar days. */
export function days(example: string) {
  return measured({
    units: ['day', 'week'],
    example,
    toNumber: (n, unit) => (n * UNIT_MS[unit]!) / UNIT_MS['day']!,
  });
}

/** '5 business days' -> business days. */
export function businessDays(example: string) {
  return measured({ units: ['business day'], example, toNumber: (n) => n });
}

/** '12 months' or '1 year' -> months. */
export function months(example: string) {
  return measured({
    units: ['month', 'year'],
    example,
    toNumber: (n, unit) => (unit === 'year' ? 12 * n : n),
  });
}

/** '50%' or '12.5 %' -> basis points (5000, 1250); at most 100 %. */
export function share(example: string) {
  const expected = `a percentage such as "${example}"`;
  return z
    .string({ error: expected })
    .regex(/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?) ?%$/, { error: expected })
    .transform(basisPoints);
}

/** 'daily at 02:00' -> '02:00' (UTC); 'off' -> null. */
export function dailyTime() {
  const expected = '"daily at HH:MM" (UTC) or "off"';
  return z
    .string({ error: expected })
    .regex(/^(daily at ([01]\d|2[0-3]):[0-5]\d|off)$/, { error: expected })
    .transform((text) => (text === 'off' ? null : text.slice(-5)));
}

/** A time of day, '17:00'. */
export function timeOfDay() {
  const expected = 'a time of day such as "17:00"';
  return z.string({ error: expected }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: expected });
}

/** A calendar day that exists, '2026-12-24'. */
export function calendarDate() {
  const expected = 'a day such as "2026-12-24"';
  return z
    .string({ error: expected })
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: expected })
    .refine(isCalendarDate, { error: expected });
}

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether 'YYYY-MM-DD' names a day of the calendar ('2026-02-30' does not). */
export function isCalendarDate(text: string): boolean {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = month === 2 && isLeap ? 29 : (daysOfMonth[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

/** Money as people write it, 5000 or "5000.50", -> a decimal string without float noise. */
export function money() {
  const expected = 'an amount such as 50000 or "50000.50"';
  const text = z.string().regex(/^\d{1,15}(\.\d{1,6})?$/, { error: expected });
  // A number that JavaScript prints with an exponent is beyond what a float holds exactly.
  const number = z
    .number()
    .nonnegative()
    .max(1e14)
    .refine((value) => !/e/i.test(String(value)));
  return z.union([number, text], { error: expected }).transform(String);
}

function measured({ units, example, toNumber }: Measure) {
  const expected = `a duration such as "${example}"`;
  const pattern = new RegExp(`^([1-9]\\d{0,4}|0) (${units.join('|')})s?$`);
  return z
    .string({ error: expected })
    .regex(pattern, { error: expected })
    .transform((text) => {
      const [, count, unit] = pattern.exec(text)!;
      return toNumber(Number(count), unit!);
    });
}

function basisPoints(text: string): number {
  const [whole, fraction = ''] = text.replace(/ ?%$/, '').split('.');
  return Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
}
