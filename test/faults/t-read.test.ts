/** Correctness cases of reading: late commits, ties, changes in mid-read, resuming, large asks. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, minute, withWorld } from '../support/world.ts';
import { pullAll, window, withConnector } from './connector.ts';
import {
  arm,
  change,
  edit,
  jump,
  mirrored,
  opportunities,
  opportunityReads,
  provisioned,
} from './in-world.ts';

const company = (n: number) => smallCompany({ opportunities: opportunities(n) });

test('T2: a record committed 90 s below the stored watermark is returned by the next run', () =>
  withWorld(company(2), async (world) => {
    await world.begin();
    const late = () => edit(world, 1, { NextStep: 'call back' });
    world.org.transaction(() => {
      late();
      world.org.commitLate(170_000);
    });
    await jump(world, 155_000);
    await world.job('sync');
    const { committedUntil } = await world.store.cursor(connection, 'opportunity:Opportunity');
    expect((await mirrored(world, 1))!.fields['next_step']).toBeNull();
    await jump(world, 20_000);

    const { run } = await world.job('sync');

    const row = await mirrored(world, 1);
    expect(run.outcome).toBe('green');
    expect(row!.fields['next_step']).toBe('call back');
    const behindMs = Date.parse(committedUntil!) - Date.parse(row!.modifiedAt);
    expect(behindMs).toBeGreaterThanOrEqual(90_000);
  }));

test.each([
  ['by locator', false],
  ['by keyset, every locator expired', true],
])(
  'T3: page boundaries amid 500 rows of one instant lose none and read none twice: %s',
  (_, expired) =>
    withWorld(company(500), async (world) => {
      await world.begin();
      await jump(world, 20 * minute);
      await world.job('sync');
      await jump(world, 10 * minute);
      change(world, 'timestamps-equal', { object: 'Opportunity' });
      for (let n = 1; n <= 500; n += 1) {
        const row = [...world.org.row(world.org.object('Opportunity'), id.opportunity(n))!];
        row[world.org.object('Opportunity').field('NextStep')!.slot] = `step ${n}`;
        world.org.put(world.org.object('Opportunity'), row);
      }
      await jump(world, 10_000);
      const short = { name: 'short-page', rows: 130, min: 60, seed: 3 };
      const pages = arm(world, { ...short, match: opportunityReads });
      const expiries = expired
        ? arm(world, { name: 'locator-expired', count: null, match: { object: 'Opportunity' } })
        : () => 0;

      const { run, failure } = await world.job('sync');

      expect(failure).toBeNull();
      expect(run.counts).toMatchObject({ 'pulled.opportunity': 500, 'changed.opportunity': 500 });
      expect(expiries() > 2).toBe(expired);
      const ids = Array.from({ length: 500 }, (_, i) => id.opportunity(i + 1));
      const rows = await world.store.mirror(connection, 'opportunity', ids);
      const steps = new Map(rows.map((row) => [row.id, row.fields['next_step']]));
      expect(ids.map((one) => steps.get(one))).toEqual(ids.map((_, i) => `step ${i + 1}`));
      expect(pages()).toBeGreaterThan(4);
    }),
);

test('T4: a record that changes while its page is processed arrives as it is in the end', () =>
  withWorld(company(300), async (world) => {
    await world.begin();
    await jump(world, 10 * minute);
    change(world, 'timestamps-equal', { object: 'Opportunity' });
    await jump(world, 10_000);
    arm(world, { name: 'short-page', rows: 100, match: opportunityReads });
    const values = { NextStep: 'changed in mid-read' };
    const mid = { object: 'Opportunity', ids: [id.opportunity(1), id.opportunity(290)], values };
    const struck = arm(world, {
      name: 'row-changed',
      ...mid,
      match: { ...opportunityReads, n: 2 },
    });

    await world.job('sync');
    expect(struck()).toBe(1);
    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    for (const n of [1, 290]) {
      expect((await mirrored(world, n))!.fields['next_step']).toBe('changed in mid-read');
    }
  }));

test('T4: a formula that changes without a timestamp is found by reconcile', () =>
  withWorld(company(3), async (world) => {
    world.org.object('Opportunity').put({
      name: 'NextStep',
      type: 'string',
      calculated: true,
      createable: false,
      updateable: false,
    });
    await world.begin();
    const formula = { object: 'Opportunity', field: 'NextStep', value: 'from a formula' };
    change(world, 'formula-changed', { ...formula, ids: [id.opportunity(2)] });
    await world.job('sync');

    const { run, failure } = await world.job('reconcile');

    expect([failure, run.outcome]).toEqual([null, 'green']);
    expect((await mirrored(world, 2))!.fields['next_step']).toBe('from a formula');
  }));

const pagesRead = (calls: string[]) =>
  calls.filter((call) => call === 'GET /queryAll' || call === 'GET /query/{locator}').length;
/** Reads of the five other sources of the mapping. */
const otherReads = 5;

