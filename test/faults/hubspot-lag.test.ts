/** Fifty edits while syncing, on a portal that is slow to show them and strict about searches. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Random, random } from '../../sandbox/seed/random.ts';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallPortal } from '../support/small-portal.ts';
import { opportunities } from './in-world.ts';

const deals = 120;
const edits = 50;
const indexLagMs = 30_000;
const search = { operation: 'POST /crm/objects/deals/search' };

/**
 * Five searches a second, counted by a clock that each search moves on by about a fifth of one:
 * now and then a second is full, as where others search the same account.
 */
function strictAboutSearches({ portal, tap }: PortalWorld, draw: Random): () => number {
  let refused = 0;
  let nowMs = performance.now();
  portal.limiter.realNow = () => nowMs;
  Object.assign(portal.limiter.settings, { enforced: true, searchPerSecond: 5 });
  tap(({ request, proceed }) => {
    if (!request.url.endsWith('/search')) return undefined;
    return proceed().then((answer) => {
      nowMs += draw.int(180, 250);
      if (answer.status === 429) refused += 1;
      return answer;
    });
  });
  return () => refused;
}

/** Before deals are searched, people save some of them, until all edits are made. */
function peopleAtWork(world: PortalWorld, draw: Random): Map<number, string>[] {
  const saved: Map<number, string>[] = [];
  world.tap(({ request }) => {
    if (!request.url.endsWith('/deals/search')) return undefined;
    for (let some = draw.int(0, 3); some > 0 && saved.length < edits; some -= 1) {
      const [n, value] = [draw.int(1, deals), `edit ${saved.length + 1}`];
      world.set('deals', id.deal(n), { hs_next_step: value });
      saved.push(new Map([[n, value]]));
    }
    return undefined;
  });
  return saved;
}

test.each([1, 2])(
  'with 5 searches a second and an index 30 s behind, none of 50 edits made while syncing is lost (SEED=%i)',
  (seed) =>
    withPortal(smallPortal({ opportunities: opportunities(deals) }), async (world) => {
      await world.begin();
      const draw = random(seed, 'edits');
      world.portal.indexLagMs = indexLagMs;
      world.arm({ name: 'short-page', rows: 30, match: search });
      const saved = peopleAtWork(world, draw);
      const refused = strictAboutSearches(world, draw);
      const outcomes: string[] = [];
      const syncAfter = async (seconds: number) => {
        world.advance(seconds * 1_000);
        await sleep(1_050); // the connector asks for the CRM's clock once a second
        outcomes.push((await world.job('sync')).run.outcome);
      };
      while (saved.length < edits) await syncAfter(draw.int(5, 50));
      do await syncAfter(120);
      while (outcomes.at(-1) !== 'green');

      const last = new Map(saved.flatMap((one) => [...one]));
      const ids = [...last.keys()].map(id.deal);
      const rows = await world.store.mirror(connection, 'opportunity', ids);
      const seen = new Map(rows.map((row) => [row.id, row.fields['next_step']]));
      expect(seen).toEqual(new Map([...last].map(([n, value]) => [id.deal(n), value])));
      expect(saved).toHaveLength(edits);
      expect(refused()).toBeGreaterThan(0);
      expect(outcomes).toContain('red'); // a refused search is no success
    }),
);
