/** What reconcile takes for deleted: only what is proven, never what a read failed to show (T5). */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, type World, withWorld } from '../support/world.ts';
import { erase, forget, mirrored, setSilently, settledBegin } from './hands.ts';

const many = 40;
const numbers = Array.from({ length: many }, (_, i) => i + 1);
const company = () =>
  smallCompany({
    opportunities: numbers.map((n) => ({ n })),
    touches: [{ n: 1, partner: 2, opportunity: 2 }],
  });

/** The org's deletion, hidden from the pull: its stamp lies far behind the cursor. */
function deleteSilently(world: World, n: number): void {
  setSilently(world, 'Opportunity', id.opportunity(n), { IsDeleted: true });
}

/** Changes what the CRM answers to the listing of opportunities. */
function tapListing(world: World, change: (body: { records: unknown[] }) => unknown): () => void {
  return world.tap(({ request, proceed }) => {
    const soql = new URL(request.url).searchParams.get('q') ?? '';
    if (!/\/query$/.test(new URL(request.url).pathname) || !soql.includes('FROM Opportunity')) {
      return undefined;
    }
    return proceed().then(async (answer) => {
      const changed = change((await answer.json()) as { records: unknown[] });
      return Response.json(changed, { status: answer.status });
    });
  });
}

test('a deletion the pull has missed is verified by the deleted row itself', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    deleteSilently(world, 7);

    const { run } = await world.job('reconcile');

    expect(run.message).toContain('opportunity: 1 deleted in the CRM, healed;');
    expect(await mirrored(world, 'opportunity')).not.toContain(id.opportunity(7));
  }));

test('T5: a page without its last rows is refused, and deletes nothing', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    tapListing(world, (body) => ({ ...body, records: body.records.slice(0, 10) }));

    const { failure, run } = await world.job('reconcile');

    expect(failure?.type).toBe('Crm.MalformedResponse');
    expect(run.outcome).toBe('red');
    expect(await mirrored(world, 'opportunity')).toHaveLength(many);
  }));

test('T5: a listing that leaves rows out and counts them out too deletes nothing that lives', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    tapListing(world, (body) => ({ ...body, totalSize: 10, records: body.records.slice(0, 10) }));

    const { run } = await world.job('reconcile');

    expect(run.message).not.toContain('opportunity: 30');
    expect(await mirrored(world, 'opportunity')).toHaveLength(many);
  }));

test('T5: an error while differences are verified deletes nothing; the next run goes on', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    deleteSilently(world, 7);
    await forget(world, 'account', id.account(10));
    const verifying = { operation: 'GET /queryAll', object: 'Opportunity' };
    // The pull's own read comes first.
    const fault = { name: 'server-unavailable', count: 1, after: 1, match: verifying };
    world.sandbox.faults.arm(fault);

    const broken = await world.job('reconcile');
    expect(broken.failure?.type).toBe('Crm.Unavailable');
    expect(await mirrored(world, 'opportunity')).toHaveLength(many);
    const resumed = await world.job('reconcile');

    expect(resumed.run.outcome).toBe('green');
    expect(resumed.run.message).toContain('opportunity: 1 deleted in the CRM, healed;');
    // The accounts were compared and healed before it broke: they are in the report, not again.
    expect(resumed.run.message).toContain('account: 1 missing, healed;');
    expect(resumed.calls.filter((call) => call === 'GET /query')).toHaveLength(3);
    expect(await mirrored(world, 'opportunity')).toHaveLength(many - 1);
  }));

test('T5: many that vanish without a trace are left, until a person says they are gone', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    for (const n of numbers.slice(0, 30)) {
      erase(world, 'Opportunity', id.opportunity(n));
    }

    const careful = await world.job('reconcile');
    expect(careful.run.outcome).toBe('amber');
    expect(careful.run.message).toContain('opportunity: 30 can no longer be seen');
    expect(careful.run.message).toContain('--accept-unseen');
    expect(await mirrored(world, 'opportunity')).toHaveLength(many);
    const told = await world.job('reconcile', { acceptUnseen: true });

    expect(told.run.outcome).toBe('green');
    expect(told.run.message).toContain('opportunity: 30 gone from the CRM, healed;');
    expect(await mirrored(world, 'opportunity')).toHaveLength(many - 30);
  }));

test('a partner that the mapping’s condition leaves out now has left, and comes back', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    setSilently(world, 'Account', id.account(3), { Type: 'Customer' });

    const left = await world.job('reconcile');
    expect(left.run.message).toContain('partner: 1 no longer in the mapping, healed;');
    expect(await mirrored(world, 'partner')).toEqual([1, 2].map(id.account));
    setSilently(world, 'Account', id.account(3), { Type: 'Partner' });
    await world.job('reconcile');

    expect(await mirrored(world, 'partner')).toEqual([1, 2, 3].map(id.account));
  }));

test('an undeleted opportunity is back with its decision', () =>
  withWorld(company(), async (world) => {
    await settledBegin(world);
    const before = await world.store.explain(connection, id.opportunity(2));
    world.org.delete('Opportunity', [id.opportunity(2)], world.org.admin);
    await world.job('sync');
    expect(await mirrored(world, 'opportunity')).not.toContain(id.opportunity(2));
    world.org.undelete([id.opportunity(2)], world.org.admin);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(await mirrored(world, 'opportunity')).toContain(id.opportunity(2));
    const after = await world.store.explain(connection, id.opportunity(2));
    const seen = (found: typeof after) => found?.decisions.map(({ kind, rule }) => [kind, rule]);
    expect(seen(after)).toEqual(seen(before));
    expect(after?.history.length).toBeGreaterThanOrEqual(before!.history.length);
  }));
