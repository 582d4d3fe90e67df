/** Edits of engine fields by people and by other programs: who has the last word, and when. */
import { expect, test } from '@jest/globals';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { connection, type World, withWorld } from '../support/world.ts';
import { edit, ourUser, sync, written } from './edits.ts';

const deal = id.opportunity(1);

/** Opportunity 1 is sourced by partner 1 (registered before it was created); 2 is stale. */
const company: SmallCompany = {
  opportunities: [
    { n: 1, created: 60, inStage: 10, name: 'Acme renewal' },
    { n: 2, inStage: 45 },
  ],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
};

const sourced = (world: World) => world.look('Opportunity', deal)['Partner_Sourced__c'];
const status = (world: World) => world.look('Opportunity', deal)['Partner_Attribution_Status__c'];
const tasksAbout = (world: World, what: string) =>
  world.tasks().filter(({ subject }) => subject.startsWith(what));

async function untickTwice(world: World): Promise<void> {
  await world.begin();
  expect(sourced(world)).toBe(true);
  edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
  await sync(world);
  edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
  await sync(world);
}

test('case 25: unticked once it is put back with a task that says why; again, a dispute opens', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    const first = await sync(world);

    expect(sourced(world)).toBe(true);
    expect(await written(world, first.runId)).toEqual({ [`${deal} partner_sourced`]: true });
    const [task, ...more] = tasksAbout(world, 'Put back');
    expect(more).toEqual([]);
    expect(task).toMatchObject({ open: true, owner: id.user(1), about: deal });
    const [row] = world.org.query(
      "SELECT Description, Partner_Sync_Key__c FROM Task WHERE Subject LIKE 'Put back%'",
    );
    expect(row!['Partner_Sync_Key__c']).toBe(`${connection}:${deal}:restored:partner_sourced:1`);
    expect(row!['Description']).toContain('Ben Osei set Partner Sourced of Acme renewal');
    expect(row!['Description']).toContain('Northgate Consulting');

    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    const second = await sync(world);

    expect(sourced(world)).toBe(false);
    expect(status(world)).toBe('Disputed');
    expect(await written(world, second.runId)).toEqual({
      [`${deal} attribution_status`]: 'Disputed',
    });
    // The value stands: whoever was told of the first edit has nothing left to do.
    expect(tasksAbout(world, 'Put back')).toEqual([expect.objectContaining({ open: false })]);
    const [ended] = world.org.query("SELECT Description FROM Task WHERE Subject LIKE 'Put back%'");
    expect(ended!['Description']).toMatch(
      /^Done: Ben Osei set it to not ticked once more, so a dispute is open .*\n\nBen Osei set/s,
    );
    const [dispute] = await world.store.disputes(connection, 'opportunity', [deal], 'open');
    expect(dispute).toMatchObject({
      field: 'partner_sourced',
      ours: true,
      theirs: false,
      byUser: id.user(2),
      closedAt: null,
    });
  }));

test('the value of a disputed field stands, whatever else is decided meanwhile', () =>
  withWorld(smallCompany(company), async (world) => {
    await untickTwice(world);
    for (let n = 1; n <= 3; n += 1) {
      edit(world, 'Opportunity', deal, { Amount: 5_000 + n }, id.user(1));
      await sync(world);
      expect(sourced(world)).toBe(false);
      expect(status(world)).toBe('Disputed');
    }
    expect(await world.store.disputes(connection, 'opportunity', [deal], 'all')).toHaveLength(1);
    const plan = await world.job('plan');
    const rows = await world.planRows(plan.runId);
    expect(rows.filter(({ field }) => field === 'partner_sourced')).toEqual([]);
  }));

test('disputed credit is out of the earnings until the person gives way', () =>
  withWorld(smallCompany(company), async (world) => {
    await untickTwice(world);
    const partner = id.account(1);
    expect(await world.store.credits(connection, 'live', [partner])).toEqual([]);

    edit(world, 'Opportunity', deal, { Partner_Sourced__c: true });
    await sync(world);
    expect(await world.store.credits(connection, 'live', [partner])).toHaveLength(1);
    expect(status(world)).not.toBe('Disputed');
    const [dispute] = await world.store.disputes(connection, 'opportunity', [deal], 'all');
    expect(dispute).toMatchObject({ outcome: 'withdrawn' });

    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    await sync(world);
    expect(sourced(world)).toBe(false);
    expect(status(world)).toBe('Disputed');
  }));

