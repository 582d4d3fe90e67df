/** HubSpot's record pages, read and posted to in memory. */
import { beforeAll, expect, test } from '@jest/globals';
import { samplePortal } from '../../sandbox/seed/sample-company.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';

let sandbox: Sandbox;
let dealId: string;
let base: string;

beforeAll(() => {
  sandbox = createSandbox({ hubspotDataset: samplePortal(1, '2026-11-21') });
  const portal = sandbox.portals.defaultPortal;
  base = `/contacts/${portal.id}`;
  const store = portal.store('deals');
  const name = store.properties.get('dealname')!.slot;
  const deal = [...store.all()].find((one) => String(one.values[name]).startsWith('Case 19'))!;
  dealId = deal.id;
});

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await sandbox.fetch(new Request(`http://sandbox${path}`));
  return { status: response.status, text: await response.text() };
}
function post(path: string, fields: Record<string, string>, headers = {}): Promise<Response> {
  const body = new URLSearchParams(fields);
  return sandbox.fetch(new Request(`http://sandbox${path}`, { method: 'POST', body, headers }));
}
const deal = () => sandbox.portals.defaultPortal.store('deals').live(dealId)!;

test('the list shows deals, newest change first, and finds by name', async () => {
  const { status, text } = await get(`${base}/objects/0-3/views/all/list?q=case+19`);
  expect(status).toBe(200);
  expect(text).toContain(`${base}/record/0-3/${dealId}`);
});

test("a deal's page shows stages, associations with labels, tasks and history", async () => {
  const { text } = await get(`${base}/record/0-3/${dealId}`);
  for (const words of [
    'Negotiation',
    'Reseller',
    'Referral partner',
    'Property history',
    'Tasks',
  ]) {
    expect(text).toContain(words);
  }
});

test('a stage is changed on the page as the person chosen, with history', async () => {
  const portal = sandbox.portals.defaultPortal;
  const stage = portal.pipelines.stagesOf('deal').find(({ label }) => label === 'On Hold')!;
  const owner = [...portal.owners.values()].find(({ email }) => email.startsWith('sofia'))!;
  const saved = await post(
    `${base}/record/0-3/${dealId}/edit`,
    { _fields: 'dealstage', _seen: String(deal().updatedAt), dealstage: stage.id },
    { cookie: `sandbox_hubspot_user=${owner.id}` },
  );
  expect(saved.status).toBe(303);
  const { text } = await get(`${base}/record/0-3/${dealId}`);
  expect(text).toContain('Sofia Reyes');
  expect(deal().author).toMatchObject({ sourceType: 'CRM_UI', userId: owner.userId });
  expect(deal().visits?.at(-1)?.stageId).toBe(stage.id);
});

test('a form opened before another change is refused, and nothing is written', async () => {
  const before = deal();
  const fields = { _fields: 'amount', _seen: '1', amount: '5' };
  expect((await post(`${base}/record/0-3/${dealId}/edit`, fields)).status).toBe(409);
  expect(deal()).toBe(before);
});

test('a wrong value comes back with what was typed; a form from elsewhere is refused', async () => {
  const seen = { _fields: 'amount', _seen: String(deal().updatedAt) };
  const wrong = await post(`${base}/record/0-3/${dealId}/edit`, { ...seen, amount: 'plenty' });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('plenty was not a valid number.');
  const foreign = { 'sec-fetch-site': 'cross-site' };
  const refused = await post(
    `${base}/record/0-3/${dealId}/edit`,
    { ...seen, amount: '1' },
    foreign,
  );
  expect(refused.status).toBe(403);
});

test('names of records are escaped', async () => {
  const portal = sandbox.portals.defaultPortal;
  const store = portal.store('deals');
  const slot = store.properties.get('dealname')!.slot;
  const values = [...deal().values];
  values[slot] = '<script>alert(1)</script>';
  store.put({ ...deal(), values });
  const { text } = await get(`${base}/record/0-3/${dealId}`);
  expect(text).not.toContain('<script>');
  expect(text).toContain('&lt;script&gt;');
});

test('the id of a merged company leads to the merged record', async () => {
  const portal = sandbox.portals.defaultPortal;
  const store = portal.store('companies');
  const merged = [...store.all()].find((one) => one.mergedIds !== null)!;
  const old = await sandbox.fetch(
    new Request(`http://sandbox${base}/record/0-2/${merged.mergedIds![0]}`),
  );
  expect(old.status).toBe(302);
  expect(old.headers.get('location')).toBe(`${base}/record/0-2/${merged.id}`);
});
