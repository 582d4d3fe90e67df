/** Correctness cases of reading a portal: ties, changes in mid-read, associations, resuming. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallPortal } from '../support/small-portal.ts';
import { minute } from '../support/world.ts';
import { opportunities } from './in-world.ts';

const portal = (n: number) => smallPortal({ opportunities: opportunities(n) });
const search = { operation: 'POST /crm/objects/deals/search' };

/** Moves the CRM's clock and waits until the connector asks for it anew (after a second). */
async function jump(world: PortalWorld, ms: number): Promise<void> {
  world.advance(ms);
  await sleep(1_050);
}

const searches = (calls: string[]) => calls.filter((call) => call === search.operation).length;

test('T3: page boundaries amid 500 deals of one instant lose none and read none twice', () =>
  withPortal(portal(500), async (world) => {
    await world.begin();
    await jump(world, 20 * minute);
    await world.job('sync');
    await jump(world, 10 * minute);
    for (let n = 1; n <= 500; n += 1) {
      world.set('deals', id.deal(n), { hs_next_step: `step ${n}` });
    }
    world.change('timestamps-equal-portal', { object: 'deals' });
    await jump(world, 10_000);
    const pages = world.arm({ name: 'short-page', rows: 70, min: 40, seed: 3, match: search });

    const { run, failure } = await world.job('sync');

    expect(failure).toBeNull();
    expect(run.counts).toMatchObject({ 'pulled.opportunity': 500, 'changed.opportunity': 500 });
    const ids = Array.from({ length: 500 }, (_, i) => id.deal(i + 1));
    const rows = await world.store.mirror(connection, 'opportunity', ids);
    const steps = new Map(rows.map((row) => [row.id, row.fields['next_step']]));
    expect(ids.map((one) => steps.get(one))).toEqual(ids.map((_, i) => `step ${i + 1}`));
    expect(pages()).toBeGreaterThan(6);
  }));

test('T4: a deal that changes while its page is processed arrives as it is in the end', () =>
  withPortal(portal(60), async (world) => {
    await world.begin();
    await jump(world, 10 * minute);
    world.change('timestamps-equal-portal', { object: 'deals' });
    await jump(world, 10_000);
    world.arm({ name: 'short-page', rows: 20, match: search });
    const properties = { hs_next_step: 'changed in mid-read' };
    const struck = world.arm({
      name: 'records-changed',
      ids: [id.deal(1), id.deal(58)],
      properties,
      match: { ...search, n: 2 },
    });

    await world.job('sync');
    expect(struck()).toBe(1);
    await jump(world, 1_000);
    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    for (const n of [1, 58]) {
      expect((await world.mirrored(n))!.fields['next_step']).toBe('changed in mid-read');
    }
  }));

test('T6: a partner association added without any change of a property is found by reconcile', () =>
  withPortal(portal(3), async (world) => {
    await world.begin();
    const type = () =>
      world.look('deals', id.deal(2), ['partner_attribution_type'])['partner_attribution_type'];
    const before = type();
    const stamp = world.portal.store('deals').live(id.deal(2))!.updatedAt;
    const link = { id: id.deal(2), toId: id.company(1), label: 'Referral partner' };
    world.change('association-changed', link);
    expect(world.portal.store('deals').live(id.deal(2))!.updatedAt).toBe(stamp);

    const { run, failure } = await world.job('reconcile');

    expect([failure, run.outcome]).toEqual([null, 'green']);
    expect((await world.mirrored(2))!.fields['referral_partner']).toBe(id.company(1));
    expect([before, type()]).toEqual(['Direct', 'Sourced']);
    expect(world.labelled(id.deal(2), 'Sourcing partner')).toEqual([id.company(1)]);
  }));

test('T6: of a company with 1,250 deals every one counts', () => {
  const many = opportunities(1_250, () => ({ created: 20 }));
  const touches = many.map(({ n }) => ({
    n,
    partner: 1,
    opportunity: n,
    kind: 'Technical validation',
    at: 10,
  }));
  return withPortal(smallPortal({ opportunities: many, touches }), async (world) => {
    await world.begin();

    const types = many.map(
      ({ n }) =>
        world.look('deals', id.deal(n), ['partner_attribution_type'])['partner_attribution_type'],
    );
    expect(types.filter((type) => type === 'Influenced')).toHaveLength(1_250);
  });
});

