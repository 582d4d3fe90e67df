/** Correctness cases of writing to a portal: poison rows, lost answers, echoes, edits by others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createActivities } from '../../activities/create.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallPortal } from '../support/small-portal.ts';
import { day, type Job, minute } from '../support/world.ts';
import { soonStale } from './in-world.ts';

const update = 'POST /crm/objects/deals/batch/update';
const stale = (world: PortalWorld, n: number) =>
  world.look('deals', id.deal(n), ['partner_deal_stale'])['partner_deal_stale'] === 'true';
const lastSeq = ({ portal }: PortalWorld) => portal.writes.at(-1)?.seq ?? 0;

/** What makes one row of a hundred fail: HubSpot's three ways of telling so. */
const poison: Record<string, (world: PortalWorld, dealId: string) => () => void> = {
  // The row alone, in a 207.
  'its entry in a 207': (world) => {
    world.arm({ name: 'record-refused', match: { object: 'deals', n: 50 } });
    return () => {};
  },
  // 409 CONFLICT for all of a batch that has the row.
  'a 409 for the whole batch': (world, dealId) =>
    refuseBatches(world, dealId, { status: 409, category: 'CONFLICT' }),
  'a 400 for the whole batch': (world, dealId) =>
    refuseBatches(world, dealId, { status: 400, category: 'VALIDATION_ERROR' }),
};

/** Refuses every batch that has the deal in it, as HubSpot does by some of its rules. */
function refuseBatches(
  world: PortalWorld,
  dealId: string,
  { status, category }: { status: number; category: string },
): () => void {
  return world.tap(({ request, proceed }) => {
    if (!new URL(request.url).pathname.endsWith('/deals/batch/update')) return undefined;
    const copy = request.clone();
    return copy.text().then((text) => {
      if (!text.includes(`"${dealId}"`)) return proceed();
      const body = { status: 'error', category, message: 'One of the inputs is not acceptable.' };
      return Response.json(body, { status });
    });
  });
}

test.each(Object.keys(poison))(
  'T8, T20: of 100 rows the 50th fails by %s: 99 written, one stored with its reason, written later',
  (way) =>
    withPortal(smallPortal({ opportunities: soonStale(100) }), async (world) => {
      await world.begin();
      world.advance(2 * day);
      const heal = poison[way]!(world, id.deal(50));

      const { run } = await world.job('sync');
      expect(run.outcome).toBe('amber');
      expect(run.counts).toMatchObject({ written: 99, failed: 1 });
      const [row, ...others] = await world.store.failures(connection, 10);
      expect(others).toEqual([]);
      expect(row!.failure!.remedy).toContain(row!.failure!.code);
      // The source is unchanged: what failed is kept by the outbox, not by what is read again.
      heal();
      const later = await world.job('retry');

      expect([later.run.outcome, later.run.counts['written']]).toEqual(['green', 1]);
      const flagged = Array.from({ length: 100 }, (_, i) => stale(world, i + 1));
      expect(flagged.filter(Boolean)).toHaveLength(100);
    }),
);

test.each([
  ['cut-after-commit', {}],
  ['hang', { work: 'first', seconds: 0.2 }],
  ['bad-gateway', { done: true }],
])(
  'T9: no answer after the commit (%s), then a crash and a retry: one write, one task',
  (name, more) =>
    withPortal(smallPortal({ opportunities: soonStale(3) }), async (world) => {
      await world.begin();
      world.advance(2 * day);
      const from = lastSeq(world);
      const lost = world.arm({ name, ...more, match: { operation: update } });
      const task = { operation: 'POST /crm/objects/tasks/batch/*' };
      const lostTask = world.arm({ name, ...more, match: task });
      await world.job('sync');
      expect([lost(), lostTask()]).toEqual([1, 1]);
      await world.letRetriesBegin();
      // A new worker knows nothing but the store.
      const fresh = createActivities(world.deps);
      await world.activities.connections.close();
      Object.assign(world.activities.crm, fresh.crm);
      Object.assign(world.activities.engine, fresh.engine);

      const { run } = await world.job('sync');

      expect(run.outcome).toBe('green');
      expect([1, 2, 3].map((n) => stale(world, n))).toEqual([true, true, true]);
      expect(world.writesSince(from, 'deals').sort()).toEqual([1, 2, 3].map(id.deal));
      const tasks = world.tasks();
      expect(tasks.length).toBeGreaterThan(0);
      expect(new Set(tasks.flatMap(({ about }) => about)).size).toBe(tasks.length);
      const quiet = await world.job('sync');
      expect(quiet.run.counts).toMatchObject({ written: 0, tasks: 0, unclear: 0 });
      expect(world.tasks()).toEqual(tasks);
      await fresh.connections.close();
    }),
);

