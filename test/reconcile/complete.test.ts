/** Reconcile on sound and unsound mirrors: what it says, what it costs, what it heals. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, minute, type World, withWorld } from '../support/world.ts';
import { forget, mirrored, setSilently, settledBegin, stampBefore } from './hands.ts';

const company = () =>
  smallCompany({
    opportunities: [{ n: 1 }, { n: 2 }, { n: 3, inStage: 40 }, { n: 4, stage: 'Closed Won' }],
    registrations: [{ n: 1, partner: 1, opportunity: 1 }],
    touches: [{ n: 1, partner: 2, opportunity: 2 }],
  });

const complete =
  'opportunity: complete (4); partner: complete (3); registration: complete (1); ' +
  'touch: complete (1); account: complete (1); user: complete (5).';

const oneOf = (world: World, table: 'opportunity', n: number) =>
  world.store.mirror(connection, table, [id.opportunity(n)]).then(([row]) => row);

test('a mirror that agrees is complete, at one call an object beside the sync', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    const sync = await world.job('sync');

    const { run, calls } = await world.job('reconcile');

    expect([run.outcome, run.message]).toEqual(['green', complete]);
    expect(calls.filter((call) => call === 'GET /query')).toHaveLength(6);
    expect(calls.length - 6).toBe(sync.calls.length);
    expect(run.counts['apiCalls']).toBe(calls.length);
  }));

test('one missing and one too many keep the count, and are found all the same', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    await forget(world, 'opportunity', id.opportunity(2));
    await world.query(
      `insert into opportunity (connection, id, hash, created_at, modified_at, first_seen_at, fields)
       select connection, $1, hash, created_at, modified_at, first_seen_at, fields
       from opportunity where id = $2`,
      [id.opportunity(99), id.opportunity(1)],
    );

    const { run } = await world.job('reconcile');

    expect(run.message).toContain('opportunity: 1 missing, 1 gone from the CRM, healed;');
    expect(run.counts).toMatchObject({ 'missing.opportunity': 1, healed: 2 });
    expect(await mirrored(world, 'opportunity')).toEqual([1, 2, 3, 4].map(id.opportunity));
    expect((await oneOf(world, 'opportunity', 2))?.dirty).toBeNull();
    expect((await world.job('reconcile')).run.message).toBe(complete);
  }));

test('another stamp is read again, be it later or earlier than the mirror has it', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    await world.query(
      `update opportunity set modified_at = modified_at - interval '1 day',
       fields = jsonb_set(fields, '{name}', '"old"') where id = $1`,
      [id.opportunity(1)],
    );
    await world.query(
      `update opportunity set modified_at = modified_at + interval '1 day', hash = 'another',
       fields = jsonb_set(fields, '{name}', '"from a backup"') where id = $1`,
      [id.opportunity(4)],
    );

    const { run } = await world.job('reconcile');

    expect(run.message).toContain('opportunity: 2 outdated, healed;');
    expect((await oneOf(world, 'opportunity', 1))?.fields['name']).toBe('Opportunity 1');
    expect((await oneOf(world, 'opportunity', 4))?.fields['name']).toBe('Opportunity 4');
    expect((await world.job('reconcile')).run.message).toBe(complete);
  }));

test('a calculated field that changed without a stamp is found by its value', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    setSilently(world, 'Opportunity', id.opportunity(3), { LastActivityDate: '2026-01-02' });

    expect((await world.job('sync')).run.counts['changed.opportunity']).toBeUndefined();
    const { run } = await world.job('reconcile');

    expect(run.message).toContain('opportunity: 1 recalculated, healed;');
    const row = await oneOf(world, 'opportunity', 3);
    expect(row?.fields['last_activity_at']).toContain('2026-01-02');
    expect((await world.job('reconcile')).run.message).toBe(complete);
  }));

test('T2: a commit 90 s below the watermark is the next sync’s, one far below it reconcile’s', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    const { committedUntil } = await world.store.cursor(connection, 'opportunity:Opportunity');
    const late = (n: number, ms: number, name: string) => {
      const stamp = stampBefore(committedUntil!, ms);
      setSilently(world, 'Opportunity', id.opportunity(n), { Name: name, SystemModstamp: stamp });
    };
    late(1, 90_000, 'Just late');
    late(2, 8 * minute, 'Too late');

    await world.job('sync');

    expect((await oneOf(world, 'opportunity', 1))?.fields['name']).toBe('Just late');
    expect((await oneOf(world, 'opportunity', 2))?.fields['name']).toBe('Opportunity 2');
    const { run } = await world.job('reconcile');
    expect(run.message).toContain('opportunity: 1 outdated, healed;');
    expect((await oneOf(world, 'opportunity', 2))?.fields['name']).toBe('Too late');
  }));

test('the report is the command’s result', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    await forget(world, 'touch', id.touch(1));
    const command = { id: 'c-1', kind: 'reconcile', connection, actor: 'test', args: {} };
    await world.store.saveCommand({ ...command, createdAt: new Date().toISOString() });

    await world.job('reconcile', { commandId: 'c-1' });

    expect((await world.store.command('c-1'))?.result).toMatchObject({
      objects: { opportunity: { compared: 4 }, touch: { compared: 1, missing: 1 } },
    });
  }));
