/** What only HubSpot's writes can do wrong: 207s, whole batches refused, cuts, labels, retries. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecordWrite, TaskWrite, WriteResult } from '../../connectors/connector.ts';
import { linksOf } from '../../sandbox/hubspot/links.ts';
import { type HubSpotWorld, openHubSpotWorld } from '../contract/hubspot-world.ts';
import { failureOf } from '../contract/reading.ts';

jest.setTimeout(60_000);

const day = '2026-12-31';
let world: HubSpotWorld;

beforeEach(async () => {
  world = await openHubSpotWorld('2026-03');
});
afterEach(() => world.close());

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `Deal ${at}`, closeDate: day }));
const write = (writes: RecordWrite[]) => world.connector.writeRecords('deals', writes, 3);
const amounts = (ids: string[], amount = '7') => ids.map((id) => ({ id, values: { amount } }));
const outcomes = (results: WriteResult[]) => results.map(({ outcome }) => outcome);
const arm = (name: string, more: object = {}) => world.sandbox.faults.arm({ name, ...more });
const bad = { status: 400 };

test('results in another order than the rows are still each row’s own', async () => {
  const ids = world.create('opportunity', many(5));
  arm('batch-reordered');
  world.forbidNegativeAmounts();

  const results = await write([
    ...amounts(ids.slice(0, 2)),
    ...amounts(ids.slice(2, 3), '-7'),
    ...amounts(ids.slice(3)),
  ]);

  expect(results.map(({ id }) => id)).toEqual(ids);
  expect(outcomes(results)).toEqual(['written', 'written', 'failed', 'written', 'written']);
  expect(world.look(ids[2]!)?.amount).toBeUndefined();
});

test('a batch refused as a whole is halved until the row that spoils it is alone', async () => {
  const ids = world.create('opportunity', many(9));
  const poison = ids[6]!;
  // As accounts do that know no trace ids: one bad row refuses all of its batch.
  const untap = world.tap(({ request, proceed }) => {
    if (!request.url.endsWith('/batch/update')) return undefined;
    return request
      .clone()
      .text()
      .then((body) => {
        if (!body.includes(poison)) return proceed();
        const message = 'Property values were not valid';
        return Response.json({ status: 'error', message, category: 'VALIDATION_ERROR' }, bad);
      });
  });

  const results = await write(amounts(ids));

  untap();
  expect(results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual([
    poison,
  ]);
  expect(ids.map((id) => world.look(id)?.amount)).toEqual(
    ids.map((id) => (id === poison ? undefined : 7)),
  );
});

test('a property nobody has fails all rows by one call, and names itself', async () => {
  const ids = world.create('opportunity', many(100));
  const before = world.countedCalls();

  const results = await write(ids.map((id) => ({ id, values: { not_there: '1' } })));

  expect(world.countedCalls() - before).toBe(1);
  expect(new Set(outcomes(results))).toEqual(new Set(['failed']));
  expect(results[0]).toMatchObject({
    code: 'PROPERTY_DOESNT_EXIST',
    fields: ['not_there'],
    retryable: false,
  });
});

test('a row the answer leaves out is unclear, not written', async () => {
  const ids = world.create('opportunity', many(3));
  arm('batch-result-missing');

  expect(outcomes(await write(amounts(ids)))).toEqual(['written', 'written', 'unclear']);
});

test('a connection cut after the commit leaves every row unclear, and nothing is sent again', async () => {
  const ids = world.create('opportunity', many(3));
  arm('cut-after-commit', { match: { operation: 'POST /crm/objects/*' } });
  const before = world.countedCalls();

  const results = await write(amounts(ids));

  expect(new Set(outcomes(results))).toEqual(new Set(['unclear']));
  expect(world.countedCalls() - before).toBe(1);
  expect(ids.map((id) => world.look(id)?.amount)).toEqual([7, 7, 7]);
});

test('a limit in a later batch marks its rows for later; in the first it throws', async () => {
  const ids = world.create('opportunity', many(150));
  arm('ten-secondly-limit', { after: 1 });

  const results = await write(amounts(ids));
  arm('ten-secondly-limit');
  const error = await failureOf(write(amounts(ids)));

  expect(outcomes(results).filter((outcome) => outcome === 'written')).toHaveLength(100);
  expect(results.at(-1)).toMatchObject({ outcome: 'failed', retryable: true });
  expect([error.kind, error.call.retryAfterMs]).toEqual(['rate-limited', 10_000]);
});

test.each([
  ['secondly-limit', 'rate-limited', 1_000],
  ['portal-migrating', 'unavailable', 2_000],
  ['portal-locked', 'locked', 2_000],
  ['daily-limit', 'quota-exhausted', undefined],
  ['scope-missing', 'missing-scope', undefined],
])('%s is %s, to be tried again after %p ms', async (name, kind, waitMs) => {
  await world.connector.describe('deals');
  arm(name);

  const error = await failureOf(world.connector.count('deals'));

  expect([error.kind, error.call.retryAfterMs]).toEqual([kind, waitMs]);
});

test('a unique value another record has is a conflict of its row alone', async () => {
  const ids = world.create('opportunity', many(3));
  arm('unique-value-taken');

  const results = await write(amounts(ids));

  expect(outcomes(results)).toEqual(['failed', 'written', 'written']);
  expect(results[0]).toMatchObject({ code: 'CONFLICTING_UNIQUE_VALUE', retryable: false });
});

test('one record given twice is written in order, by two calls', async () => {
  const [id = ''] = world.create('opportunity', many(1));

  const results = await write([...amounts([id], '1'), ...amounts([id], '2')]);

  expect(outcomes(results)).toEqual(['written', 'written']);
  expect(world.look(id)?.amount).toBe(2);
});

/** Companies of a deal with their labels, 'Name: label, label'. */
function labelsOf(deal: string): Record<string, string[]> {
  const { portal } = world;
  const links = linksOf(
    portal,
    { store: portal.store('deals'), id: deal },
    portal.store('companies'),
  );
  return Object.fromEntries(
    links.map(({ to, types }) => [String(to), types.flatMap(({ label }) => label ?? []).sort()]),
  );
}