/** Deal 1 is sourced by partner 1, registered before it was created; 2 is stale. */
const credited = smallPortal({
  opportunities: [
    { n: 1, created: 60, inStage: 10, name: 'Acme renewal' },
    { n: 2, inStage: 45 },
  ],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
});
const deal = id.deal(1);
const shown = (world: PortalWorld, property: string) =>
  world.look('deals', deal, [property])[property];
const tasksAbout = (world: PortalWorld, what: string) =>
  world.tasks().filter(({ subject }) => subject.startsWith(what));

/** A person's edit on the page, or a program's by our own token, and a sync some time later. */
async function edited(
  world: PortalWorld,
  properties: Record<string, string>,
  by: 'person' | 'program' = 'person',
): Promise<Job> {
  world.advance(10 * minute);
  if (by === 'person') world.set('deals', deal, properties);
  else {
    const answer = await fetch(`${world.url}/crm/objects/2026-03/deals/${deal}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${defaultPrivateToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ properties }),
    });
    expect(answer.status).toBe(200);
  }
  return later(world);
}

async function later(world: PortalWorld): Promise<Job> {
  world.advance(10 * minute);
  await sleep(1_050); // the connector asks for the CRM's clock once a second
  const job = await world.job('sync');
  if (job.failure) throw job.failure;
  return job;
}

test('T11: our own echo is dropped, and what a workflow changed on the same save is kept', () =>
  withPortal(smallPortal({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    const untap = world.tap(({ request, proceed }) => {
      if (!new URL(request.url).pathname.endsWith('/deals/batch/update')) return undefined;
      return proceed().then((answer) => {
        for (const n of [1, 2]) world.set('deals', id.deal(n), { hs_next_step: 'by a workflow' });
        return answer;
      });
    });
    await later(world);
    untap();
    const from = lastSeq(world);

    const { run } = await later(world);

    expect(run.counts).toMatchObject({ written: 0, tasks: 0 });
    expect(world.writesSince(from, 'deals')).toEqual([]);
    expect((await world.mirrored(1))!.fields['next_step']).toBe('by a workflow');
    expect([1, 2].map((n) => stale(world, n))).toEqual([true, true]);
  }));

test('T11: another program under our own token is answered once, then the breaker trips', () =>
  withPortal(credited, async (world) => {
    await world.begin();
    await edited(world, { partner_sourced: 'false' }, 'program');
    expect(shown(world, 'partner_sourced')).toBe('true');
    await edited(world, { partner_sourced: 'false' }, 'program');
    expect(shown(world, 'partner_sourced')).toBe('false');
    expect(tasksAbout(world, 'Another program')).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) await edited(world, { amount: `${100 + n}` }, 'program');
    expect(shown(world, 'partner_sourced')).toBe('false');
    expect(world.tasks().filter(({ subject }) => /Put back|Another/.test(subject))).toHaveLength(1);
  }));

test('T12: an edit between plan and apply is refused with the difference, then answered', () =>
  withPortal(credited, async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 5 days');
    const plan = await world.job('plan');
    world.advance(10 * minute);
    world.set('deals', deal, { partner_deal_stale: 'true' });
    await sleep(1_050);
    const from = lastSeq(world);

    const apply = await world.job('apply', { planId: plan.runId });

    expect(apply.failure).toMatchObject({ type: 'Plan.outdated' });
    expect(world.writesSince(from, 'deals')).toEqual([]);
    await later(world);
    expect(shown(world, 'partner_deal_stale')).toBe('false');
    expect(tasksAbout(world, 'Put back')).toHaveLength(1);
  }));

test('T12: what a person cleared is seen as cleared, put back once, and then disputed', () =>
  withPortal(credited, async (world) => {
    await world.begin();
    await edited(world, { partner_attribution_reason: '' });
    expect(shown(world, 'partner_attribution_reason')).toContain('Northgate');
    await edited(world, { partner_attribution_reason: '' });
    expect(shown(world, 'partner_attribution_reason')).toBeNull();
    expect(shown(world, 'partner_attribution_status')).toBe('Disputed');
  }));
