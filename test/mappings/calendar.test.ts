/** Business calendars: holidays, half days, daylight saving, and how quick they are made. */
import { expect, test } from '@jest/globals';
import { expandCalendar, isHolidayRegion } from '../../mappings/calendar.ts';
import type { CalendarInput } from '../../mappings/calendar-schema.ts';

const plain: CalendarInput = {
  zone: 'Europe/Berlin',
  days: 'mon-fri',
  cutoff: '17:00',
  holidays: [],
  half_days: {},
  working_days: [],
  regions: [],
};
const calendar = (more: Partial<CalendarInput>) => expandCalendar('test', { ...plain, ...more });
const endsIn = (more: Partial<CalendarInput>, from: string, to: string) =>
  calendar(more).endsOfBusiness.filter((end) => end >= from && end < to);

test('a week ends five times, in the zone of the calendar', () => {
  expect(endsIn({}, '2026-11-23', '2026-11-30')).toEqual([
    '2026-11-23T16:00:00.000Z',
    '2026-11-24T16:00:00.000Z',
    '2026-11-25T16:00:00.000Z',
    '2026-11-26T16:00:00.000Z',
    '2026-11-27T16:00:00.000Z',
  ]);
});

test('German public holidays are no working days, Good Friday and Easter Monday among them', () => {
  expect(endsIn({ holidays: ['DE'] }, '2026-04-01', '2026-04-09')).toEqual([
    '2026-04-01T15:00:00.000Z',
    '2026-04-02T15:00:00.000Z',
    '2026-04-07T15:00:00.000Z',
    '2026-04-08T15:00:00.000Z',
  ]);
});

test('a state has holidays its country has not', () => {
  const corpusChristi = ['2026-06-04', '2026-06-05'] as const;

  expect(endsIn({ holidays: ['DE'] }, ...corpusChristi)).toHaveLength(1);
  expect(endsIn({ holidays: ['DE-BY'] }, ...corpusChristi)).toHaveLength(0);
});

test('a holiday on a Saturday is kept on the Friday before, where the country does so', () => {
  const us = { zone: 'America/New_York', holidays: ['US'] };

  expect(endsIn(us, '2026-07-03', '2026-07-04')).toEqual([]);
});

test('a half day ends earlier, each year or once', () => {
  const half = { half_days: { '12-23': '12:00', '2026-12-30': '13:30' } };

  expect(endsIn(half, '2026-12-23', '2026-12-24')).toEqual(['2026-12-23T11:00:00.000Z']);
  expect(endsIn(half, '2025-12-23', '2025-12-24')).toEqual(['2025-12-23T11:00:00.000Z']);
  expect(endsIn(half, '2026-12-30', '2026-12-31')).toEqual(['2026-12-30T12:30:00.000Z']);
  expect(endsIn(half, '2025-12-30', '2025-12-31')).toEqual(['2025-12-30T16:00:00.000Z']);
});

test('a day of your own is free, and a working Saturday is not', () => {
  const own = { holidays: ['2026-11-24'], working_days: ['2026-11-28'] };

  expect(endsIn(own, '2026-11-24', '2026-11-25')).toEqual([]);
  expect(endsIn(own, '2026-11-28', '2026-11-29')).toEqual(['2026-11-28T16:00:00.000Z']);
});

test.each([
  { zone: 'Europe/Berlin', before: '2026-03-27T16:00', after: '2026-03-30T15:00' },
  { zone: 'Europe/Berlin', before: '2026-10-23T15:00', after: '2026-10-26T16:00' },
  { zone: 'America/New_York', before: '2026-03-06T22:00', after: '2026-03-09T21:00' },
  { zone: 'Australia/Lord_Howe', before: '2026-04-03T06:00', after: '2026-04-06T06:30' },
  { zone: 'Pacific/Kiritimati', before: '2026-03-27T03:00', after: '2026-03-30T03:00' },
])('17:00 stays 17:00 when the clocks change: $zone $after', ({ zone, before, after }) => {
  const ends = calendar({ zone }).endsOfBusiness;

  expect(ends).toContain(`${before}:00.000Z`);
  expect(ends).toContain(`${after}:00.000Z`);
});

test('a cut-off in an hour that is skipped falls after it, in one that is twice on the first', () => {
  const sundays = { days: 'sun', cutoff: '02:30' };

  expect(endsIn(sundays, '2026-03-29', '2026-03-30')).toEqual(['2026-03-29T01:30:00.000Z']);
  expect(endsIn(sundays, '2026-10-25', '2026-10-26')).toEqual(['2026-10-25T00:30:00.000Z']);
});

test('working days may wrap around the week', () => {
  expect(endsIn({ days: 'sun-thu', zone: 'UTC' }, '2026-11-22', '2026-11-29')).toHaveLength(5);
  expect(endsIn({ days: 'fri-mon', zone: 'UTC' }, '2026-11-23', '2026-11-30')).toHaveLength(4);
});

test('ends are ascending, from 2015 to 2036, and the version follows the content', () => {
  const { endsOfBusiness: ends, version } = calendar({ holidays: ['DE'] });

  expect(ends).toEqual([...ends].sort());
  expect(ends[0]!.slice(0, 4)).toBe('2015');
  expect(ends.at(-1)!.slice(0, 4)).toBe('2036');
  expect(version).not.toBe(calendar({}).version);
  expect(version).toBe(expandCalendar('other name', { ...plain, holidays: ['DE'] }).version);
});

test('an expansion is made once, and quickly', () => {
  calendar({ holidays: ['DE'], cutoff: '16:58' });
  // Processor time, not the clock on the wall: other work on the machine is not ours.
  const started = process.cpuUsage();
  const first = calendar({ holidays: ['DE'], cutoff: '16:59' });
  const took = process.cpuUsage(started).user / 1000;

  expect(calendar({ holidays: ['DE'], cutoff: '16:59' })).toBe(first);
  expect(took).toBeLessThan(600);
});

test('holiday regions are known by country, state and region', () => {
  expect(isHolidayRegion('DE')).toBe(true);
  expect(isHolidayRegion('DE-BY')).toBe(true);
  expect(isHolidayRegion('US-NY')).toBe(true);
  expect(isHolidayRegion('XX')).toBe(false);
  expect(isHolidayRegion('DE-ZZ')).toBe(false);
});