test('an edit that could not be answered yet is still the first one', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    const run = { connection, runId: `sync/${connection}/900` };
    world.advance(10 * 60_000);
    await world.activity(
      'openRun',
      { connection, kind: 'sync', commandId: null, planId: null },
      run,
    );
    await world.activity('pullChanges', { ...run, mode: 'changes' });
    await world.activity('decideRecords', run);
    // The worker ends here; the person touches the record again before the next sync.
    edit(world, 'Opportunity', deal, { Amount: 4_321 });
    await sync(world);
    expect(sourced(world)).toBe(true);
    expect(tasksAbout(world, 'Put back')).toHaveLength(1);
    expect(await world.store.disputes(connection, 'opportunity', [deal], 'all')).toEqual([]);
  }));

test('a field that was found as decided, never written, is defended like one that was', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    expect(sourced(world)).toBe(false);
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: true });
    await sync(world);
    expect(sourced(world)).toBe(false);
    expect(tasksAbout(world, 'Put back')).toHaveLength(1);
  }));

test('a field outside attribution is put back once, then left until another value is decided', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const second = id.opportunity(2);
    const stale = () => world.look('Opportunity', second)['Partner_Deal_Stale__c'];
    expect(stale()).toBe(true);
    edit(world, 'Opportunity', second, { Partner_Deal_Stale__c: false });
    await sync(world);
    expect(stale()).toBe(true);

    edit(world, 'Opportunity', second, { Partner_Deal_Stale__c: false });
    await sync(world);
    expect(stale()).toBe(false);
    expect(tasksAbout(world, 'Left as edited')).toHaveLength(1);
    expect(tasksAbout(world, 'Put back')).toEqual([expect.objectContaining({ open: false })]);
    await sync(world);
    expect(stale()).toBe(false);

    // Moved on: not stale by decision either. Then stale again: that is another decision.
    edit(world, 'Opportunity', second, { StageName: 'Negotiation' });
    await sync(world);
    world.advance(40 * 86_400_000);
    await sync(world);
    expect(stale()).toBe(true);
  }));

test('T11: another program under our own user is answered once, then the breaker trips', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const us = await ourUser(world);
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false }, us);
    await sync(world);
    expect(sourced(world)).toBe(true);
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false }, us);
    await sync(world);
    expect(sourced(world)).toBe(false);
    expect(tasksAbout(world, 'Another program')).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) {
      edit(world, 'Opportunity', deal, { Amount: 100 + n }, us);
      await sync(world);
    }
    expect(sourced(world)).toBe(false);
    expect(world.tasks().filter(({ subject }) => /Put back|Another/.test(subject))).toHaveLength(1);
  }));

test('T11: our own echo is dropped, and what a flow changed on the same save is kept', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const us = await ourUser(world);
    edit(world, 'Opportunity', deal, { NextStep: 'set by a flow' }, us);
    const echo = await sync(world);
    expect(echo.run.counts).toMatchObject({ written: 0, tasks: 0 });
    expect(world.look('Opportunity', deal)['NextStep']).toBe('set by a flow');
  }));

test('T12: an edit between plan and apply is refused with the difference, then answered', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 5 days');
    const plan = await world.job('plan');
    expect((await world.planRows(plan.runId)).map(({ recordId }) => recordId)).toContain(deal);
    edit(world, 'Opportunity', deal, { Partner_Deal_Stale__c: true });

    const apply = await world.job('apply', { planId: plan.runId });
    expect(apply.failure).toMatchObject({ type: 'Plan.outdated' });
    expect(await written(world, apply.runId)).toEqual({});
    expect(world.look('Opportunity', deal)['Partner_Deal_Stale__c']).toBe(true);

    await sync(world);
    expect(world.look('Opportunity', deal)['Partner_Deal_Stale__c']).toBe(false);
    expect(tasksAbout(world, 'Put back')).toHaveLength(1);
  }));

test('T12: what a person cleared is seen as cleared, and put back once', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    edit(world, 'Opportunity', deal, { Partner_Attribution_Reason__c: null });
    await sync(world);
    expect(world.look('Opportunity', deal)['Partner_Attribution_Reason__c']).toContain('Northgate');
    edit(world, 'Opportunity', deal, { Partner_Attribution_Reason__c: null });
    await sync(world);
    expect(world.look('Opportunity', deal)['Partner_Attribution_Reason__c']).toBeNull();
    expect(status(world)).toBe('Disputed');
  }));
