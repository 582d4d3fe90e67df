/** Records through the real client: one by one, in lists, in batches, by search. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotBench, openPortal } from './client.ts';

let bench: HubSpotBench;

beforeAll(async () => {
  bench = await openPortal();
});
afterAll(() => bench.close());

const families = [
  ['v3', '/crm/v3/objects'],
  ['2026-03', '/crm/objects/2026-03'],
] as const;

async function deal(properties: Record<string, string>): Promise<string> {
  const made = await bench.client.crm.deals.basicApi.create({ properties, associations: [] });
  return made.id;
}

test('a deal is created, read, changed, archived and gone', async () => {
  const { basicApi } = bench.client.crm.deals;
  const id = await deal({
    dealname: 'Alder Works',
    amount: '1200.50',
    dealstage: 'qualifiedtobuy',
  });
  const read = await basicApi.getById(id, ['amount', 'pipeline', 'no_such_property']);
  expect(read.properties).toMatchObject({ amount: '1200.50', pipeline: 'default' });
  expect(read.properties).not.toHaveProperty('no_such_property');
  const changed = await basicApi.update(id, { properties: { amount: '' } });
  expect(changed.properties['amount']).toBeNull();
  await basicApi.archive(id);
  await expect(basicApi.getById(id)).rejects.toMatchObject({ code: 404 });
  const archived = await basicApi.getById(id, undefined, undefined, undefined, true);
  expect(archived.archived).toBe(true);
});

test.each(families)('a list pages through every deal once (%s)', async (_name, base) => {
  for (let i = 0; i < 7; i += 1) await deal({ dealname: `Page ${i}` });
  const seen: string[] = [];
  let after = '';
  do {
    const { body } = await bench.call('GET', `${base}/0-3?limit=3&after=${after}`);
    seen.push(...body.results.map(({ id }: { id: string }) => id));
    after = body.paging?.next.after ?? '';
  } while (after !== '');
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBe(bench.portal.store('deals').liveCount);
});

test('a value outside the options is refused, with findings as JSON', async () => {
  const { status, body } = await bench.call('POST', '/crm/v3/objects/deals', {
    properties: { dealtype: 'gift', dealname: 'x', nonsense: '1' },
  });
  expect(status).toBe(400);
  expect(body).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' });
  const findings = JSON.parse(body.message.replace('Property values were not valid: ', ''));
  expect(findings.map((one: { error: string }) => one.error)).toEqual([
    'INVALID_OPTION',
    'PROPERTY_DOESNT_EXIST',
  ]);
});

test('a batch with trace ids keeps the good rows; one without is refused as a whole', async () => {
  const good = { properties: { dealname: 'Good' }, associations: [] };
  const bad = { properties: { dealname: 'Bad', amount: 'much' }, associations: [] };
  const { batchApi } = bench.client.crm.deals;
  const before = bench.portal.store('deals').liveCount;
  await expect(batchApi.create({ inputs: [good, bad] })).rejects.toMatchObject({ code: 400 });
  expect(bench.portal.store('deals').liveCount).toBe(before);
  const mixed = await batchApi.create({
    inputs: [
      { ...good, objectWriteTraceId: 'a' },
      { ...bad, objectWriteTraceId: 'b' },
    ],
  });
  expect(mixed).toMatchObject({ numErrors: 1, results: [{ objectWriteTraceId: 'a' }] });
  const { status, body } = await bench.call('POST', '/crm/v3/objects/deals/batch/create', {
    inputs: [
      { ...good, objectWriteTraceId: 'a' },
      { ...bad, objectWriteTraceId: 'b' },
    ],
  });
  expect(status).toBe(207);
  expect(body.errors[0].context).toMatchObject({ objectWriteTraceId: ['b'] });
});

test('batch read and update name missing records in a 207', async () => {
  const id = await deal({ dealname: 'There' });
  const read = await bench.call('POST', '/crm/v3/objects/deals/batch/read', {
    inputs: [{ id }, { id: '404' }],
    properties: ['dealname'],
  });
  expect(read.status).toBe(207);
  expect(read.body.results.map((row: { id: string }) => row.id)).toEqual([id]);
  expect(read.body.errors[0]).toMatchObject({
    category: 'OBJECT_NOT_FOUND',
    context: { ids: ['404'] },
  });
  const update = await bench.call('POST', '/crm/v3/objects/deals/batch/update', {
    inputs: [
      { id, properties: { amount: '5' } },
      { id: '404', properties: { amount: '5' } },
    ],
  });
  expect(update.status).toBe(207);
  expect(update.body.results).toHaveLength(1);
});

test('an upsert by our own unique property creates once and then updates', async () => {
  await bench.client.crm.properties.coreApi.create('tasks', {
    name: 'partner_sync_key',
    label: 'Partner Sync key',
    groupName: 'task',
    type: 'string' as never,
    fieldType: 'text' as never,
    hasUniqueValue: true,
  });
  const upsert = () =>
    bench.call('POST', '/crm/objects/2026-03/tasks/batch/upsert', {
      inputs: [
        {
          id: 'stale/1',
          idProperty: 'partner_sync_key',
          objectWriteTraceId: 't',
          properties: { hs_task_subject: 'Call', hs_timestamp: '2026-11-21T00:00:00Z' },
        },
      ],
    });
  const [first, second] = [await upsert(), await upsert()];
  expect(first.body.results[0]).toMatchObject({ new: true, objectWriteTraceId: 't' });
  expect(second.body.results[0]).toMatchObject({ new: false, id: first.body.results[0].id });
  const clash = await bench.call('POST', '/crm/v3/objects/tasks', {
    properties: { partner_sync_key: 'STALE/1', hs_timestamp: '0' },
  });
  expect(clash.status).toBe(409);
  expect(clash.body.category).toBe('CONFLICT');
});

test('a search filters, sorts, counts and pages', async () => {
  for (const [name, amount] of [
    ['Searched A', '10'],
    ['Searched B', '20'],
    ['Searched C', '30'],
  ]) {
    await deal({ dealname: name!, amount: amount! });
  }
  const { searchApi } = bench.client.crm.deals;
  const found = await searchApi.doSearch({
    filterGroups: [
      {
        filters: [
          { propertyName: 'dealname', operator: 'CONTAINS_TOKEN' as never, value: 'searched' },
          { propertyName: 'amount', operator: 'BETWEEN' as never, value: '15', highValue: '30' },
        ],
      },
    ],
    sorts: [{ propertyName: 'amount', direction: 'DESCENDING' } as never],
    properties: ['amount'],
    limit: 1,
  });
  expect(found.total).toBe(2);
  expect(found.results[0]!.properties['amount']).toBe('30');
  expect(found.paging?.next?.after).toBe('1');
});

test('a merge makes a third deal, to which both old ids lead', async () => {
  const a = await deal({ dealname: 'Merge A', amount: '1' });
  const b = await deal({ dealname: 'Merge B', description: 'from B' });
  const merged = await bench.client.crm.deals.basicApi.merge({
    primaryObjectId: a,
    objectIdToMerge: b,
  });
  expect([a, b]).not.toContain(merged.id);
  const read = await bench.client.crm.deals.basicApi.getById(b, [
    'hs_merged_object_ids',
    'dealname',
    'description',
  ]);
  expect(read.id).toBe(merged.id);
  expect(read.properties).toMatchObject({
    hs_merged_object_ids: `${a};${b}`,
    dealname: 'Merge A',
    description: 'from B',
  });
});

test('a token that is none is refused, and an unknown object is named', async () => {
  const response = await fetch(`${bench.running.url}/crm/v3/objects/deals`, {
    headers: { Authorization: 'Bearer nothing' },
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ category: 'INVALID_AUTHENTICATION' });
  const unknown = await bench.call('GET', '/crm/v3/objects/dragons');
  expect(unknown.status).toBe(400);
  expect((await bench.call('GET', '/crm/v3/objects/quotes')).status).toBe(501);
  expect((await bench.call('POST', '/crm/v3/objects/contacts/gdpr-delete', {})).status).toBe(501);
});

test('records have v4 addresses too, and a query may write True for true', async () => {
  const id = await deal({ dealname: 'In v4' });
  expect((await bench.call('GET', `/crm/v4/objects/deals/${id}`)).body.id).toBe(id);
  await bench.call('DELETE', `/crm/v4/objects/deals/${id}`);
  const archived = await bench.call('GET', `/crm/v3/objects/deals/${id}?archived=True`);
  expect(archived.body).toMatchObject({ id, archived: true });
});

test('a custom object has addresses by id, full name and p_name, none by its bare name', async () => {
  const { body: schema } = await bench.call('POST', '/crm/v3/schemas', {
    name: 'vendor',
    labels: { singular: 'Vendor', plural: 'Vendors' },
    primaryDisplayProperty: 'vendor_name',
    properties: [{ name: 'vendor_name', label: 'Name', type: 'string', fieldType: 'text' }],
  });
  const { objectTypeId, fullyQualifiedName } = schema as Record<string, string>;
  const statusOf = async (name: string | undefined) =>
    (await bench.call('GET', `/crm/v3/objects/${name}`)).status;

  for (const name of [objectTypeId, fullyQualifiedName, 'p_vendor']) {
    expect(await statusOf(name)).toBe(200);
  }
  expect(await statusOf('vendor')).toBe(400);
});

test("a contact's e-mail address is checked, and kept in lower case", async () => {
  const create = (email: string) =>
    bench.call('POST', '/crm/v3/objects/contacts', { properties: { email } });

  expect((await create('Jo.Doe@Example.COM')).body.properties.email).toBe('jo.doe@example.com');
  expect((await create('no address')).body.errors).toMatchObject([
    { code: 'INVALID_EMAIL', context: { propertyName: ['email'] } },
  ]);
});
