/** Plans: what they say is what apply writes, and what has moved on meanwhile is never run over. */
import { expect, test } from '@jest/globals';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { connection, day, type Job, type World, withWorld } from '../support/world.ts';

const company: SmallCompany = {
  opportunities: [
    { n: 1, inStage: 10 },
    { n: 2, inStage: 25 },
    { n: 3, inStage: 40 },
    { n: 4, inStage: 29, owner: 2 },
  ],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
  touches: [{ n: 1, partner: 2, opportunity: 2 }],
};

/** Field by field what a plan says of records: 'id field' -> [old, new]. */
async function planned(world: World, plan: Job): Promise<Record<string, unknown[]>> {
  const rows = (await world.planRows(plan.runId)).filter(({ object }) => object !== 'task');
  return Object.fromEntries(
    rows.map((row) => [`${row.recordId} ${row.field}`, [row.old, row.new]]),
  );
}

/** The same of what a run has written. */
async function written(world: World, runId: string): Promise<Record<string, unknown[]>> {
  const rows = (await world.writes(runId)).filter(({ object }) => object !== 'task');
  return Object.fromEntries(
    rows.flatMap((row) =>
      Object.entries(row.fields).map(([field, change]) => [
        `${row.recordId} ${field}`,
        [change.before, change.value],
      ]),
    ),
  );
}

async function shortenStale(world: World): Promise<Job> {
  world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 20 days');
  return world.job('plan');
}

test('a plan writes nothing; apply writes exactly its rows; the next sync writes nothing', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const [first] = await world.store.plans(connection, 1);
    const [apply] = await world.store.runs(connection, 1);
    const said = await planned(world, { runId: first!.id } as Job);

    expect(Object.keys(said).length).toBeGreaterThan(10);
    expect(await written(world, apply!.id)).toEqual(said);
    expect(first).toMatchObject({ state: 'applied', appliedRunId: apply!.id });
    const { run } = await world.job('sync');
    expect(run.counts).toMatchObject({ written: 0, tasks: 0 });
  }));

test('a checkbox that holds its default already is not planned', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    const [first] = await world.store.plans(connection, 1);

    const rows = await world.planRows(first!.id);

    const fields = rows.filter((row) => row.recordId === id.opportunity(1)).map((row) => row.field);
    expect(fields.sort()).toEqual([
      'attribution_reason',
      'attribution_rule',
      'attribution_status',
      'attribution_type',
    ]);
  }));

test('after a policy edit the plan holds the opportunities that change, and no other', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();

    const plan = await shortenStale(world);

    expect(plan.run.outcome).toBe('green');
    const stale = (await world.planRows(plan.runId)).filter(({ field }) => field === 'stale');
    expect(stale.map(({ recordId, old, new: to }) => [recordId, old, to])).toEqual([
      [id.opportunity(2), false, true],
      [id.opportunity(4), false, true],
    ]);
    expect(stale[0]!.reason).toMatch(/limit 20 days, passed .*: stale\./);
    const others = (await world.planRows(plan.runId)).filter(
      ({ field, object }) => field !== 'stale' && object !== 'task',
    );
    expect(others).toEqual([]);
    expect(world.look('Opportunity', id.opportunity(2))['Partner_Deal_Stale__c']).toBe(false);
  }));

test('an edited file does nothing before its plan is applied; then explain shows both versions', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = (await world.store.activeVersion(connection))!.label;
    const plan = await shortenStale(world);

    const { run: quiet } = await world.job('sync');
    expect(quiet.counts).toMatchObject({ written: 0, tasks: 0 });
    expect((await world.store.activeVersion(connection))!.label).toBe(before);

    const applied = await world.job('apply', { planId: plan.runId });
    const { run: after } = await world.job('sync');

    expect(applied.run.outcome).toBe('green');
    expect(applied.run.counts['written']).toBe(2);
    expect(after.counts).toMatchObject({ written: 0, tasks: 0 });
    const active = (await world.store.activeVersion(connection))!;
    expect(active.label).not.toBe(before);
    const told = await world.store.explain(connection, id.opportunity(2));
    const versions = told!.history.filter(({ kind }) => kind === 'stale').map((row) => row.version);
    expect(versions).toEqual([active.id, `${connection}@${before}`]);
  }));

