/** The pull leg and what it makes dirty: everything once, nothing twice, and at the least cost. */
import { expect, test } from '@jest/globals';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { connection, day, passOverlap, type World, withWorld } from '../support/world.ts';

const company: SmallCompany = {
  opportunities: [{ n: 1 }, { n: 2 }, { n: 3, inStage: 40 }, { n: 4, stage: 'Closed Won' }],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
  touches: [{ n: 1, partner: 2, opportunity: 2 }],
};
/** Sources of the mapping; partners and customers are two reads of Account. */
const sources = 6;

/** Decisions as they are stored now: the transaction that wrote each, whatever its clock said. */
async function decisionsNow(world: World): Promise<Map<string, string>> {
  const rows = await world.query(
    'select record_id, max(xmin::text::bigint)::text as by from decision group by 1 order by 1',
  );
  return new Map(rows.map((row) => [String(row['record_id']), String(row['by'])]));
}

/** Records decided after `before` was taken. */
async function decidedSince(world: World, before: Map<string, string>): Promise<string[]> {
  const now = await decisionsNow(world);
  return [...now.keys()].filter((id) => now.get(id) !== before.get(id));
}

test('a run that provisions counts its calls of the CRM', () =>
  withWorld(smallCompany(company), async (world) => {
    const input = await provisionInput(world);
    const { runId, commandId } = input;
    const opening = { connection, kind: 'provision' as const, commandId, planId: null };
    await world.activity('openRun', opening, { runId });

    await world.activity('provisionFields', input);
    const { counts } = await world.activity('closeRun', { connection, runId, failure: null });

    expect(counts['apiCalls']).toBeGreaterThan(10);
  }));

test('a first sync stores every mapped record, and decides nothing before a version is active', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.activity('provisionFields', await provisionInput(world));

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    const { user, ...counts } = await world.store.mirrorCounts(connection);
    expect(counts).toEqual({ opportunity: 4, partner: 3, account: 1, registration: 1, touch: 1 });
    expect(user).toBeGreaterThanOrEqual(3);
    expect(run.counts['decided']).toBeUndefined();
    expect(world.org.writeLog().filter(({ object }) => object === 'Opportunity')).toEqual([]);
  }));

test('a touch that is added has its opportunity decided again, and its partner; nobody else', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = await decisionsNow(world);
    const touch = { Partner__c: id.account(3), Opportunity__c: id.opportunity(3) };
    const at = { Kind__c: 'Technical validation', At__c: new Date(Date.now() - day).toISOString() };
    world.org.insert('Partner_Touch__c', [{ ...touch, ...at }], world.org.admin);

    const { run } = await world.job('sync');

    expect(await decidedSince(world, before)).toEqual([id.account(3), id.opportunity(3)]);
    expect(run.counts['written']).toBe(1);
    expect(world.look('Opportunity', id.opportunity(3))).toMatchObject({
      Partner_Attribution_Type__c: 'Influenced',
      Partner_Influenced__c: true,
      Influencing_Partners__c: 'Westgate Partners',
    });
  }));

test('a stage edited in the CRM is decided again and its stale flag taken back', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    expect(world.look('Opportunity', id.opportunity(3))['Partner_Deal_Stale__c']).toBe(true);
    const edit = { Id: id.opportunity(3), StageName: 'Negotiation' };
    world.org.update('Opportunity', [edit], world.org.admin);

    const { run } = await world.job('sync');

    expect(run.counts).toMatchObject({ 'changed.opportunity': 1, written: 1 });
    expect(world.look('Opportunity', id.opportunity(3))['Partner_Deal_Stale__c']).toBe(false);
    const told = await world.store.explain(connection, id.opportunity(3));
    const stale = told!.history.filter((row) => row.kind === 'stale').map((row) => row.reason);
    expect(stale).toHaveLength(2);
    expect(stale.some((reason) => /^In Negotiation since .*: not stale\.$/.test(reason))).toBe(
      true,
    );
    expect(stale.some((reason) => /^In Proposal since .*: stale\.$/.test(reason))).toBe(true);
  }));

