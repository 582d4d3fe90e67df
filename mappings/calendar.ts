/**
 * Expands a business calendar of the policy into its ends of business (domain.md section 4).
 * Holidays come from date-holidays, whose data is licensed ISC and CC-BY-3.0.
 */
import { createHash } from 'node:crypto';
import Holidays from 'date-holidays';
import { IANAZone } from 'luxon';
import type { BusinessCalendar, Instant } from '../rules/types.ts';
import type { CalendarInput } from './calendar-schema.ts';

/** Far enough back for an export's history, far enough on for a protection of years. */
const firstYear = 2015;
const lastYear = 2036;
const dayMs = 86_400_000;
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const expanded = new Map<string, BusinessCalendar>();

/**
 * The calendar with every end of business, ascending; the same input is expanded once a process.
 * `version` is a hash of the result, so that edited holidays and a newer library both show.
 */
export function expandCalendar(name: string, input: CalendarInput): BusinessCalendar {
  const id = JSON.stringify([name, input]);
  const known = expanded.get(id);
  if (known !== undefined) {
    return known;
  }
  const endsOfBusiness = endsOf(input);
  const calendar: BusinessCalendar = {
    name,
    zone: input.zone,
    version: createHash('sha256').update(endsOfBusiness.join()).digest('hex').slice(0, 12),
    endsOfBusiness,
  };
  expanded.set(id, calendar);
  return calendar;
}

/** Whether holidays of a country or a state ('DE', 'DE-BY') are known. */
export function isHolidayRegion(code: string): boolean {
  const [country, state, region] = code.split('-') as [string, string?, string?];
  const all = new Holidays();
  if (!(country in (all.getCountries() ?? {}))) {
    return false;
  }
  if (state !== undefined && !(state in (all.getStates(country) ?? {}))) {
    return false;
  }
  return region === undefined || region in (all.getRegions(country, state!) ?? {});
}

function endsOf(input: CalendarInput): Instant[] {
  const working = workingWeekdays(input.days);
  const free = holidaysOf(input.holidays);
  const extra = new Set(input.working_days);
  const zone = IANAZone.create(input.zone);
  const offset = offsetReader(zone);
  const ends: Instant[] = [];
  for (let day = Date.UTC(firstYear, 0, 1); day < Date.UTC(lastYear + 1, 0, 1); day += dayMs) {
    const date = new Date(day).toISOString().slice(0, 10);
    const works = working.has(new Date(day).getUTCDay()) && !free.has(date);
    if (works || extra.has(date)) {
      const cutoff = input.half_days[date] ?? input.half_days[date.slice(5)] ?? input.cutoff;
      ends.push(new Date(instantOf(day + clockMs(cutoff), offset)).toISOString());
    }
  }
  return ends;
}

/** The instant at which a zone's clock shows `local`: the first of two, or after a skipped hour. */
function instantOf(local: number, offset: (instant: number) => number): number {
  const before = offset(local - dayMs);
  const first = local - before;
  if (offset(first) === before) {
    return first;
  }
  const after = offset(local + dayMs);
  const second = local - after;
  return offset(second) === after ? second : first;
}

/**
 * Offsets by week: where a week begins and ends with the same offset it is taken for all of it
 * (no zone goes there and back within a week), which makes an expansion ten times quicker.
 */
function offsetReader(zone: IANAZone): (instant: number) => number {
  const weekMs = 7 * dayMs;
  const starts = new Map<number, number>();
  const at = (instant: number) => zone.offset(instant) * 60_000;
  const atWeek = (week: number) => {
    const known = starts.get(week) ?? at(week * weekMs);
    starts.set(week, known);
    return known;
  };
  return (instant) => {
    const week = Math.floor(instant / weekMs);
    const start = atWeek(week);
    return start === atWeek(week + 1) ? start : at(instant);
  };
}

function clockMs(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000;
}

/** 'mon-fri' or 'sun-thu, sat' -> day numbers, Sunday 0. */
function workingWeekdays(text: string): Set<number> {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [from, to = from] = part.trim().split('-') as [string, string?];
    const last = weekdays.indexOf(to!);
    for (let day = weekdays.indexOf(from); ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) {
        break;
      }
    }
  }
  return days;
}

/** Days off: own days as they are, regions' public holidays of all years, substitutes included. */
function holidaysOf(entries: string[]): Set<string> {
  const days = new Set<string>();
  for (const entry of entries) {
    if (/^\d/.test(entry)) {
      days.add(entry);
      continue;
    }
    const [country, state, region] = entry.split('-') as [string, string?, string?];
    const holidays = new Holidays(country, state as string, region as string, {
      types: ['public'],
      timezone: 'UTC',
    });
    for (let year = firstYear; year <= lastYear; year += 1) {
      for (const holiday of holidays.getHolidays(year)) {
        days.add(holiday.date.slice(0, 10));
      }
    }
  }
  return days;
}
