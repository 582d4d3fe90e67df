/** Undo: what a run wrote goes back and stays back, other than what people have edited since. */
import { expect, test } from '@jest/globals';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { connection, day, type World, withWorld } from '../support/world.ts';
import { edit, sync, undo, written } from './edits.ts';

/** 1 and 2 are sourced, 3 is influenced, 4 is stale. */
const company: SmallCompany = {
  opportunities: [
    { n: 1, inStage: 10 },
    { n: 2, inStage: 12 },
    { n: 3, inStage: 8 },
    { n: 4, inStage: 45 },
  ],
  registrations: [
    { n: 1, partner: 1, opportunity: 1 },
    { n: 2, partner: 2, opportunity: 2 },
  ],
  touches: [{ n: 1, partner: 2, opportunity: 3 }],
};
const ids = [1, 2, 3, 4].map((n) => id.opportunity(n));

/** The engine's fields of every opportunity, as the CRM holds them. */
function crm(world: World): Record<string, unknown> {
  const ours = /^(Partner_|Sourcing_Partner|Deal_Registration_|Stale_|Days_)/;
  return Object.fromEntries(
    ids.flatMap((deal) =>
      Object.entries(world.look('Opportunity', deal))
        .filter(([field]) => ours.test(field))
        .map(([field, value]) => [`${deal} ${field}`, value]),
    ),
  );
}

/** A run that changes several records: the stale limit is lowered by a new version. */
async function lowerLimit(world: World): Promise<string> {
  world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 5 days');
  const plan = await world.job('plan');
  const apply = await world.job('apply', { planId: plan.runId });
  expect(apply.failure).toBeNull();
  return apply.runId;
}

test('undo of an apply restores all but what a person edited since; three syncs leave it', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = crm(world);
    const [old] = await world.store.versions(connection);
    const run = await lowerLimit(world);
    const wrote = await written(world, run);
    expect(Object.keys(wrote)).toContain(`${ids[0]} stale`);
    const edited = { Partner_Deal_Stale__c: false };
    edit(world, 'Opportunity', ids[2]!, edited);

    const done = await undo(world, run);

    expect(done.left).toEqual([]);
    expect(done.counts['already']).toBe(1);
    expect(crm(world)).toEqual(before);
    expect((await world.store.activeVersion(connection))!.id).toBe(old!.id);
    for (let n = 0; n < 3; n += 1) {
      edit(world, 'Opportunity', ids[0]!, { Amount: 2_000 + n });
      const { run: synced } = await sync(world);
      expect(synced.counts['written'] ?? 0).toBe(0);
      expect(crm(world)).toEqual(before);
    }
  }));

test('what a person has set to another value since is left alone and named', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = crm(world);
    const [first] = (await world.store.runs(connection, 9)).filter(({ kind }) => kind === 'apply');
    const reason = 'Because I say so';
    edit(world, 'Opportunity', ids[0]!, { Partner_Attribution_Reason__c: reason });

    const done = await undo(world, first!.id);

    expect(done.left).toEqual([`${ids[0]} attribution_reason`]);
    expect(world.look('Opportunity', ids[0]!)).toMatchObject({
      Partner_Attribution_Reason__c: reason,
      Partner_Sourced__c: false,
    });
    expect(world.look('Opportunity', ids[1]!)['Partner_Attribution_Type__c']).toBeNull();
    expect(await world.store.activeVersion(connection)).toBeUndefined();
    expect(before).not.toEqual(crm(world));
    const back = crm(world);
    for (let n = 0; n < 3; n += 1) {
      await sync(world);
    }
    expect(crm(world)).toEqual(back);
  }));

test('undo of a sync: its values are held while the decision is the same, and written when not', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = crm(world);
    edit(world, 'Opportunity', ids[3]!, { StageName: 'Negotiation' });
    const { runId } = await sync(world);
    expect(await written(world, runId)).toMatchObject({ [`${ids[3]} stale`]: false });

    const done = await undo(world, runId);
    expect(done.counts).toMatchObject({ restored: 1 });
    expect(crm(world)).toEqual(before);
    for (let n = 0; n < 3; n += 1) {
      edit(world, 'Opportunity', ids[3]!, { Amount: 3_000 + n });
      await sync(world);
      expect(crm(world)).toEqual(before);
    }
    world.advance(60 * day);
    await sync(world);
    const now = await world.store.fieldFacts(connection, 'opportunity', [ids[3]!], []);
    expect(now.get(ids[3]!)?.holds['stale']).toBeUndefined();
  }));

