/** Reported records are read by id: what a poll would find in time, and what it never would. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ChangedIds } from '../../activities/contract.ts';
import { associate } from '../../sandbox/hubspot/links.ts';
import { mergeRecords } from '../../sandbox/hubspot/merge.ts';
import type { CrmRecord } from '../../sandbox/hubspot/record.ts';
import {
  archiveRecord,
  createRecord,
  restoreRecord,
  updateRecord,
} from '../../sandbox/hubspot/write.ts';
import { smallCompany } from '../support/cases-company.ts';
import { hubspot, type TwoCrms, withTwoCrms } from '../support/two-crms.ts';
import { byHand, decidedDeals, isLabelled, named, partners } from './portal.ts';

jest.setTimeout(300_000);

const minute = 60_000;

/** A job as the owner runs it for reported changes (workflows/sync.ts). */
async function readReported(world: TwoCrms, changed: Partial<ChangedIds>) {
  const { activity, store } = world;
  const runId = `sync/${hubspot}/${1_000 + (await store.runs(hubspot, 1_000)).length}`;
  const run = { connection: hubspot, runId };
  await activity(
    'openRun',
    { connection: hubspot, kind: 'sync', commandId: null, planId: null },
    { runId },
  );
  await activity('readReported', { ...run, changed: { records: [], links: [], ...changed } });
  await activity('decideRecords', run);
  await activity('decideAlerts', { ...run, planId: null });
  await activity('writeChanges', { ...run, planId: null });
  await activity('closeRun', { ...run, failure: null });
  return (await store.run(runId))!;
}

/** One world for all tests of this file: making one takes longer than all of them. */
let world: TwoCrms;
let close = () => {};
let closed: Promise<void>;
/** Deals of which no test has made use. */
let unused: CrmRecord[];

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    closed = withTwoCrms(smallCompany(0), async (made) => {
      world = made;
      await world.begin(hubspot);
      world.sandbox.clock.advance(10 * minute);
      await world.job(hubspot, 'sync');
      unused = decidedDeals(world);
      ready();
      await new Promise<void>((resolve) => {
        close = resolve;
      });
    });
    closed.catch(failed);
  });
}, 300_000);
afterAll(async () => {
  close();
  await closed;
});

/** A deal for one test alone. */
function take(fits: (deal: CrmRecord) => boolean = () => true): CrmRecord {
  const found = unused.find(fits)!;
  unused = unused.filter((deal) => deal !== found);
  return found;
}

const cursors = async ({ store }: TwoCrms) =>
  Promise.all(
    ['opportunity:deals', 'partner:companies', 'account:companies'].map((source) =>
      store.cursor(hubspot, source),
    ),
  );

const pathsSince = ({ sandbox }: TwoCrms, seq: number) =>
  sandbox.calls.calls().filter((call) => call.seq > seq);

test('a person’s edit of a field of ours is put back, found by id though the search index lags', async () => {
  const before = await cursors(world);
  const { id } = take(
    (deal) => world.look('deals', deal.id, ['partner_sourced'])['partner_sourced'] === 'true',
  );
  world.portal.indexLagMs = 30 * minute;
  updateRecord(byHand(world), world.portal.store('deals').live(id)!, {
    partner_sourced: 'false',
  });
  const seq = world.sandbox.calls.calls().at(-1)!.seq;

  const run = await readReported(world, { records: [named(world, 'deals', id)] });

  expect(world.look('deals', id, ['partner_sourced'])['partner_sourced']).toBe('true');
  expect(run.outcome).toBe('green');
  expect(run.counts).toMatchObject({ reported: 1, 'changed.opportunity': 1, written: 1 });
  expect(pathsSince(world, seq).filter(({ operation }) => operation.includes('search'))).toEqual(
    [],
  );
  expect(await cursors(world)).toEqual(before);
  world.portal.indexLagMs = 0;
});

