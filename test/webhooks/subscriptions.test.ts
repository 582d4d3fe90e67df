/** What has to be subscribed, as the command line tells it and as the sandbox is set up by itself. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { subscribeSandbox } from '../../client/sandbox-webhooks.ts';
import { readEnv } from '../../env.ts';
import { loadMapping } from '../../mappings/load.ts';
import { webhookSubscriptions } from '../../mappings/webhook-subscriptions.ts';
import { rulesVersion } from '../../rules/version.ts';
import { toHubSpot } from '../../sandbox/seed/to-hubspot.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { webhookEndpoints } from '../../worker/webhooks.ts';
import { smallCompany } from '../support/cases-company.ts';
import { partnerSync } from '../support/command.ts';

jest.setTimeout(120_000);

const mappings = fileURLToPath(new URL('../../mappings', import.meta.url));

function mappingOf(connection: string) {
  const loaded = loadMapping(join(mappings, `${connection}.yaml`), { env: null, rulesVersion });
  if (!loaded.ok) throw new Error(loaded.problems[0]!.text);
  return loaded.mapping;
}

const wanted = webhookSubscriptions(mappingOf('sandbox-hubspot'));
const propertiesOf = (object: string) =>
  wanted.flatMap(({ objectType, propertyName }) =>
    objectType === object && propertyName !== undefined ? [propertyName] : [],
  );

test('every property that is read, asked for by a condition or written is subscribed, once', () => {
  const deal = propertiesOf('deal');

  expect(deal).toEqual(expect.arrayContaining(['dealstage', 'amount', 'partner_sourced']));
  expect(propertiesOf('company')).toEqual(expect.arrayContaining(['is_partner', 'name']));
  expect(deal).toEqual([...new Set(deal)]);
  // Labels are no properties, and the parts of a stage are one.
  expect(wanted.flatMap(({ propertyName }) => propertyName ?? []).join()).not.toMatch(/[:.]/);
});

test('each mapped object tells of its births, deaths, merges and associations; owners have no webhooks', () => {
  const of = (object: string) =>
    wanted
      .filter(({ objectType, propertyName }) => objectType === object && !propertyName)
      .map(({ subscriptionType }) => subscriptionType);

  expect(of('deal')).toEqual([
    'object.creation',
    'object.deletion',
    'object.restore',
    'object.merge',
    'object.associationChange',
  ]);
  expect(new Set(wanted.map(({ objectType }) => objectType))).toEqual(
    new Set(['deal', 'company', 'deal_registration', 'partner_touch']),
  );
});

test('Salesforce is polled: there is nothing to subscribe, and no endpoint', () => {
  const env = {
    SANDBOX_URL: 'http://127.0.0.1:1',
    SANDBOX_CLIENT_ID: 'sandbox',
    SANDBOX_CLIENT_SECRET: 'secret-1',
    SANDBOX_HUBSPOT_TOKEN: 'token-1',
  };

  expect(webhookSubscriptions(mappingOf('sandbox-salesforce'))).toEqual([]);
  expect([...webhookEndpoints(mappings, env).keys()]).toEqual(['sandbox-hubspot']);
});

test('without a secret in the mapping the endpoint is off, and says what is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ps-off-'));
  try {
    writeFileSync(
      join(folder, 'acme-hubspot.yaml'),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: ${NAMES} are what people write.
      'connection: acme-hubspot\nextends: hubspot\npolicy: none\nauth: { flow: token, access_token: "${T}" }\n',
    );
    const policy = readFileSync(join(mappings, 'sandbox-hubspot.yaml'), 'utf8')
      .replace('connection: sandbox-hubspot', 'connection: quiet-hubspot')
      .replace(/^ {2}client_secret:.*\n/m, '');
    writeFileSync(join(folder, 'quiet-hubspot.yaml'), policy);
    for (const part of ['presets', 'policies']) copy(part, folder);
    const env = { SANDBOX_URL: 'http://127.0.0.1:1', SANDBOX_HUBSPOT_TOKEN: 't', T: 't' };

    const off = webhookEndpoints(folder, env).get('quiet-hubspot');

    expect(off).toEqual({ off: expect.stringContaining('auth.client_secret') });
    expect(webhookEndpoints(folder, env).has('acme-hubspot')).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the sandbox is subscribed by itself: its portal tells the worker of every mapped object', async () => {
  const running = await startSandbox({ control: true, hubspotDataset: toHubSpot(smallCompany(0)) });
  try {
    const where = { sandbox: running.url, server: 'http://127.0.0.1:7788' };
    const env = { ...readEnv({}), PARTNER_SYNC_MAPPINGS: mappings };

    expect(await subscribeSandbox(env, where)).toEqual(['sandbox-hubspot']);

    const { targetUrl, subscriptions } = running.sandbox.portals.webhooksOf(
      running.sandbox.portals.defaultPortal,
    );
    expect(targetUrl).toBe('http://127.0.0.1:7788/webhooks/hubspot/sandbox-hubspot');
    expect(subscriptions).toHaveLength(wanted.length);
    expect(subscriptions.every(({ objectTypeId }) => /^\d+-\d+$/.test(objectTypeId ?? ''))).toBe(
      true,
    );
    // Without a control plane nothing is promised.
    const closed = await startSandbox({});
    await expect(subscribeSandbox(env, { ...where, sandbox: closed.url })).rejects.toThrow(
      'The sandbox took no webhooks',
    );
    await closed.close();
  } finally {
    await running.close();
  }
});

test('"webhooks" prints what to enter in HubSpot, and writes the file of a project app', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ps-webhooks-'));
  try {
    const file = join(folder, 'webhooks.json');
    const env = { PARTNER_SYNC_PUBLIC_URL: 'https://sync.acme.example/' };

    const ran = await partnerSync(['--json', 'webhooks', 'sandbox-hubspot', '--file', file], env);

    const { connections } = ran.json<{ connections: Record<string, unknown>[] }>();
    expect(ran.code).toBe(0);
    expect(connections).toEqual([
      {
        connection: 'sandbox-hubspot',
        targetUrl: 'https://sync.acme.example/webhooks/hubspot/sandbox-hubspot',
        secret: 'SANDBOX_CLIENT_SECRET',
        on: true,
        subscriptions: wanted,
      },
    ]);
    const { type, config } = JSON.parse(readFileSync(file, 'utf8'));
    const { settings, subscriptions } = config;
    expect(type).toBe('webhooks');
    expect(settings.targetUrl).toBe(connections[0]!['targetUrl']);
    expect(subscriptions.crmObjects).toHaveLength(wanted.length);
    expect(ran.out + ran.err).not.toContain('sandbox-secret');
    const salesforce = await partnerSync(['webhooks', 'sandbox-salesforce']);
    expect([salesforce.code, salesforce.err]).toEqual([1, expect.stringContaining('polled only')]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function copy(part: string, folder: string): void {
  cpSync(join(mappings, part), join(folder, part), { recursive: true });
}