test('our own write comes back and is no change; another field changed in the same save is one', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const { run: quiet } = await world.job('sync');
    expect(quiet.counts['changed.opportunity']).toBeUndefined();
    // A flow of the org changes the amount, as if on our save.
    world.org.update('Opportunity', [{ Id: id.opportunity(1), Amount: 7_000 }], {
      ...world.org.admin,
      userId: world.org.integrationUserId,
    });

    const { run } = await world.job('sync');

    expect(run.counts['changed.opportunity']).toBe(1);
    const [row] = await world.store.mirror(connection, 'opportunity', [id.opportunity(1)]);
    expect(row!.fields['amount']).toBe('7000');
  }));

test('time alone makes an opportunity stale: no change in the CRM is needed', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29 }] }), async (world) => {
    await world.begin();
    expect(world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c']).toBe(false);
    world.advance(2 * day);

    const { run } = await world.job('sync');

    expect(run.counts).toMatchObject({ written: 1, tasks: 1 });
    expect(run.counts['changed.opportunity']).toBeUndefined();
    expect(world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c']).toBe(true);
  }));

test('an opportunity deleted in the CRM is no longer counted, written or alerted about', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29 }, { n: 2 }] }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    await world.job('sync');
    expect(world.tasks().filter((task) => task.about === id.opportunity(1))).toHaveLength(1);
    world.org.delete('Opportunity', [id.opportunity(1)], world.org.admin);

    const { run } = await world.job('sync');
    const { run: after } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(run.counts).toMatchObject({ 'deleted.opportunity': 1, written: 0 });
    expect(after.counts).toMatchObject({ written: 0, tasks: 0 });
    expect((await world.store.mirrorCounts(connection)).opportunity).toBe(1);
    expect(await world.store.openAlerts(connection, 'opportunity', [id.opportunity(1)])).toEqual(
      [],
    );
    expect(await world.store.attributionCounts(connection, 'live')).toEqual({ Direct: 1 });
  }));

test('a partner that is off-boarded has the opportunities that name it decided again', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const before = await decisionsNow(world);
    const gone = { Id: id.account(2), Partner_Status__c: 'Off-boarded' };
    world.org.update('Account', [gone], world.org.admin);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(await decidedSince(world, before)).toEqual([id.account(2), id.opportunity(2)]);
  }));

test('a credit that ends is taken out of the CRM record, not left standing there', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    expect(world.look('Opportunity', id.opportunity(2))).toMatchObject({
      Partner_Attribution_Type__c: 'Influenced',
    });
    world.org.delete('Partner_Touch__c', [id.touch(1)], world.org.admin);

    await world.job('sync');

    expect(world.look('Opportunity', id.opportunity(2))).toMatchObject({
      Partner_Attribution_Type__c: 'Direct',
      Partner_Influenced__c: false,
      Influencing_Partners__c: null,
    });
  }));

test('a value the mapping does not know holds back that record alone, amber and explained', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const status = world.org.object('Deal_Registration__c').field('Status__c')!;
    world.org.object('Deal_Registration__c').put({ ...status, restricted: false });
    const odd = { Id: id.registration(1), Status__c: 'Fast-tracked' };
    world.org.update('Deal_Registration__c', [odd], world.org.admin);
    const edit = { Id: id.opportunity(3), StageName: 'Negotiation' };
    world.org.update('Opportunity', [edit], world.org.admin);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('amber');
    expect(run.counts['quarantined']).toBeGreaterThan(0);
    expect(run.message).toMatch(/^1 record was read with a value .*; 1 record is not decided/);
    expect(run.message).not.toContain('Fast-tracked');
    expect(world.look('Opportunity', id.opportunity(3))['Partner_Deal_Stale__c']).toBe(false);
    expect(world.look('Opportunity', id.opportunity(1))).toMatchObject({
      Partner_Attribution_Type__c: 'Sourced',
    });
    const told = await world.store.explain(connection, id.opportunity(1));
    expect(JSON.stringify(told!.registrations[0]!.fields)).toContain('Fast-tracked');
  }));

test('a value put right lets its record be decided again, and the run is green', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const status = world.org.object('Deal_Registration__c').field('Status__c')!;
    world.org.object('Deal_Registration__c').put({ ...status, restricted: false });
    const set = (Status__c: string) =>
      world.org.update(
        'Deal_Registration__c',
        [{ Id: id.registration(1), Status__c }],
        world.org.admin,
      );
    set('Fast-tracked');
    await world.job('sync');
    set('Rejected');

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(world.look('Opportunity', id.opportunity(1))['Partner_Sourced__c']).toBe(false);
  }));