test.each([
  ['bad-gateway', 'Crm.Unavailable'],
  ['ten-secondly-limit', 'Crm.RateLimited'],
  ['batch-result-missing', 'Crm.MalformedResponse'],
])('T7: associations that cannot be read (%s) are no absence of associations', (name, type) => {
  const company = {
    opportunities: opportunities(3),
    registrations: [{ n: 1, partner: 2, opportunity: 1 }],
  };
  return withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const before = world.labelled(id.deal(1), 'Sourcing partner');
    await jump(world, 10 * minute);
    world.set('deals', id.deal(1), { hs_next_step: 'call back' });
    world.set('deal_registration', id.registration(1), { reason_detail: 'looked at again' });
    await jump(world, 1_000);
    world.arm({ name, match: { operation: 'POST /crm/associations*' } });
    const writes = world.portal.writes.length;

    const struck = await world.job('sync');
    const written = world.portal.writes.length - writes;
    const healed = await world.job('sync');

    expect(struck.run.outcome).toBe('red');
    expect(struck.failure).toMatchObject({ type });
    expect(written).toBe(0);
    expect(healed.run.outcome).toBe('green');
    expect((await world.mirrored(1))!.fields).toMatchObject({
      account: id.company(10),
      next_step: 'call back',
    });
    expect(before).toEqual([id.company(2)]);
    expect(world.labelled(id.deal(1), 'Sourcing partner')).toEqual(before);
  });
});

test.each([
  ['the day’s quota ends', 'daily-limit', 'Crm.QuotaExhausted', true],
  ['a second has had its searches', 'secondly-limit', 'Crm.RateLimited', false],
])(
  'T10: %s in the middle of a read: never success, and the next run goes on where it was',
  (_, name, type, nonRetryable) =>
    withPortal(portal(240), async (world) => {
      await world.begin();
      await jump(world, 10 * minute);
      world.change('timestamps-equal-portal', { object: 'deals' });
      await jump(world, 10_000);
      // A page of the engine is ten searches: here 200 records of 240.
      world.arm({ name: 'short-page', rows: 20, match: search });
      world.arm({ name, match: { ...search, n: 12 } });

      const first = await world.job('sync');
      const second = await world.job('sync');

      expect(first.run.outcome).toBe('red');
      expect(first.failure).toMatchObject({ type, nonRetryable });
      expect(first.run.counts['pulled.opportunity']).toBe(200);
      expect(second.run.outcome).toBe('green');
      expect(second.run.counts['pulled.opportunity']).toBe(40);
      expect(searches(second.calls)).toBe(2);
    }),
);

test('T14: days around clock changes and year ends arrive as they are, and are never rewritten', () => {
  const days = ['2026-03-29', '2026-10-25', '2028-02-29', '2026-12-31', '2027-01-01', '2026-11-01'];
  const company = {
    opportunities: opportunities(days.length, (n) => ({
      more: { closedate: `${days[n - 1]}T00:00:00.000Z` },
    })),
  };
  return withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const log = world.portal.writes.length;

    const { run } = await world.job('backfill');

    for (const [i, day] of days.entries()) {
      expect((await world.mirrored(i + 1))!.fields['close_date']).toBe(day);
    }
    expect(run.counts).toMatchObject({ written: 0, failed: 0 });
    expect(world.portal.writes).toHaveLength(log);
  });
});

test('T16: an edit of the pipeline that touches every deal changes no stage, writes and alerts nothing', () =>
  withPortal(
    smallPortal({ opportunities: opportunities(60, () => ({ inStage: 29 })) }),
    async (world) => {
      await world.begin();
      const entered = (await world.mirrored(7))!.fields['stage_entered_at'];
      await jump(world, 10 * minute);
      const [pipeline] = [...world.portal.pipelines.of('deal')!.values()];
      const stages = [...pipeline!.stages.values()];
      for (const [i, stage] of stages.entries()) stage.displayOrder = stages.length - i;
      world.change('timestamps-equal-portal', { object: 'deals' });
      const [writes, tasks] = [world.portal.writes.length, world.tasks()];
      await jump(world, 10_000);

      const { run, failure } = await world.job('sync');

      expect([failure, run.outcome]).toEqual([null, 'green']);
      expect(run.counts).toMatchObject({ 'pulled.opportunity': 60, written: 0, tasks: 0 });
      expect(run.counts['changed.opportunity'] ?? 0).toBe(0);
      expect((await world.mirrored(7))!.fields['stage_entered_at']).toBe(entered);
      expect(world.portal.writes).toHaveLength(writes);
      expect(world.tasks()).toEqual(tasks);
    },
  ));

test('T20: a read that fails on a later page does not pass the watermark over what is unread', () =>
  withPortal(portal(140), async (world) => {
    await world.begin();
    await jump(world, 10 * minute);
    world.change('timestamps-equal-portal', { object: 'deals' });
    for (const n of [1, 70, 139]) world.set('deals', id.deal(n), { hs_next_step: 'x' });
    await jump(world, 10_000);
    world.arm({ name: 'short-page', rows: 20, match: search });
    world.arm({ name: 'server-error', match: { ...search, n: 6 } });
    const before = await world.store.cursor(connection, 'opportunity:deals');

    const first = await world.job('sync');
    const between = await world.store.cursor(connection, 'opportunity:deals');
    const second = await world.job('sync');

    expect(first.run.outcome).toBe('red');
    expect(before.committedUntil).not.toBeNull();
    expect(between.committedUntil).toBe(before.committedUntil);
    expect(second.run.outcome).toBe('green');
    for (const n of [1, 70, 139]) {
      expect((await world.mirrored(n))!.fields['next_step']).toBe('x');
    }
  }));