test('undo --release lets the values be written again', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', ids[3]!, { StageName: 'Negotiation' });
    const { runId } = await sync(world);
    const after = crm(world);
    await undo(world, runId);
    expect(crm(world)).not.toEqual(after);
    const released = await undo(world, runId, { release: true });
    expect(released.counts['released']).toBeGreaterThan(0);
    expect(crm(world)).toEqual(after);
  }));

test('undo --field takes back one field only, by its engine key or its name in the CRM', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const [first] = (await world.store.runs(connection, 9)).filter(({ kind }) => kind === 'apply');
    const tasks = world.tasks().filter(({ open }) => open).length;
    await undo(world, first!.id, { field: 'Partner_Sourced__c' });
    expect(world.look('Opportunity', ids[0]!)).toMatchObject({
      Partner_Sourced__c: false,
      Partner_Attribution_Type__c: 'Sourced',
    });
    expect(world.tasks().filter(({ open }) => open)).toHaveLength(tasks);
    expect(await world.store.activeVersion(connection)).toBeDefined();
    await expect(undo(world, first!.id, { field: 'no_such' })).rejects.toThrow(/writes no field/);
  }));

test('tasks the run made are cancelled, one that a person has closed stays closed, none comes back', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.advance(25 * day);
    const { runId } = await sync(world);
    const open = () => world.org.query('SELECT Id, Subject FROM Task WHERE IsClosed = false');
    const made = open();
    expect(made.length).toBeGreaterThan(1);
    const [closed] = made;
    edit(world, 'Task', String(closed!['Id']), { Status: 'Completed' });

    const done = await undo(world, runId);
    expect(done.counts['tasksCancelled']).toBe(made.length - 1);
    expect(open()).toEqual([]);
    for (const { Id, Subject } of made.slice(1)) {
      const task = world.look('Task', String(Id));
      expect(task['Subject']).toBe(`Cancelled: ${Subject}`);
      expect(task['Description']).toMatch(/^Cancelled by partner-sync, not done by anybody: /);
    }
    expect(world.look('Task', String(closed!['Id']))['Subject']).toBe(closed!['Subject']);
    for (let n = 0; n < 3; n += 1) {
      await sync(world);
    }
    expect(open()).toEqual([]);
  }));

test('a task whose closing the CRM has refused is still closed after an undo of that run', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.advance(25 * day);
    await sync(world);
    const open = () =>
      world.tasks().filter(({ open: isOpen, about }) => isOpen && about === ids[0]);
    expect(open().length).toBe(1);
    edit(world, 'Opportunity', ids[0]!, { StageName: 'Negotiation' });
    world.sandbox.faults.arm({ name: 'several-matches', seed: 1, after: 0, count: 1 });
    const { runId, run } = await sync(world);
    expect(run.counts['failed']).toBe(1);
    expect(open().length).toBe(1);

    await undo(world, runId);
    await world.job('retry');

    expect(open()).toEqual([]);
  }));

test('a restore that the CRM refuses is not forgotten by the next decision', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', ids[3]!, { StageName: 'Negotiation' });
    const { runId } = await sync(world);
    const run = { connection, runId: `undo/${connection}/800` };
    await world.activity(
      'openRun',
      { connection, kind: 'undo', commandId: null, planId: null },
      run,
    );
    await world.activity('undoChanges', { ...run, undoRunId: runId, field: null });
    // The worker ends before it writes; the next sync decides the record again.
    edit(world, 'Opportunity', ids[3]!, { Amount: 77 });
    await sync(world);
    expect(world.look('Opportunity', ids[3]!)['Partner_Deal_Stale__c']).toBe(true);
  }));

test('a lock set by the run comes back open, and the version before decides the deal anew', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', ids[0]!, { StageName: 'Closed Won' });
    await sync(world);
    world.advance(20 * day);
    const { runId } = await sync(world);
    const locked = async () =>
      (await world.store.priorDecisions(connection, 'live', 'opportunity', [ids[0]!])).get(ids[0]!)!
        .attribution!.lockedAt;
    expect(await locked()).not.toBeNull();
    const run = { connection, runId: `undo/${connection}/801` };
    await world.activity(
      'openRun',
      { connection, kind: 'undo', commandId: null, planId: null },
      run,
    );
    await world.activity('undoChanges', { ...run, undoRunId: runId, field: null });
    expect(await locked()).toBeNull();
  }));

test('a run that is not there, or wrote nothing, cannot be undone', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    await expect(undo(world, 'sync/nowhere/1')).rejects.toThrow(/has no run/);
    const plan = await world.job('plan');
    await expect(undo(world, plan.runId)).rejects.toThrow(/cannot be undone/);
  }));
