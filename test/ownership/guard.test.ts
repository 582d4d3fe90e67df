/** The mass-change guard: too much at once waits for a person, and everything else goes on. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, day, type Job, type World, withWorld } from '../support/world.ts';
import { edit, sync } from './edits.ts';

/** Thirty open deals, twenty of which become stale in twelve days; one has a registration. */
const thirty = smallCompany({
  opportunities: Array.from({ length: 30 }, (_, index) => ({
    n: index + 1,
    inStage: index < 20 ? 20 : 2,
  })),
  registrations: [{ n: 1, partner: 1, opportunity: 30 }],
});

/** A world whose guard holds more than ten records and 10 %. */
async function guarded(world: World): Promise<void> {
  world.edit('policies/sandbox.yaml', 'records: 500', 'records: 10');
  await world.begin();
  world.advance(12 * day);
}

const stale = (world: World) =>
  world.org.query('SELECT Id FROM Opportunity WHERE Partner_Deal_Stale__c = true').length;
const held = async (world: World) =>
  (await world.store.pendingWrites(connection, new Date().toISOString())).held;
const guardTasks = (world: World) =>
  world.tasks().filter(({ subject }) => subject.startsWith('Partner sync waits'));

async function tripped(world: World): Promise<Job> {
  await guarded(world);
  return sync(world);
}

test('a first plan is no matter for the guard, however large', () =>
  withWorld(thirty, async (world) => {
    world.edit('policies/sandbox.yaml', 'records: 500', 'records: 1');
    await world.begin();
    expect(await held(world)).toBe(0);
    expect(world.look('Opportunity', id.opportunity(30))['Partner_Sourced__c']).toBe(true);
    const { run } = await sync(world);
    expect(run).toMatchObject({ outcome: 'green' });
  }));

test('a sync over the limits writes none of it, is amber, and leaves a plan and one task', () =>
  withWorld(thirty, async (world) => {
    const { run, runId } = await tripped(world);

    expect(stale(world)).toBe(0);
    expect(run.outcome).toBe('amber');
    expect(run.message).toContain('held as a plan');
    const plan = (await world.store.openPlan(connection))!;
    expect(plan).toMatchObject({ id: runId, cause: 'guard', records: 20 });
    const rows = await world.planRows(plan.id);
    const flags = rows.filter(({ field }) => field === 'stale');
    expect(flags).toHaveLength(20);
    expect(flags[0]).toMatchObject({ old: false, new: true, kind: 'stale', rule: 'stale' });
    expect(flags[0]!.reason).toMatch(/\d+ days/);
    expect(guardTasks(world)).toHaveLength(1);
  }));

test('while it is open other rows are written, held ones follow, and nobody is told again', () =>
  withWorld(thirty, async (world) => {
    await tripped(world);
    const plan = (await world.store.openPlan(connection))!;
    const [one, free] = [id.opportunity(3), id.opportunity(30)];
    edit(world, 'Opportunity', one, { StageName: 'Negotiation' });
    edit(world, 'Deal_Registration__c', id.registration(1), { Status__c: 'Rejected' });
    const { run } = await sync(world);

    expect(run.outcome).toBe('green');
    expect(world.look('Opportunity', free)['Partner_Sourced__c']).toBe(false);
    const now = (await world.store.openPlan(connection))!;
    expect(now).toMatchObject({ id: plan.id, records: 19 });
    const rows = await world.planRows(plan.id);
    expect(rows.map(({ recordId }) => recordId)).not.toContain(one);
    expect(stale(world)).toBe(0);
    expect(guardTasks(world)).toHaveLength(1);
    expect((await world.store.plans(connection, 9)).filter((p) => p.state === 'open')).toHaveLength(
      1,
    );
  }));

test('applying the plan writes it; its task is closed and the next sync writes nothing', () =>
  withWorld(thirty, async (world) => {
    await tripped(world);
    const plan = (await world.store.openPlan(connection))!;
    const apply = await world.job('apply', { planId: plan.id });

    expect(apply.failure).toBeNull();
    expect(stale(world)).toBe(20);
    expect(await held(world)).toBe(0);
    expect(guardTasks(world).filter(({ open }) => open)).toEqual([]);
    expect((await world.store.plan(plan.id))!.state).toBe('applied');
    const { run } = await sync(world);
    expect(run.counts).toMatchObject({ written: 0, tasks: 0 });
  }));

test('an outdated plan of the guard is refused with the difference; the rest can be applied', () =>
  withWorld(thirty, async (world) => {
    await tripped(world);
    const plan = (await world.store.openPlan(connection))!;
    edit(world, 'Opportunity', id.opportunity(2), { StageName: 'Negotiation' });
    const refused = await world.job('apply', { planId: plan.id });
    expect(refused.failure).toMatchObject({ type: 'Plan.outdated' });
    expect(stale(world)).toBe(0);

    const rest = await world.job('apply', { planId: plan.id, skipChanged: true });
    expect(rest.failure).toBeNull();
    expect(stale(world)).toBe(19);
    await sync(world);
    expect(await held(world)).toBe(0);
  }));

test('a new plan takes the place of the held one, and its apply writes what was held', () =>
  withWorld(thirty, async (world) => {
    await tripped(world);
    const before = (await world.store.openPlan(connection))!;
    const plan = await world.job('plan');
    expect((await world.store.plan(before.id))!.state).toBe('superseded');
    await sync(world);
    expect(stale(world)).toBe(0);

    const apply = await world.job('apply', { planId: plan.runId });
    expect(apply.failure).toBeNull();
    expect(stale(world)).toBe(20);
    expect(await held(world)).toBe(0);
    expect(guardTasks(world).filter(({ open }) => open)).toEqual([]);
  }));

test('what a crashed run left to write is looked at by the next one', () =>
  withWorld(thirty, async (world) => {
    await guarded(world);
    const run = { connection, runId: `sync/${connection}/700` };
    await world.activity(
      'openRun',
      { connection, kind: 'sync', commandId: null, planId: null },
      run,
    );
    await world.activity('pullChanges', { ...run, mode: 'changes' });
    await world.activity('decideRecords', run);
    await sync(world);
    expect(stale(world)).toBe(0);
    expect(await held(world)).toBeGreaterThan(10);
  }));

test('a first day over many: at most five tasks an owner a day, one summary with the rest', () =>
  withWorld(thirty, async (world) => {
    await world.begin();
    world.advance(12 * day);
    await sync(world);
    const mine = world.tasks().filter(({ owner }) => owner === id.user(1));
    expect(mine.filter(({ about }) => about !== null)).toHaveLength(5);
    expect(mine.filter(({ about }) => about === null)).toHaveLength(1);
  }));
