/** Correctness cases of writing: poison rows, lost answers, rows that are tried again. */
import { expect, test } from '@jest/globals';
import { createActivities } from '../../activities/create.ts';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, day, type World, withWorld } from '../support/world.ts';
import { arm, letRetriesBegin, opportunityReads, soonStale } from './in-world.ts';

const flagged = (world: World) =>
  world.org.query('SELECT Id FROM Opportunity WHERE Partner_Deal_Stale__c = true').length;
/** Writes of opportunities since a place in the log, by anybody. */
const writesSince = (world: World, from: number) =>
  world.org
    .writeLog()
    .slice(from)
    .filter(({ object }) => object === 'Opportunity');
const records = { object: 'Opportunity', operation: 'update' };

test.each([
  ['row-locked', 'UNABLE_TO_LOCK_ROW', true],
  ['row-rejected', 'FIELD_CUSTOM_VALIDATION_EXCEPTION', false],
])(
  'T8, T20: of 100 rows the 50th fails (%s): 99 written, one stored with its reason, written later',
  (name, code, retryable) =>
    withWorld(smallCompany({ opportunities: soonStale(100) }), async (world) => {
      await world.begin();
      world.advance(2 * day);
      arm(world, { name, match: { ...records, n: 50 } });

      const { run } = await world.job('sync');
      expect(run.outcome).toBe('amber');
      expect(run.counts).toMatchObject({ written: 99, failed: 1 });
      const [row, ...others] = await world.store.failures(connection, 10);
      expect(others).toEqual([]);
      expect(row!.failure).toMatchObject({ code, retryable });
      expect(row!.failure!.remedy).toContain(code);
      // The source is unchanged: what failed is kept by the outbox, not by what is read again.
      await letRetriesBegin(world);
      const later = await world.job(retryable ? 'sync' : 'retry');

      expect([later.run.outcome, later.run.counts['written']]).toEqual(['green', 1]);
      expect(flagged(world)).toBe(100);
    }),
);

test.each([
  ['cut-after-commit', {}],
  ['hang', { work: 'first', seconds: 0.2 }],
  ['bad-gateway', { done: true }],
])(
  'T9: no answer after the commit (%s), then a crash and a retry: one write, one task',
  (name, more) =>
    withWorld(smallCompany({ opportunities: soonStale(3) }), async (world) => {
      await world.begin();
      world.advance(2 * day);
      const from = world.org.writeLog().length;
      const lost = arm(world, { name, ...more, match: { operation: 'PATCH /composite/sobjects' } });
      const task = { operation: 'PATCH /composite/sobjects/Task/*' };
      const lostTask = arm(world, { name, ...more, match: task });
      await world.job('sync');
      expect([lost(), lostTask()]).toEqual([1, 1]);
      await letRetriesBegin(world);
      // A new worker knows nothing but the store.
      const fresh = createActivities(world.deps);
      await world.activities.connections.close();
      Object.assign(world.activities.crm, fresh.crm);
      Object.assign(world.activities.engine, fresh.engine);

      const { run } = await world.job('sync');

      expect(run.outcome).toBe('green');
      expect(flagged(world)).toBe(3);
      expect(
        writesSince(world, from)
          .map((write) => write.id)
          .sort(),
      ).toEqual([1, 2, 3].map(id.opportunity).sort());
      const tasks = world.tasks();
      expect(new Set(tasks.map(({ about }) => about)).size).toBe(tasks.length);
      const quiet = await world.job('sync');
      expect(quiet.run.counts).toMatchObject({ written: 0, tasks: 0, unclear: 0 });
      expect(world.tasks()).toEqual(tasks);
      await fresh.connections.close();
    }),
);

test('T20: a read that fails on a later page does not pass the watermark over what is unread', () =>
  withWorld(smallCompany({ opportunities: soonStale(300) }), async (world) => {
    await world.begin();
    arm(world, { name: 'short-page', rows: 100, match: opportunityReads });
    arm(world, { name: 'server-error', match: { ...opportunityReads, n: 2 } });
    const before = await world.store.cursor(connection, 'opportunity:Opportunity');
    const Ids = [1, 150, 299].map(id.opportunity);
    world.org.update(
      'Opportunity',
      Ids.map((Id) => ({ Id, NextStep: 'x' })),
      world.org.admin,
    );

    const first = await world.job('backfill');
    const between = await world.store.cursor(connection, 'opportunity:Opportunity');
    const second = await world.job('sync');

    expect(first.run.outcome).toBe('red');
    expect(before.committedUntil).not.toBeNull();
    expect(between.committedUntil).toBe(before.committedUntil);
    expect(second.run.outcome).toBe('green');
    for (const recordId of Ids) {
      const [row] = await world.store.mirror(connection, 'opportunity', [recordId]);
      expect(row!.fields['next_step']).toBe('x');
    }
  }));