test('a label moves between companies; the primary company and other labels stay', async () => {
  await world.connector.provision([world.fields.partner], { dryRun: false });
  const field = world.fields.partner.name;
  const [deal = ''] = world.create('opportunity', many(1));
  const names = ['Customer', 'First', 'Second'].map((name) => ({ name }));
  const [customer = '', first = '', second = ''] = world.create('partner', names);
  world.associate(deal, customer, 'Primary');
  const set = async (target: string | null) =>
    outcomes(await write([{ id: deal, values: { amount: '5', [field]: target } }]));

  const steps = [await set(customer)];
  const both = labelsOf(deal);
  steps.push(await set(first), await set(second));
  const moved = labelsOf(deal);
  steps.push(await set(null));
  const gone = labelsOf(deal);
  const calls = world.countedCalls();
  await set(null);

  expect(steps.flat()).toEqual(['written', 'written', 'written', 'written']);
  expect(both).toEqual({ [customer]: ['Contract partner', 'Primary'] });
  expect(moved).toEqual({ [customer]: ['Primary'], [first]: [], [second]: ['Contract partner'] });
  expect(gone).toEqual({ [customer]: ['Primary'], [first]: [], [second]: [] });
  expect(world.countedCalls() - calls).toBe(2); // properties, and a look at the associations
  expect(world.look(deal)?.amount).toBe(5);
});

