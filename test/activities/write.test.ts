/** The write leg: each row's fate is known, a bad row holds up no other, nothing is written twice. */
import { expect, test } from '@jest/globals';
import type { ValidationRule } from '../../sandbox/dataset.ts';
import { id, type SmallOpportunity, smallCompany } from '../support/small-company.ts';
import { connection, day, type World, withWorld } from '../support/world.ts';

const noFlagOnBig: ValidationRule = {
  object: 'Opportunity',
  name: 'No_Flag_On_Big',
  when: {
    all: [
      { field: 'Amount', is: '>', value: 50_000 },
      { field: 'Partner_Deal_Stale__c', is: '=', value: true },
    ],
  },
  message: 'Deals above 50,000 for Pinewood Foods are not flagged.',
  field: 'Partner_Deal_Stale__c',
};

/** `n` opportunities that become stale tomorrow; the first one is large. */
function soonStale(n: number): SmallOpportunity[] {
  return Array.from({ length: n }, (_, i) => ({
    n: i + 1,
    inStage: 29,
    amount: i === 0 ? 90_000 : 1_000,
  }));
}

function staleInCrm(world: World): number {
  return world.org.query('SELECT Id FROM Opportunity WHERE Partner_Deal_Stale__c = true').length;
}

test('one record in 200 refused by a validation rule: 199 written, one stored with its reason', () =>
  withWorld(smallCompany({ opportunities: soonStale(200) }), async (world) => {
    await world.begin();
    world.org.validationRules.push(noFlagOnBig);
    world.advance(2 * day);

    const { run, failure } = await world.job('sync');

    expect(failure).toBeNull();
    expect(run.outcome).toBe('amber');
    expect(run.counts).toMatchObject({ written: 199, failed: 1 });
    expect(run.message).toBe('1 row failed (see "partner-sync failures").');
    expect(staleInCrm(world)).toBe(199);
    const failures = await world.store.failures(connection, 10);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      recordId: id.opportunity(1),
      state: 'failed',
      failure: {
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        fields: ['Partner_Deal_Stale__c'],
        retryable: false,
      },
    });
    expect(failures[0]!.failure!.remedy).toContain(noFlagOnBig.message);
  }));

test('a run is amber for its failed row even where the attempt that saw it was killed', () =>
  withWorld(smallCompany({ opportunities: soonStale(3) }), async (world) => {
    await world.begin();
    world.org.validationRules.push(noFlagOnBig);
    world.advance(2 * day);
    const { pendingWrites } = world.store;
    const run = { connection, runId: `sync/${connection}/77` };
    await world.activity(
      'openRun',
      { connection, kind: 'sync', commandId: null, planId: null },
      run,
    );
    await world.activity('pullChanges', { ...run, mode: 'changes' });
    await world.activity('decideRecords', run);
    world.store.pendingWrites = async () => {
      world.store.pendingWrites = pendingWrites;
      throw new Error('killed when all results were stored');
    };
    await expect(world.activity('writeChanges', { ...run, planId: null })).rejects.toThrow();

    await world.activity('writeChanges', { ...run, planId: null });
    const closed = await world.activity('closeRun', { ...run, failure: null });

    expect(closed).toMatchObject({ outcome: 'amber', counts: { written: 2, failed: 1 } });
  }));

test('a refused row is not sent again by each sync, and is written by a retry once it may be', () =>
  withWorld(smallCompany({ opportunities: soonStale(3) }), async (world) => {
    await world.begin();
    world.org.validationRules.push(noFlagOnBig);
    world.advance(2 * day);
    await world.job('sync');

    const again = await world.job('sync');
    expect(again.calls.filter((call) => call.startsWith('PATCH'))).toEqual([]);
    world.org.validationRules = [];
    const { run } = await world.job('retry');

    expect(run.outcome).toBe('green');
    expect(run.counts).toMatchObject({ retried: 1, written: 1, failed: 0 });
    expect(staleInCrm(world)).toBe(3);
    expect(await world.store.failures(connection, 10)).toEqual([]);
  }));

test('a refused row is tried again by itself when what is wanted of the record changes', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.org.validationRules.push(noFlagOnBig);
    world.advance(2 * day);
    await world.job('sync');
    const edit = { Id: id.opportunity(1), StageName: 'Negotiation' };
    world.org.update('Opportunity', [edit], world.org.admin);

    const { run } = await world.job('sync');

    // Not stale any more, as the CRM has it: nothing is left to write, nothing to complain of.
    expect(run.outcome).toBe('green');
    expect(await world.store.failures(connection, 10)).toEqual([]);
  }));

