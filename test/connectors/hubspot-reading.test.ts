/** What only HubSpot's reads can do wrong: ties, index, associations, merges, silence. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { CrmRecord, PullRequest } from '../../connectors/connector.ts';
import { associate, dissociate } from '../../sandbox/hubspot/links.ts';
import { mergeRecords } from '../../sandbox/hubspot/merge.ts';
import { restoreRecord, type Scene, updateRecord } from '../../sandbox/hubspot/write.ts';
import { type HubSpotWorld, openHubSpotWorld } from '../contract/hubspot-world.ts';
import { failureOf, pullAll, wholeWindow } from '../contract/reading.ts';

jest.setTimeout(60_000);

const day = '2026-12-31';
let world: HubSpotWorld;

beforeEach(async () => {
  world = await openHubSpotWorld('2026-03');
});
afterEach(() => world.close());

const ids = (records: CrmRecord[]) => records.map(({ id }) => id);
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `Deal ${at}`, closeDate: day }));
const label = (name: string) => {
  const pair = { from: 'deal', to: 'company', name: name.toLowerCase().replaceAll(' ', '_') };
  return world.portal.associations.types.add(pair, name, `${name} of`)[0]!;
};
const link = (dealId: string, companyId: string, name: string | null) => {
  const { portal } = world;
  const { types } = portal.associations;
  const type = name ? types.labelled('deal', 'company', name)! : types.plain('deal', 'company')!;
  const pair = {
    from: { store: portal.store('deals'), id: dealId },
    to: { store: portal.store('companies'), id: companyId },
  };
  associate(portal, pair, [type]);
  return { pair, type };
};

/** What a person does in the portal beside the contract's hands. */
const scene = (): Scene => ({
  portal: world.portal,
  store: world.portal.store('deals'),
  writer: {
    author: { sourceType: 'CRM_UI', sourceId: null, userId: 501, appId: null },
    apiVersion: 'v3',
    via: 'page',
  },
});
const set = (id: string, properties: Record<string, string>) =>
  updateRecord(scene(), scene().store.live(id)!, properties);
/** A window up to now, also right after the clock was moved. */
const untilNow = async () => ({
  ...(await wholeWindow(world)),
  until: new Date(world.nowMs() + 1_000).toISOString(),
});

async function window(fields: string[]): Promise<PullRequest> {
  return { ...(await wholeWindow(world)), fields };
}

test('T1: 25,000 deals of one instant end, and each comes once', async () => {
  const created = world.create('opportunity', many(25_000));
  const connector = world.open({ pageRecords: 1_000 });

  const { records, pages } = await pullAll(() => connector, await wholeWindow(world));

  expect(pages).toBe(25);
  expect(records).toHaveLength(25_000);
  expect(new Set(ids(records))).toEqual(new Set(created));
});

test('rows a search was not asked for lose nobody, and come once', async () => {
  world.create('opportunity', many(100));
  world.advance(60_000);
  const from = new Date(world.nowMs()).toISOString();
  const created = world.create('opportunity', many(450));
  world.sandbox.faults.arm({ name: 'search-stray', rows: 3, count: null });

  const { records } = await pullAll(() => world.connector, { ...(await wholeWindow(world)), from });

  expect(ids(records).toSorted()).toEqual(created.toSorted());
});

test('with the index 30 seconds behind, no edit is lost to windows that overlap', async () => {
  const created = world.create('opportunity', many(300));
  let from = new Date(world.nowMs()).toISOString();
  world.portal.indexLagMs = 30_000;
  const seen = new Map<string, unknown>();
  for (let round = 0; round < 50; round += 1) {
    const id = created[(round * 37) % created.length]!;
    world.edit('opportunity', id, { amount: 1_000 + round });
    world.advance(20_000);
    const until = await world.connector.now();
    const request = { ...(await wholeWindow(world)), from, until };
    const { records } = await pullAll(() => world.connector, request);
    for (const record of records) seen.set(record.id, Number(record.values['amount']));
    from = new Date(Date.parse(until) - 60_000).toISOString();
  }
  world.advance(60_000);
  const rest = { ...(await wholeWindow(world)), from };
  for (const record of (await pullAll(() => world.connector, rest)).records) {
    seen.set(record.id, Number(record.values['amount']));
  }

  for (let round = 0; round < 50; round += 1) {
    const id = created[(round * 37) % created.length]!;
    expect(seen.get(id)).toBe(world.look(id)?.amount);
  }
});

