/** The shape of one business calendar in a policy. */
import { z } from 'zod';
import { key } from './schema-key.ts';
import { words } from './schema-parts.ts';
import { calendarDate, timeOfDay } from './units.ts';

/** One business calendar. */
export const calendarSchema = z.strictObject({
  zone: key(
    z.string({ error: 'a time zone' }).refine(isZone, {
      error: 'an IANA time zone such as "Europe/Berlin"',
      params: { near: Intl.supportedValuesOf('timeZone') },
    }),
    'IANA time zone.',
    'Europe/Berlin',
  ),
  days: key(
    z
      .string({ error: 'working days such as "mon-fri"' })
      .regex(daysPattern(), { error: 'working days such as "mon-fri" or "sun-thu, sat"' })
      .default('mon-fri'),
    'Working days of the week.',
    'mon-fri',
  ),
  cutoff: key(timeOfDay().default('17:00'), 'End of business of a working day.', '17:00'),
  holidays: key(
    z
      .array(
        z
          .string({ error: 'a country, a state or a day' })
          .regex(/^([A-Z]{2}(-[A-Z0-9]{1,3}){0,2}|\d{4}-\d{2}-\d{2})$/, {
            error: 'a country ("DE"), a state ("DE-BY") or a day ("2026-12-24")',
          }),
        { error: 'a list of countries, states and days' },
      )
      .default([]),
    "Countries' and states' public holidays, and days of your own.",
    ['DE', '2026-12-24'],
  ),
  half_days: key(
    z
      .record(
        z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, { error: 'a day: "12-24" or "2026-12-24"' }),
        timeOfDay(),
        { error: 'a table of days and times' },
      )
      .default({}),
    'Working days that end earlier: "12-24" each year, "2026-12-24" once.',
    { '12-24': '12:00' },
  ),
  working_days: key(
    z.array(calendarDate(), { error: 'a list of days' }).default([]),
    'Days on which you work although they are a weekend or a holiday.',
    ['2026-12-05'],
  ),
  regions: key(words('regions').default([]), 'Partner regions this calendar is for.', ['EMEA']),
});

export type CalendarInput = z.output<typeof calendarSchema>;

function daysPattern(): RegExp {
  const day = '(mon|tue|wed|thu|fri|sat|sun)';
  const part = `${day}(-${day})?`;
  return new RegExp(`^${part}(, ?${part}){0,6}$`);
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