test('a label set by hand moves no timestamp, and is put right all the same', async () => {
  const { portal } = world;
  const bare = take(({ id }) => !isLabelled(world, id));
  const partner = partners(world)[0]!;
  const label = portal.associations.types.labelled('deal', 'company', 'Sourcing partner')!;
  const ends = {
    from: { store: portal.store('deals'), id: bare.id },
    to: { store: portal.store('companies'), id: partner.id },
  };
  associate(portal, ends, [label]);
  expect(portal.store('deals').live(bare.id)!.updatedAt).toBe(bare.updatedAt);

  await readReported(world, {
    links: [named(world, 'deals', bare.id), named(world, 'companies', partner.id)],
  });

  expect(isLabelled(world, bare.id)).toBe(false);
});

test('a deal in the recycle bin is deleted here, and lives again when it is taken out', async () => {
  const deals = world.portal.store('deals');
  const { id } = take();
  const row = async () => (await world.store.mirror(hubspot, 'opportunity', [id]))[0]!;

  const gone = archiveRecord(byHand(world), deals.live(id)!);
  await readReported(world, { records: [named(world, 'deals', id)] });
  expect((await row()).deleted).toBe(true);
  world.sandbox.clock.advance(minute);
  restoreRecord(byHand(world), gone);
  await readReported(world, { records: [named(world, 'deals', id)] });

  expect((await row()).deleted).toBe(false);
});

test('a merge makes a third deal of two: it is read, and both old ids lead to it', async () => {
  const deals = world.portal.store('deals');
  const [one, two] = [take().id, take().id];
  const merged = mergeRecords({ ...byHand(world), store: deals }, one, two);

  await readReported(world, {
    records: [merged.id, one, two].map((id) => named(world, 'deals', id)),
  });

  const rows = await world.store.mirror(hubspot, 'opportunity', [merged.id, one, two]);
  expect(rows.map(({ deleted, mergedInto }) => [deleted, mergedInto])).toEqual([
    [false, null],
    [true, merged.id],
    [true, merged.id],
  ]);
});

test('ids without a record, of no mapped object, or of one the mapping leaves out change nothing', async () => {
  const contact = createRecord(byHand(world, 'contacts'), { email: 'a@small.example' });
  const run = await readReported(world, {
    records: ['0-3/999999999', '0-1/' + contact.id, '2-999/1', '0-3/not-an-id'],
    links: ['0-2/999999999'],
  });

  expect(run.outcome).toBe('green');
  expect(run.counts['written'] ?? 0).toBe(0);
  expect(run.counts['changed.opportunity'] ?? 0).toBe(0);
});

test('what was read by id is what a poll then reads: nothing changes twice', async () => {
  world.sandbox.clock.advance(40 * minute);
  await world.job(hubspot, 'sync');
  world.sandbox.clock.advance(minute);
  const some = Array.from({ length: 5 }, () => take());
  for (const { id } of some) {
    updateRecord(byHand(world), world.portal.store('deals').live(id)!, { amount: `4${id}` });
  }
  const reported = await readReported(world, {
    records: some.map(({ id }) => named(world, 'deals', id)),
  });
  world.sandbox.clock.advance(minute);
  const polled = await world.job(hubspot, 'sync');

  expect(reported.counts['changed.opportunity']).toBe(5);
  // Only what the engine itself has written since may differ from what was read.
  expect(polled.counts['changed.opportunity'] ?? 0).toBeLessThanOrEqual(
    reported.counts['written'] ?? 0,
  );
  expect(polled.counts['written'] ?? 0).toBe(0);
});

test('a custom object is known by its type id', async () => {
  const registrations = world.portal.store('deal_registration');
  const [first] = [...registrations.all()];
  updateRecord(byHand(world, 'deal_registration'), first!, { reason_detail: 'changed by hand' });

  const run = await readReported(world, { records: [`${registrations.type.id}/${first!.id}`] });

  expect(registrations.type.id).toMatch(/^2-/);
  expect(run.counts['changed.registration']).toBe(1);
});