test('apply refuses a plan when a planned value has changed in the CRM, and names the record', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const plan = await shortenStale(world);
    const edit = { Id: id.opportunity(2), Partner_Deal_Stale__c: true };
    world.org.update('Opportunity', [edit], world.org.admin);
    const log = world.org.writeLog().length;

    const applied = await world.job('apply', await asked(world, plan));

    expect(applied.failure).toMatchObject({ type: 'Plan.outdated' });
    expect(world.org.writeLog()).toHaveLength(log);
    expect((await world.store.plan(plan.runId))!.state).toBe('open');
    expect((await world.store.command('c-apply'))!.result).toEqual({
      of: 1,
      outdated: [
        {
          object: 'opportunity',
          recordId: id.opportunity(2),
          name: 'Opportunity 2',
          why: 'value-changed',
          fields: [{ key: 'stale', planned: false, found: true }],
        },
      ],
    });
  }));

test('apply refuses a plan when the facts of a record have changed', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const plan = await shortenStale(world);
    const edit = { Id: id.opportunity(2), StageName: 'Negotiation' };
    world.org.update('Opportunity', [edit], world.org.admin);

    const applied = await world.job('apply', await asked(world, plan));

    expect(applied.failure).toMatchObject({ type: 'Plan.outdated' });
    const { result } = (await world.store.command('c-apply'))!;
    expect(result).toMatchObject({
      of: 1,
      outdated: [{ recordId: id.opportunity(2), why: 'facts-changed', fields: [] }],
    });
  }));

test('apply refuses a plan when a planned record was deleted', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const plan = await shortenStale(world);
    world.org.delete('Opportunity', [id.opportunity(2)], world.org.admin);

    const applied = await world.job('apply', await asked(world, plan));

    expect(applied.failure).toMatchObject({ type: 'Plan.outdated' });
    expect((await world.store.command('c-apply'))!.result).toMatchObject({
      outdated: [{ recordId: id.opportunity(2), why: 'gone' }],
    });
  }));

test('apply --skip-changed writes the rest, ends amber, and the next sync decides the skipped one', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const plan = await shortenStale(world);
    const edit = { Id: id.opportunity(2), StageName: 'Negotiation' };
    world.org.update('Opportunity', [edit], world.org.admin);

    const applied = await world.job('apply', { planId: plan.runId, skipChanged: true });

    expect(applied.failure).toBeNull();
    expect(applied.run.outcome).toBe('amber');
    expect(applied.run.message).toBe('1 record changed since the plan and was skipped.');
    expect(world.look('Opportunity', id.opportunity(4))['Partner_Deal_Stale__c']).toBe(true);
    expect(world.look('Opportunity', id.opportunity(2))['Partner_Deal_Stale__c']).toBe(false);
    const { run } = await world.job('sync');
    expect(run.outcome).toBe('green');
    const told = await world.store.explain(connection, id.opportunity(2));
    const stale = told!.decisions.find(({ kind }) => kind === 'stale')!;
    expect(stale.reason).toMatch(/^In Negotiation since/);
    expect(stale.version).toBe((await world.store.activeVersion(connection))!.id);
  }));

test('an adoption that was killed leaves out what its first attempt left out, no more', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const plan = await shortenStale(world);
    const edit = (n: number) => ({ Id: id.opportunity(n), StageName: 'Negotiation' });
    world.org.update('Opportunity', [edit(2)], world.org.admin);
    const { closePlan } = world.store;
    world.store.closePlan = async () => {
      world.store.closePlan = closePlan;
      throw new Error('killed after the adoption, before the plan was closed');
    };
    const run = { connection, runId: `apply/${connection}/77` };
    const input = { ...run, planId: plan.runId, skipChanged: true };
    await world.activity(
      'openRun',
      { connection, kind: 'apply', commandId: null, planId: null },
      run,
    );
    await expect(world.activity('adoptPlan', input)).rejects.toThrow();
    world.org.update('Opportunity', [edit(4)], world.org.admin);

    const { counts } = await world.activity('adoptPlan', input);
    const repeated = await world.activity('adoptPlan', input);
    await world.activity('writeChanges', { ...run, planId: null });
    const closed = await world.activity('closeRun', { ...run, failure: null });

    expect(counts).toMatchObject({ skippedChanged: 1 });
    expect(repeated.counts).toMatchObject({ skippedChanged: 1 });
    expect(closed.outcome).toBe('amber');
    expect(world.look('Opportunity', id.opportunity(2))['Partner_Deal_Stale__c']).toBe(false);
  }));

