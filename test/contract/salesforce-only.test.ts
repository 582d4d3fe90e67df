/** What only Salesforce has, through jsforce against the sandbox: Bulk, JWT, long addresses. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BackfillPage, Connector, CrmRecord } from '../../connectors/connector.ts';
import { type OpenSalesforceOptions, openSalesforce } from '../../connectors/salesforce/open.ts';
import type { DatasetObject, DatasetRow } from '../../sandbox/dataset.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { pullAll } from './reading.ts';

let running: RunningSandbox;
const opened: Connector[] = [];

beforeEach(async () => {
  running = await startSandbox();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connector) => connector.close()));
  await running.close();
});

function open(options: Partial<OpenSalesforceOptions> = {}): Connector {
  const connector = openSalesforce({
    auth: {
      flow: 'client-credentials',
      loginUrl: running.url,
      clientId: 'sandbox',
      clientSecret: 'sandbox-secret',
    },
    budget: { take: async () => {}, observe: () => {} },
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    requestTimeoutMs: 10_000,
    pollIntervalMaxMs: 50,
    ...options,
  });
  opened.push(connector);
  return connector;
}

function createAccounts(count: number): string[] {
  const org = running.sandbox.tenants.defaultOrg;
  const rows = Array.from({ length: count }, (_, at) => ({
    Name: `Account "${at}", é`,
    AnnualRevenue: at / 4,
    Description: at % 2 === 0 ? null : 'two\nlines',
  }));
  return org.insert('Account', rows, org.admin).map(({ id }) => id ?? '');
}

const byId = (records: CrmRecord[]) => records.toSorted((a, b) => (a.id < b.id ? -1 : 1));

test('a bulk backfill reads the same records as pages do, deleted ones too, and resumes', async () => {
  const created = createAccounts(30);
  const org = running.sandbox.tenants.defaultOrg;
  org.delete('Account', created.slice(0, 2), org.admin);
  const connector = open({ bulkFromRecords: 1 });
  const request = {
    object: 'Account',
    fields: ['Name', 'AnnualRevenue', 'Description', 'CreatedDate', 'Owner.Name', 'Owner.IsActive'],
    from: null,
    until: await connector.now(),
    priority: 5 as const,
  };

  const records: CrmRecord[] = [];
  const resumes: (string | null)[] = [];
  let resume: string | null = null;
  do {
    // Another process each time: the token alone carries the job.
    const page: BackfillPage = await open({ bulkFromRecords: 1 }).backfill(request, resume);
    records.push(...page.records);
    resume = page.resume;
    resumes.push(resume);
  } while (resume !== null && resumes.length < 20);

  expect(resumes[0]).toMatch(/^b\.\w+\.$/);
  expect(byId(records)).toEqual(byId((await pullAll(() => connector, request)).records));
  expect(records).toHaveLength(30);
  expect(records.filter(({ deleted }) => deleted)).toHaveLength(2);
});

test('a JWT connection signs in and acts as its user', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { tenants } = running.sandbox;
  const org = tenants.defaultOrg;
  const [user] = org.query(`SELECT Username FROM User WHERE Id = '${org.integrationUserId}'`);
  tenants.addApp({
    clientId: 'jwt-app',
    clientSecret: 'unused',
    orgId: org.id,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });

  const account = await open({
    auth: {
      flow: 'jwt-bearer',
      loginUrl: running.url,
      clientId: 'jwt-app',
      username: String(user?.Username),
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    },
  }).account();

  expect(account.userId).toBe(org.integrationUserId);
  expect(account.accountId).toBe(org.id);
});

test('900 fields need no address the CRM refuses, and no row or value is lost', async () => {
  const org = running.sandbox.tenants.defaultOrg;
  const fields = Array.from({ length: 900 }, (_, at) => `A_Field_With_A_Long_Name_${at}__c`);
  for (const name of fields) {
    org.object('Account').put({ name, label: name, type: 'string', length: 20 });
  }
  org.touchMetadata();
  const rows = Array.from({ length: 60 }, (_, at) => ({
    Name: `A${at}`,
    [fields[0] ?? '']: `first ${at}`,
    [fields[899] ?? '']: `last ${at}`,
  }));
  const created = org.insert('Account', rows, org.admin).map(({ id }) => id ?? '');
  const connector = open();
  const request = {
    object: 'Account',
    fields,
    from: null,
    until: await connector.now(),
    priority: 3 as const,
  };

  const pulled = (await pullAll(() => connector, request)).records;
  const read = await connector.readByIds({ ...request, ids: created });

  expect(byId(read)).toEqual(byId(pulled));
  expect(pulled.map(({ id }) => id).toSorted()).toEqual(created.toSorted());
  const values = new Map(pulled.map((record) => [record.id, record.values]));
  expect(created.map((id) => values.get(id)?.[fields[899] ?? ''])).toEqual(
    created.map((_, at) => `last ${at}`),
  );
  expect(Object.keys(pulled[0]?.values ?? {})).toHaveLength(900);
});

test('field names do not mind case, and the values stand under the names as mapped', async () => {
  createAccounts(1);
  const connector = open();

  const page = await connector.pullChanges({
    object: 'Account',
    fields: ['name', 'owner.NAME', 'Id', 'NAME'],
    from: null,
    until: await connector.now(),
    priority: 3,
  });

  expect(page.records[0]?.values).toEqual({
    name: 'Account "0", é',
    'owner.NAME': 'Sandbox Admin',
    Id: page.records[0]?.id,
    NAME: 'Account "0", é',
  });
});

test('an org with one currency has no rates', async () => {
  expect(await open().rates()).toEqual([]);
  expect((await open().account()).multiCurrency).toBe(false);
});

test('rates are dated where the org dates them, and say what one unit is worth', async () => {
  const org = running.sandbox.tenants.defaultOrg;
  const euro = { IsoCode: 'EUR', ConversionRate: 0.8, IsCorporate: false, IsActive: true };
  const dollar = { IsoCode: 'USD', ConversionRate: 1, IsCorporate: true, IsActive: true };
  const pound = { IsoCode: 'GBP', ConversionRate: 0.5, IsCorporate: false, IsActive: true };
  org.load({
    today: '2026-11-20',
    objects: [
      currencyTable('CurrencyType', [euro, dollar, pound]),
      currencyTable('DatedConversionRate', [
        { IsoCode: 'EUR', StartDate: '2025-01-01', ConversionRate: 0.96 },
        { IsoCode: 'EUR', StartDate: '2026-01-01', ConversionRate: 0.8 },
      ]),
    ],
  });

  const rates = await open().rates();
  const account = await open().account();

  expect(rates.toSorted((a, b) => (a.rate < b.rate ? -1 : 1))).toEqual([
    { currency: 'USD', rate: '1', validFrom: '1970-01-01' },
    { currency: 'EUR', rate: '1.041666666666666667', validFrom: '2025-01-01' },
    { currency: 'EUR', rate: '1.25', validFrom: '2026-01-01' },
    { currency: 'GBP', rate: '2', validFrom: '1970-01-01' },
  ]);
  expect([account.multiCurrency, account.currency]).toEqual([true, 'USD']);
});

function currencyTable(name: string, rows: DatasetRow[]): DatasetObject {
  return { name, label: name, fields: [], rows };
}

test('deletions older than the org keeps are refused with a remedy, not left out', async () => {
  const connector = open();
  const until = Date.parse(await connector.now());
  const from = new Date(until - 40 * 86_400_000).toISOString();

  await expect(
    connector.pullDeleted('Account', from, new Date(until).toISOString()),
  ).rejects.toMatchObject({ kind: 'rejected', call: { code: 'INVALID_REPLICATION_DATE' } });
});