test('a locked record waits and is written by a later sync; the others are not held up', () =>
  withWorld(smallCompany({ opportunities: soonStale(3) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const release = lockRow(world, id.opportunity(2));

    const { run } = await world.job('sync');
    expect(run.outcome).toBe('amber');
    expect(run.counts).toMatchObject({ written: 2, failed: 1, waiting: 1 });
    release();
    const [row] = await world.store.failures(connection, 10);
    expect(row!.failure).toMatchObject({ code: 'UNABLE_TO_LOCK_ROW', retryable: true });
    await world.query('update write set next_try_at = now() where seq = $1', [row!.seq]);
    const { run: later } = await world.job('sync');

    expect(later.outcome).toBe('green');
    expect(later.counts).toMatchObject({ written: 1 });
    expect(staleInCrm(world)).toBe(3);
  }));

test('a write cut off after the CRM took it is read back and not sent again', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const cut = cutOnce(world, /\/composite\/sobjects$/, 'saved');

    const { run } = await world.job('sync');
    expect(cut.times()).toBe(1);
    expect(run.outcome).toBe('amber');
    expect(run.counts).toMatchObject({ written: 0, unclear: 2 });
    expect(staleInCrm(world)).toBe(2);
    const log = world.org.writeLog().length;
    await world.query("update write set next_try_at = now() where state = 'unclear'");
    const later = await world.job('sync');

    expect(later.run.outcome).toBe('green');
    expect(later.run.counts).toMatchObject({ written: 2, unclear: 0 });
    expect(later.calls.filter((call) => call === 'PATCH /composite/sobjects')).toEqual([]);
    expect(
      world.org
        .writeLog()
        .slice(log)
        .filter(({ object }) => object === 'Opportunity'),
    ).toEqual([]);
  }));

test('a task whose creation was cut off is found by its key: there is one, not two', () =>
  withWorld(smallCompany({ opportunities: soonStale(1) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const cut = cutOnce(world, /\/composite\/sobjects\/Task\//, 'saved');

    const { run } = await world.job('sync');
    expect(cut.times()).toBe(1);
    expect(run.counts).toMatchObject({ tasks: 0, unclear: 1 });
    await world.query("update write set next_try_at = now() where state = 'unclear'");
    const { run: later } = await world.job('sync');

    expect(later.outcome).toBe('green');
    expect(later.counts).toMatchObject({ tasks: 1 });
    expect(world.tasks()).toHaveLength(1);
  }));

test('a write that never reached the CRM is sent again', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const cut = cutOnce(world, /\/composite\/sobjects$/, 'unsent');

    await world.job('sync');
    expect(cut.times()).toBe(1);
    expect(staleInCrm(world)).toBe(0);
    await world.query("update write set next_try_at = now() where state = 'unclear'");
    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(run.counts).toMatchObject({ written: 2 });
    expect(staleInCrm(world)).toBe(2);
  }));

test('a batch the CRM refuses as a whole goes back to the outbox untouched, and the run is red', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const stop = refuseWrites(world, 503);

    const { run, failure } = await world.job('sync');
    stop();
    expect(run.outcome).toBe('red');
    expect(failure).toMatchObject({ type: 'Crm.Unavailable', nonRetryable: false });
    const { run: later } = await world.job('sync');

    expect(later.outcome).toBe('green');
    expect(later.counts).toMatchObject({ written: 2, failed: 0 });
    const writes = await world.writes(later.id);
    expect(writes.every((row) => row.object === 'task' || row.attempts === 1)).toBe(true);
  }));

test('an activity that is run twice by Temporal counts and writes once', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const run = { connection, runId: `sync/${connection}/77` };
    await world.activity(
      'openRun',
      { connection, kind: 'sync', commandId: null, planId: null },
      run,
    );
    await world.activity('pullChanges', { ...run, mode: 'changes' });
    await world.activity('decideRecords', run);
    await world.activity('decideRecords', run, { ...run, activityId: 'decide-again' });
    await world.activity('decideAlerts', { ...run, planId: null });
    await world.activity('decideAlerts', { ...run, planId: null }, { ...run, activityId: 'again' });
    await world.activity('writeChanges', { ...run, planId: null });
    await world.activity('writeChanges', { ...run, planId: null });

    const { counts } = (await world.store.run(run.runId))!;
    expect(counts).toMatchObject({ written: 2, tasks: 2 });
    expect(world.tasks()).toHaveLength(2);
    expect(staleInCrm(world)).toBe(2);
  }));

/** Cuts the first matching call's connection, after the org has saved it unless told otherwise. */
function cutOnce(world: World, path: RegExp, how: 'saved' | 'unsent') {
  let times = 0;
  world.tap(({ request, proceed, cut }) => {
    if (times > 0 || request.method !== 'PATCH' || !path.test(new URL(request.url).pathname)) {
      return undefined;
    }
    times += 1;
    return how === 'saved' ? proceed().then(cut) : Promise.resolve(cut());
  });
  return { times: () => times };
}

/** Has another transaction hold a record: a batch saves all but that one. */
function lockRow(world: World, locked: string): () => void {
  const { org } = world;
  const us = { userId: org.integrationUserId, via: 'rest' };
  const busy = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to lock row', fields: [] };
  return world.tap(({ request }) => {
    if (request.method !== 'PATCH' || !request.url.endsWith('/composite/sobjects')) {
      return undefined;
    }
    return (request.json() as Promise<{ records: { id: string }[] }>).then(({ records }) =>
      Response.json(
        records.map(({ id: Id, ...fields }) =>
          Id === locked
            ? { success: false, errors: [busy] }
            : org.update('Opportunity', [{ Id, ...fields }], us)[0],
        ),
      ),
    );
  });
}

/** Answers writes with a status until stopped. */
function refuseWrites(world: World, status: number): () => void {
  return world.tap(({ request }) =>
    request.method === 'PATCH' ? Promise.resolve(new Response('busy', { status })) : undefined,
  );
}