test('association labels read as references, and without one as blank', async () => {
  label('Sourcing partner');
  const [deal = '', bare = ''] = world.create('opportunity', many(2));
  const [customer = '', partner = ''] = world.create('partner', [{ name: 'A' }, { name: 'B' }]);
  link(deal, customer, 'Primary');
  link(deal, partner, 'Sourcing partner');
  const fields = ['companies:Primary', 'companies:sourcing partner', 'companies:*', 'deals:*'];

  const { records } = await pullAll(() => world.connector, await window(fields));

  const values = new Map(records.map((record) => [record.id, record.values]));
  expect(values.get(deal)).toEqual({
    'companies:Primary': customer,
    'companies:sourcing partner': partner,
    'companies:*': customer,
    'deals:*': null,
  });
  expect(new Set(Object.values(values.get(bare) ?? {}))).toEqual(new Set([null]));
});

test('T6: an association added without any change of a property shows in the list of reconcile', async () => {
  label('Sourcing partner');
  const [deal = ''] = world.create('opportunity', many(1));
  const [partner = ''] = world.create('partner', [{ name: 'B' }]);
  const list = async () =>
    (
      await world.connector.listCreated({
        object: 'deals',
        fields: ['companies:Sourcing partner'],
        createdFrom: null,
        createdBefore: null,
        priority: 5,
      })
    )[0];
  const before = await list();

  const { pair, type } = link(deal, partner, 'Sourcing partner');
  const after = await list();
  dissociate(world.portal, pair, [type]);
  const gone = await list();

  expect(after?.modifiedAt).toBe(before?.modifiedAt);
  expect([before, after, gone].map((one) => one?.values['companies:Sourcing partner'])).toEqual([
    null,
    partner,
    null,
  ]);
});

test('T7: an error in reading associations is an error, never "no associations"', async () => {
  const [deal = ''] = world.create('opportunity', many(1));
  const [partner = ''] = world.create('partner', [{ name: 'B' }]);
  link(deal, partner, null);
  const request = await window(['companies:*']);
  await world.connector.describe('deals');
  const kinds: string[] = [];
  for (const name of ['batch-result-missing', 'bad-gateway', 'ten-secondly-limit']) {
    const match = { operation: 'POST /crm/associations*' };
    world.sandbox.faults.arm({ name, match });
    kinds.push((await failureOf(world.connector.pullChanges(request))).kind);
    world.sandbox.faults.disarm();
  }

  expect(kinds).toEqual(['malformed-response', 'unavailable', 'rate-limited']);
  const { records } = await world.connector.pullChanges(request);
  expect(records[0]?.values['companies:*']).toBe(partner);
});

test('T5: a merge of deals makes a third one; both old ids come as merged into it', async () => {
  const [a = '', b = ''] = world.create('opportunity', many(2));
  const from = await world.connector.now();
  world.advance(60_000);
  const merged = mergeRecords(scene(), a, b).id;

  const request = { ...(await untilNow()), from };
  const { records } = await pullAll(() => world.connector, request);
  const shown = records.map(({ id, deleted, mergedInto }) => [id, deleted, mergedInto]);

  expect(merged).not.toBe(a);
  expect(shown.toSorted()).toEqual(
    [
      [merged, false, null],
      [a, true, merged],
      [b, true, merged],
    ].toSorted(),
  );
  expect(await world.connector.resolveIdentity('deals', [a, b])).toEqual(
    new Map([
      [a, merged],
      [b, merged],
    ]),
  );
  const read = await world.connector.readByIds({ ...request, ids: [a, merged] });
  expect(read.map(({ id, mergedInto }) => [id, mergedInto])).toEqual([
    [a, merged],
    [merged, null],
  ]);
});