test('a full read says before it begins how many records and calls it expects, and the day has', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.activity('provisionFields', await provisionInput(world));

    const { run } = await world.job('sync');
    const read = Object.entries(run.counts)
      .filter(([name]) => name.startsWith('pulled.'))
      .reduce((sum, [, n]) => sum + n, 0);

    expect(run.counts['forecast.records']).toBe(read);
    expect(run.counts['forecast.calls']).toBeGreaterThan(2 * sources);
    expect(run.counts['forecast.callsLeft']).toBeGreaterThan(1_000);
    expect((await world.job('sync')).run.counts['forecast.calls']).toBeUndefined();
  }));

test('a full read finds what a restored backup of the mirror has lost', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    await passOverlap(world);
    await world.query('delete from opportunity where id = $1', [id.opportunity(2)]);

    const { run: changes } = await world.job('sync');
    const { run: full } = await world.job('backfill');

    expect(changes.counts['changed.opportunity']).toBeUndefined();
    expect(full.counts).toMatchObject({ 'pulled.opportunity': 4, 'changed.opportunity': 1 });
    expect((await world.store.mirrorCounts(connection)).opportunity).toBe(4);
  }));

async function provisionInput(world: World) {
  const createdAt = new Date().toISOString();
  const command = { id: 'c-1', kind: 'provision', connection, actor: 'test', createdAt };
  await world.store.saveCommand({ ...command, args: { set: 'core' } });
  return { connection, runId: `provision/${connection}/0`, commandId: 'c-1' };
}

test('a mapping that reads more is read anew once it is active: the plan says so, and nothing waits', () =>
  withWorld(smallCompany(company), async (world) => {
    const referred = { Id: id.opportunity(2), Referral_Partner__c: id.account(1) };
    world.org.update('Opportunity', [referred], world.org.admin);
    world.edit('sandbox-salesforce.yaml', '      referral_partner:', '      # referral_partner:');
    await world.begin();
    await passOverlap(world);

    world.edit('sandbox-salesforce.yaml', '      # referral_partner:', '      referral_partner:');
    const plan = await world.job('plan');
    expect(plan.run.message).toMatch(
      /^1 object is read otherwise by this version than it was so far: once it is active the next sync reads it all/,
    );
    await world.job('apply', { planId: plan.runId });
    const { run } = await world.job('sync');

    expect(run.counts['pulled.opportunity']).toBe(4);
    expect(run.counts['pulled.partner'] ?? 0).toBe(0);
    expect(world.look('Opportunity', id.opportunity(2))).toMatchObject({
      Partner_Attribution_Type__c: 'Sourced',
      Sourcing_Partner__c: id.account(1),
    });
    const idle = await world.job('sync');
    expect(idle.run.counts['changed.opportunity'] ?? 0).toBe(0);
    await passOverlap(world);
    expect((await world.job('sync')).run.counts['pulled.opportunity'] ?? 0).toBe(0);
  }));

test('a mapping edited before its first apply is read as it is now, not as it was', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.activity('provisionFields', await provisionInput(world));
    world.edit('sandbox-salesforce.yaml', '      parent:', '      # parent:');
    await world.job('plan');
    const before = await world.store.mirror(connection, 'opportunity', [id.opportunity(1)]);
    expect(before[0]!.fields).not.toHaveProperty('parent');
    await passOverlap(world);

    world.edit('sandbox-salesforce.yaml', '      # parent:', '      parent:');
    const { run } = await world.job('plan');

    expect(run.counts['pulled.opportunity']).toBe(4);
    expect(run.message).toBeNull();
    const after = await world.store.mirror(connection, 'opportunity', [id.opportunity(1)]);
    expect(after[0]!.fields).toHaveProperty('parent', null);
  }));

test('a policy that changes is no other way to read', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    await passOverlap(world);

    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 31 days');
    const plan = await world.job('plan');
    expect(plan.run.message).toBeNull();
    await world.job('apply', { planId: plan.runId });
    expect((await world.job('sync')).run.counts['pulled.opportunity'] ?? 0).toBe(0);
  }));