test('a set of records has the label: who is new gets it, who left loses it, other labels stay', async () => {
  await world.connector.provision([world.fields.partner], { dryRun: false });
  const field = world.fields.partner.name.replace(':', '[]:');
  const [deal = ''] = world.create('opportunity', many(1));
  const names = ['Customer', 'First', 'Second', 'Third'].map((name) => ({ name }));
  const [customer = '', first = '', second = '', third = ''] = world.create('partner', names);
  world.associate(deal, customer, 'Primary');
  const set = async (ids: string[]) => {
    const value = ids.join(';') || null;
    const results = await write([{ id: deal, values: { [field]: value } }]);
    const asked = { object: 'deals', fields: [field], ids: [deal] };
    const [record] = await world.connector.readByIds({ ...asked, priority: 3 });
    return [outcomes(results)[0], record?.values[field]];
  };

  const steps = [await set([customer, first, second]), await set([second, third, customer])];
  const kept = labelsOf(deal);
  steps.push(await set([world.names.noId, third]), await set([]));

  const sorted = (...ids: string[]) => ids.sort().join(';');
  expect(steps).toEqual([
    ['written', sorted(customer, first, second)],
    ['written', sorted(customer, second, third)],
    // Who is refused fails the row; those who were to go stay until it is right.
    ['failed', sorted(customer, second, third)],
    ['written', null],
  ]);
  expect(kept).toEqual({
    [customer]: ['Contract partner', 'Primary'],
    [first]: [],
    [second]: ['Contract partner'],
    [third]: ['Contract partner'],
  });
  expect(labelsOf(deal)[customer]).toEqual(['Primary']);
});

test('a label on a company that is gone fails its row alone and leaves the old one', async () => {
  await world.connector.provision([world.fields.partner], { dryRun: false });
  const field = world.fields.partner.name;
  const [a = '', b = ''] = world.create('opportunity', many(2));
  const [partner = ''] = world.create('partner', [{ name: 'Partner' }]);
  await write([{ id: a, values: { [field]: partner } }]);

  const results = await write([
    { id: a, values: { [field]: world.names.noId } },
    { id: b, values: { [field]: partner } },
    { id: b, values: { 'companies:Primary': partner } },
  ]);

  expect(outcomes(results)).toEqual(['failed', 'written', 'failed']);
  expect(labelsOf(a)).toEqual({ [partner]: ['Contract partner'] });
});

test('a task is created with its deal, found by its key, and a lost answer makes no second one', async () => {
  await world.connector.provision([], { dryRun: false });
  const [deal = ''] = world.create('opportunity', many(1));
  const task: TaskWrite = {
    key: 'stale:1',
    status: 'open',
    content: {
      subject: 'Ask',
      body: 'a < b\nc',
      ownerId: '70000001',
      aboutId: deal,
      aboutObject: 'deals',
      dueOn: day,
      highPriority: false,
    },
  };
  arm('cut-after-commit', { match: { operation: 'POST /crm/objects/*', n: 2 } });

  const [lost] = await world.connector.upsertTasks([task], 1);
  const found = await world.connector.findTasks([task.key]);
  const [again] = await world.connector.upsertTasks([task], 1);

  expect(lost?.outcome).toBe('unclear');
  expect(again).toMatchObject({ outcome: 'written', created: false, id: found.get(task.key)?.id });
  expect(world.tasks()).toEqual([{ subject: 'Ask', open: true }]);
  const { portal } = world;
  const tasks = { store: portal.store('tasks'), id: found.get(task.key)!.id };
  expect(linksOf(portal, tasks, portal.store('deals')).map(({ to }) => String(to))).toEqual([deal]);
});

test('an admin’s rule of 2026-09 refuses its row on the newer version only', async () => {
  const [id = ''] = world.create('opportunity', many(1));
  world.portal.requiredRules = [{ object: 'deal', requires: ['closed_lost_reason'] }];
  const newer = world.open({ apiVersion: '2026-09' });

  expect(outcomes(await write(amounts([id])))).toEqual(['written']);
  const [refused] = await newer.writeRecords('deals', amounts([id], '8'), 3);

  expect(refused).toMatchObject({ outcome: 'failed', retryable: false });
});