test('T5: an archived deal that is restored comes back alive', async () => {
  const [deal = ''] = world.create('opportunity', many(1));
  world.advance(60_000);
  world.remove('opportunity', [deal]);
  const gone = await pullAll(() => world.connector, await untilNow());
  world.advance(60_000);
  restoreRecord(scene(), scene().store.resolve(deal)!);
  const back = await pullAll(() => world.connector, await untilNow());

  expect(gone.records.map(({ deleted }) => deleted)).toEqual([true]);
  expect(back.records.map(({ deleted }) => deleted)).toEqual([false]);
});

test('T17: 900 properties, more than a search’s body or an address holds, and 500 ids are all read', async () => {
  const names = Array.from({ length: 900 }, (_, at) => `a_rather_long_name_of_a_property_${at}`);
  const { properties } = world.portal.store('deals');
  for (const name of names) {
    const group = { groupName: 'dealinformation' };
    properties.put({ name, label: name, type: 'string', fieldType: 'text', ...group }, 0);
  }
  const created = world.create('opportunity', many(500));
  const request = await window(['dealname', ...names]);

  const connector = world.open({ pageRecords: 1_000 });
  const { records } = await pullAll(() => connector, request);
  const filled = await connector.backfill(request, null);
  const read = await connector.readByIds({ ...request, ids: created });

  for (const found of [records, filled.records, read]) {
    expect(ids(found).toSorted()).toEqual(created.toSorted());
    expect(Object.keys(found[0]?.values ?? {})).toHaveLength(901);
  }
  const statuses = new Set(world.sandbox.calls.calls().map(({ status }) => status));
  expect([...statuses].filter((status) => status >= 400)).toEqual([401]); // the clock's probe
});

test('stages and owners read by what the portal says of them, not by their ids', async () => {
  const [deal = ''] = world.create('opportunity', many(1));
  const fields = ['dealstage.label', 'dealstage.is_closed', 'dealstage.is_won'];
  const request = await window([...fields, 'hubspot_owner_id.email']);

  const before = (await world.connector.pullChanges(request)).records[0]?.values;
  set(deal, { dealstage: 'closedwon' });
  const { until } = await untilNow();
  const after = (await world.connector.pullChanges({ ...request, until })).records[0]?.values;

  expect(Object.values(before ?? {})).toEqual([
    'Appointment Scheduled',
    false,
    false,
    'ada@contract.example',
  ]);
  expect([after?.['dealstage.label'], after?.['dealstage.is_won']]).toEqual(['Closed Won', true]);
});

test('a condition means the same to the search, the list and the read by id', async () => {
  const { properties } = world.portal.store('deals');
  const box = { label: 'x', groupName: 'dealinformation' };
  properties.put({ name: 'is_own', type: 'bool', fieldType: 'booleancheckbox', ...box }, 0);
  const [yes = '', no = '', unset = ''] = world.create('opportunity', many(3));
  set(yes, { is_own: 'true' });
  set(no, { is_own: 'false' });
  const found = async (where: string) => {
    const request = { ...(await untilNow()), where };
    const pulled = (await pullAll(() => world.connector, request)).records;
    const filled = (await world.connector.backfill(request, null)).records;
    const read = await world.connector.readByIds({ ...request, ids: [yes, no, unset] });
    const count = await world.connector.count('deals', where);
    expect(ids(filled).toSorted()).toEqual(ids(pulled).toSorted());
    expect(ids(read).toSorted()).toEqual(ids(pulled).toSorted());
    expect(count).toBe(pulled.length);
    return ids(pulled).toSorted();
  };

  expect(await found('is_own = true')).toEqual([yes]);
  expect(await found('is_own != true')).toEqual([no, unset].toSorted());
  expect(await found('is_own = false')).toEqual([no, unset].toSorted());
  expect(await found("is_own = true OR dealname IN ('deal 1', 'Deal 2')")).toEqual(
    [yes, no, unset].toSorted(),
  );
  expect(await found("is_own != null AND dealname != 'Deal 0'")).toEqual([no]);
  expect(await found("amount = null AND closedate > '2026-01-01'")).toHaveLength(3);
});