test('a plan with nothing to do takes no place, and to apply it is green and does nothing', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();

    const plan = await world.job('plan');

    expect(plan.run.outcome).toBe('green');
    expect((await world.store.plan(plan.runId))!.state).toBe('discarded');
    expect(await world.store.openPlan(connection)).toBeUndefined();
    const { failure, run } = await world.job('apply', { planId: plan.runId });
    expect(failure).toBeNull();
    expect(run).toMatchObject({ outcome: 'green', counts: { written: 0, tasks: 0 } });
  }));

test('a plan of an edited policy stays open though it changes no record: it activates a version', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = (await world.store.activeVersion(connection))!.id;
    world.edit('policies/sandbox.yaml', 'Negotiation: 21 days', 'Negotiation: 22 days');

    const plan = await world.job('plan');

    expect(await planned(world, plan)).toEqual({});
    expect((await world.store.openPlan(connection))!.id).toBe(plan.runId);
    await world.job('apply', { planId: plan.runId });
    expect((await world.store.activeVersion(connection))!.id).not.toBe(before);
  }));

test('a new plan takes the place of the open one, which can no longer be applied', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const first = await shortenStale(world);
    const second = await world.job('plan');

    const applied = await world.job('apply', { planId: first.runId });

    expect(applied.failure).toMatchObject({ type: 'Plan.closed' });
    expect((await world.store.openPlan(connection))!.id).toBe(second.runId);
    expect(await planned(world, second)).toEqual(await planned(world, first));
  }));

test('a plan of a mapping that does not load fails with every problem, and no plan is left open', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 30 dogs');
    world.edit('policies/sandbox.yaml', 'lock: at_close', 'lock: at_clsoe');

    const plan = await world.job('plan');

    expect(plan.failure).toMatchObject({ type: 'Mapping.Invalid', nonRetryable: true });
    expect(plan.failure!.message).toMatch(/^2 problems in the mapping of sandbox-salesforce/);
    expect(plan.failure!.message).toMatch(/sandbox\.yaml:\d+:\d+ .*stale\.default/);
    expect(plan.failure!.message).toContain('Did you mean "at_close"?');
    expect(plan.run.outcome).toBe('red');
    expect(await world.store.openPlan(connection)).toBeUndefined();
    // Syncs go on by the version that is active.
    expect((await world.job('sync')).run.outcome).toBe('green');
  }));

test('records that closed before activation are decided but not written where the scope says skip', () =>
  withWorld(
    smallCompany({
      opportunities: [
        { n: 1, stage: 'Closed Won', created: 60, inStage: 30 },
        { n: 2, created: 60 },
      ],
      registrations: [
        { n: 1, partner: 1, opportunity: 1 },
        { n: 2, partner: 1, opportunity: 2 },
      ],
    }),
    async (world) => {
      world.edit(
        'sandbox-salesforce.yaml',
        'closed_before_activation: write',
        'closed_before_activation: skip',
      );
      await world.begin();

      const told = await world.store.explain(connection, id.opportunity(1));

      expect(told!.decisions.find(({ kind }) => kind === 'attribution')).toMatchObject({
        fields: { attribution_type: 'Sourced' },
      });
      expect(told!.writes).toEqual([]);
      expect(world.look('Opportunity', id.opportunity(1))).toMatchObject({
        Partner_Attribution_Type__c: null,
      });
      expect(world.look('Opportunity', id.opportunity(2))).toMatchObject({
        Partner_Attribution_Type__c: 'Sourced',
      });
      // One that closes from now on is written.
      world.advance(day);
      const close = { Id: id.opportunity(2), StageName: 'Closed Won' };
      world.org.update('Opportunity', [close], world.org.admin);
      expect((await world.job('sync')).run.counts['failed']).toBe(0);
    },
  ));

/** An apply that answers a stored command. */
async function asked(world: World, plan: Job): Promise<{ planId: string; commandId: string }> {
  const createdAt = new Date().toISOString();
  const command = { id: 'c-apply', kind: 'apply', connection, actor: 'test', createdAt };
  await world.store.saveCommand({ ...command, args: {} });
  return { planId: plan.runId, commandId: 'c-apply' };
}