test.each([
  ['the day’s quota ends', 'TotalRequests', 'Crm.QuotaExhausted', true],
  ['too many long calls run at once', 'ConcurrentPerOrgLongTxn', 'Crm.RateLimited', false],
])(
  'T10: %s on page 7 of 12: never success, and the next run goes on at page 7',
  (_, limit, type, nonRetryable) =>
    withWorld(company(1_200), async (world) => {
      await provisioned(world);
      arm(world, { name: 'short-page', rows: 100, match: opportunityReads });
      arm(world, { name: 'request-limit', limit, match: { ...opportunityReads, n: 7 } });

      const first = await world.job('sync');
      const stored = (await world.store.mirrorCounts(connection)).opportunity;
      const second = await world.job('sync');

      expect(first.run.outcome).toBe('red');
      expect(first.failure).toMatchObject({ type, nonRetryable });
      expect(stored).toBe(600);
      expect(second.run.outcome).toBe('green');
      expect(second.run.counts['pulled.opportunity']).toBe(600);
      expect(pagesRead(second.calls)).toBe(6 + otherReads);
      expect((await world.store.mirrorCounts(connection)).opportunity).toBe(1_200);
    }),
);

test('T14: dates of DST days, leap days and year ends arrive as they are, and are never rewritten', () => {
  const dates = [
    '2026-03-29',
    '2026-10-25',
    '2028-02-29',
    '2026-12-31',
    '2027-01-01',
    '2026-11-01',
  ];
  return withWorld(
    smallCompany({
      opportunities: opportunities(dates.length, (n) => ({
        more: {
          CloseDate: dates[n - 1]!,
          LastStageChangeDate: `${new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10)}T23:59:59.000Z`,
        },
      })),
    }),
    async (world) => {
      await world.begin();
      const log = world.org.writeLog().length;

      const { run } = await world.job('backfill');

      for (const [i, date] of dates.entries()) {
        const row = await mirrored(world, i + 1);
        expect(row!.fields['close_date']).toBe(date);
        expect(row!.fields['stage_entered_at']).toMatch(/T23:59:59\.000Z$/);
        expect(world.look('Opportunity', id.opportunity(i + 1))['CloseDate']).toBe(date);
      }
      expect(run.counts).toMatchObject({ written: 0, failed: 0 });
      expect(world.org.writeLog()).toHaveLength(log);
    },
  );
});

test('T17: 900 custom fields and 500 ids are read whole, and no address is too long', () =>
  withConnector(async ({ sandbox, connector, org, ids }) => {
    const names = Array.from({ length: 900 }, (_, i) => `Custom_Property_Number_${i}__c`);
    for (const name of names) {
      org.object('Opportunity').put({ name, type: 'string', length: 40, defaultValue: name });
    }
    org.touchMetadata();
    org.update(
      'Opportunity',
      ids.map((Id) => ({ Id, [names[899]!]: 'last' })),
      org.admin,
    );
    sandbox.clock.advance(1_000);
    const request = { ...(await window(connector)), fields: names };

    const read = await connector.readByIds({ ...request, ids: [...ids, ...ids].slice(0, 500) });
    const page = await connector.pullChanges(request);

    expect(read).toHaveLength(450);
    expect(Object.keys(read[0]!.values)).toHaveLength(900);
    expect(page.records[0]!.values[names[899]!]).toBe('last');
    expect(await pullAll(connector)).toHaveLength(450);
    const statuses = new Set(sandbox.calls.calls().map(({ status }) => status));
    expect([...statuses]).toEqual([200]);
  }));
