/** The record pages in memory: addresses, lists, the reason, edits as a user, hostile names. */
import { beforeEach, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { Clock } from '../../sandbox/clock.ts';
import type { Dataset, DatasetField } from '../../sandbox/dataset.ts';
import { mountPages } from '../../sandbox/pages/mount.ts';
import { Org } from '../../sandbox/salesforce/org.ts';

const SELLER = '005000000000001AAA';
const DEAL = '006000000000001AAA';
const PARTNER = '001000000000001AAA';
const HOSTILE = '<script>alert("x")</script>\'&';

const field = (name: string, type: DatasetField['type'], more: Partial<DatasetField> = {}) => ({
  name,
  label: name.replace(/__c$/, '').replaceAll('_', ' '),
  type,
  ...more,
});

const dataset: Dataset = {
  today: '2026-11-27',
  objects: [
    {
      name: 'User',
      label: 'User',
      fields: [],
      rows: [{ Id: SELLER, Name: 'Sofia Reyes', IsActive: true }],
    },
    {
      name: 'Account',
      label: 'Account',
      fields: [field('Partner_Tier__c', 'picklist', { picklist: ['Silver', 'Gold'] })],
      rows: [
        { Id: PARTNER, Name: 'Northgate', Type: 'Partner', Partner_Tier__c: 'Gold' },
        {
          Id: '001000000000002AAA',
          Name: HOSTILE,
          Type: 'Customer',
          Website: 'javascript:alert(1)',
        },
        {
          Id: '001000000000003AAA',
          Name: 'Northgate (old)',
          Type: 'Partner',
          IsDeleted: true,
          MasterRecordId: PARTNER,
        },
      ],
    },
    {
      name: 'Opportunity',
      label: 'Opportunity',
      fields: [
        field('Partner_Sourced__c', 'boolean'),
        field('Partner_Attribution_Type__c', 'picklist', { picklist: ['Sourced', 'Direct'] }),
        field('Partner_Attribution_Reason__c', 'string', { length: 255 }),
        field('Sourcing_Partner__c', 'reference', { referenceTo: ['Account'] }),
        field('Product__c', 'picklist', { picklist: ['Ledger'], restricted: true }),
        field('Loss_Reason__c', 'string', { length: 20 }),
      ],
      rows: [
        {
          Id: DEAL,
          Name: 'Case 03 Opened before approval',
          AccountId: '001000000000002AAA',
          OwnerId: SELLER,
          StageName: 'Qualification',
          Amount: 88000,
          CloseDate: '2026-11-30',
          Partner_Sourced__c: true,
          Partner_Attribution_Type__c: 'Sourced',
          Partner_Attribution_Reason__c: `Sourced by Northgate. ${HOSTILE}`,
          Sourcing_Partner__c: PARTNER,
          Product__c: 'Ledger',
          SystemModstamp: '2026-11-20T10:00:00.000Z',
        },
        ...Array.from({ length: 60 }, (_, i) => ({
          Id: `0060000000001${String(i).padStart(2, '0')}AAA`,
          Name: `Deal ${String(i).padStart(2, '0')}`,
          OwnerId: SELLER,
          StageName: i < 3 ? 'Closed Won' : 'Prospecting',
          Amount: i * 100,
          CloseDate: '2027-02-01',
        })),
      ],
    },
    {
      name: 'Deal_Registration__c',
      label: 'Deal Registration',
      fields: [
        field('Partner__c', 'reference', { referenceTo: ['Account'] }),
        field('Opportunity__c', 'reference', { referenceTo: ['Opportunity'] }),
        field('Status__c', 'picklist', { picklist: ['Submitted', 'Approved'], restricted: true }),
      ],
      rows: [
        {
          Id: 'a0R000000000001EAA',
          Name: 'DR-00001',
          Partner__c: PARTNER,
          Opportunity__c: DEAL,
          Status__c: 'Submitted',
        },
      ],
    },
  ],
  validationRules: [
    {
      object: 'Opportunity',
      name: 'Loss_Reason_Required',
      when: {
        all: [
          { field: 'StageName', is: '=', value: 'Closed Lost' },
          { field: 'Loss_Reason__c', is: 'blank' },
        ],
      },
      message: 'Please give a loss reason.',
      field: 'Loss_Reason__c',
    },
  ],
};

let org: Org;
let app: Hono;

beforeEach(() => {
  const clock = new Clock();
  clock.freeze(Date.parse('2026-11-27T09:00:00Z'));
  org = new Org('00D5g0000000001EAA', 'Halden Software', clock);
  org.load(dataset);
  app = new Hono();
  mountPages(app, { orgs: () => [org] });
});

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await app.request(path, { headers });
  return {
    status: response.status,
    location: response.headers.get('location'),
    text: await response.text(),
  };
};
const post = async (
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
) => {
  const body = new URLSearchParams(form);
  const response = await app.request(path, { method: 'POST', body, headers });
  return {
    status: response.status,
    location: response.headers.get('location'),
    text: await response.text(),
  };
};
const view = `/lightning/r/Opportunity/${DEAL}/view`;
const edit = `/lightning/r/Opportunity/${DEAL}/edit`;
/** The words of a page, without its tags. */
const words = (text: string) => text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('the home page lists the views with how many records each holds', async () => {
  const { status, text } = await get('/lightning/page/home');

  expect(status).toBe(200);
  expect(words(text)).toContain('All open 58');
  expect(words(text)).toContain('Closing this month 1');
  expect(words(text)).toContain('Partner sourced 1');
  expect(words(text)).toContain('Waiting for a decision 1');
});

test.each([
  ['/', '/lightning/page/home'],
  [`/${DEAL}`, view],
  [`/${DEAL.slice(0, 15)}`, view],
  [`/lightning/r/${DEAL}/view`, view],
  [`/lightning/r/Account/${DEAL}/view`, view],
])('%s leads to %s, as in a CRM', async (from, to) => {
  const { status, location } = await get(from);

  expect(status).toBe(302);
  expect(location).toBe(to);
});

test('an opportunity shows the reason first, its fields, registrations and history', async () => {
  const page = words((await get(view)).text);

  expect(page).toContain('Case 03 Opened before approval');
  expect(page).toContain('30 Nov 2026');
  expect(page).toContain('88,000.00');
  expect(page).toContain('Sourced by Northgate.');
  expect(page).toContain('Deal Registrations 1');
  expect(page).toContain('DR-00001');
  expect(page).toContain('Open tasks 0');
  expect(page).toContain('No field has been changed since the data was loaded.');
  expect(page.indexOf('Sourced by Northgate.')).toBeLessThan(page.indexOf('Details'));
});

test('a partner shows its tier and what hangs on it', async () => {
  const page = words((await get(`/lightning/r/Account/${PARTNER}/view`)).text);

  expect(page).toContain('Partner Tier Gold');
  expect(page).toContain('Opportunities (Sourcing Partner)');
  expect(page).toContain('Deal Registrations 1');
});

test('a merged account says into which one', async () => {
  const { text } = await get('/lightning/r/Account/001000000000003AAA/view');

  expect(words(text)).toContain('This record was merged into Northgate');
  expect(text).not.toContain('/edit"');
});

test('lists are paged, searched and sorted by the address alone', async () => {
  const list = '/lightning/o/Opportunity/list?filterName=All';
  const second = words((await get(`${list}&page=2`)).text);
  const found = words((await get(`${list}&q=deal+4`)).text);
  const sorted = (await get(`${list}&sort=-Amount`)).text;

  expect(second).toContain('Page 2 of 2');
  expect(second).toContain('Deal 59');
  expect(second).not.toContain('Deal 10 ');
  expect(found).toContain('10 records');
  expect(sorted.indexOf('Case 03')).toBeLessThan(sorted.indexOf('Deal 59'));
  expect(sorted.indexOf('Deal 59')).toBeLessThan(sorted.indexOf('Deal 58'));
});

test('the named cases have their own list, and an unknown view is the first one', async () => {
  const cases = words((await get('/lightning/o/Opportunity/list?filterName=NamedCases')).text);
  const unknown = words((await get('/lightning/o/Opportunity/list?filterName=Nope')).text);

  expect(cases).toContain('1 record ');
  expect(unknown).toContain('58 records');
});

test.each([
  '/006000000000009AAA',
  '/lightning/r/Opportunity/006000000000009AAA/view',
  '/lightning/r/Opportunity/<b>bad</b>/view',
  '/lightning/o/Nothing__c/list',
  '/lightning/r/Opportunity/006000000000001AAA/related/Nope.Nope/view',
  '/lightning/setup',
])('%s is answered with a friendly 404', async (path) => {
  const { status, text } = await get(path);

  expect(status).toBe(404);
  expect(words(text)).toContain('We could not find that');
  expect(text).not.toContain('<b>bad</b>');
});

test('an edit goes through the org: history, last modifier and timestamps as by API', async () => {
  org.clock.advance(60_000);

  const answer = await post(edit, { _fields: 'StageName', StageName: 'Proposal/Price Quote' });

  expect(answer.status).toBe(303);
  expect(answer.location).toBe(`${view}?saved=Stage`);
  expect(org.get('Opportunity', DEAL)).toMatchObject({
    StageName: 'Proposal/Price Quote',
    Probability: 75,
    LastModifiedById: org.adminId,
    SystemModstamp: '2026-11-27T09:01:00.000+0000',
    LastStageChangeDate: '2026-11-27T09:01:00.000+0000',
    Amount: 88000,
  });
  expect(org.writeLog().at(-1)).toMatchObject({
    via: 'page',
    operation: 'update',
    by: org.adminId,
  });
  const page = words((await get(answer.location!)).text);
  expect(page).toContain('Saved: Stage.');
  expect(page).toMatch(
    /27 Nov 2026, 09:01 UTC Stage Sandbox Admin Qualification Proposal\/Price Quote/,
  );
});

test('the chosen user is the one who edits', async () => {
  const chosen = await app.request('/lightning/acting-as', {
    method: 'POST',
    body: new URLSearchParams({ user: SELLER, back: view }),
  });
  const cookie = chosen.headers.get('set-cookie')!.split(';')[0]!;

  await post(edit, { _fields: 'Amount', Amount: '90000.50' }, { cookie });

  expect(chosen.status).toBe(303);
  expect(chosen.headers.get('location')).toBe(view);
  expect(org.get('Opportunity', DEAL)).toMatchObject({
    Amount: 90000.5,
    LastModifiedById: SELLER,
  });
});

test('saving without a change writes nothing', async () => {
  const stamp = org.get('Opportunity', DEAL)?.['SystemModstamp'];

  const answer = await post(edit, {
    _fields: 'StageName,Amount',
    StageName: 'Qualification',
    Amount: '88000',
  });

  expect(answer.location).toContain('saved=nothing+was+changed');
  expect(org.get('Opportunity', DEAL)?.['SystemModstamp']).toBe(stamp);
});

test('an unticked box and an emptied field are saved as such', async () => {
  await post(edit, { _fields: 'Partner_Sourced__c,Amount,Sourcing_Partner__c', Amount: '' });

  expect(org.get('Opportunity', DEAL)).toMatchObject({
    Partner_Sourced__c: false,
    Amount: null,
    Sourcing_Partner__c: null,
  });
});

test.each([
  ['a validation rule', { StageName: 'Closed Lost' }, 'Please give a loss reason.'],
  ['a restricted picklist', { Product__c: 'Other' }, 'Bad value for restricted picklist field'],
  ['a number that is none', { Amount: 'plenty' }, 'Value not of required type: plenty'],
  ['a text too long', { Loss_Reason__c: 'x'.repeat(21) }, 'max length=20'],
  ['a required field', { CloseDate: '' }, 'Required fields are missing'],
  ['a name nobody has', { AccountId: 'Nobody' }, 'There is no Account called'],
])(
  '%s is refused in words, what was typed stays, and nothing is written',
  async (_, form, message) => {
    const [name, typed] = Object.entries(form)[0]!;
    const all = {
      _fields: `${name},StageName,NextStep`,
      StageName: 'Qualification',
      NextStep: 'Call',
      ...form,
    };

    const answer = await post(edit, all);

    expect(answer.status).toBe(422);
    expect(words(answer.text)).toContain('The record was not saved.');
    expect(answer.text).toContain(message);
    expect(answer.text).toContain('value="Call"');
    if (typed) expect(answer.text).toContain(typed);
    expect(org.get('Opportunity', DEAL)?.['NextStep']).toBeNull();
    expect(org.writeLog()).toHaveLength(0);
  },
);

test('a look-up is found by the name people see', async () => {
  await post(edit, { _fields: 'AccountId', AccountId: 'northgate' });

  expect(org.get('Opportunity', DEAL)?.['AccountId']).toBe(PARTNER);
});

test('a record changed by someone else in between is not overwritten', async () => {
  const form = { _fields: 'Amount', _seen: '2026-11-20T09:59:59.000+0000', Amount: '1' };

  const answer = await post(edit, form);

  expect(answer.status).toBe(422);
  expect(words(answer.text)).toContain('changed by someone else');
  expect(org.get('Opportunity', DEAL)?.['Amount']).toBe(88000);
});

test('system fields cannot be edited by posting their names', async () => {
  const answer = await post(edit, {
    _fields: 'SystemModstamp,IsWon',
    SystemModstamp: 'x',
    IsWon: 'true',
  });

  expect(answer.status).toBe(422);
  expect(words(answer.text)).toContain('may not edit SystemModstamp, IsWon');
  expect(org.get('Opportunity', DEAL)?.['IsWon']).toBe(false);
});

test('a field without a permission is read-only for a seller, not for the admin', async () => {
  org.describe('Opportunity').put({ name: 'Engine__c', type: 'string', length: 80, gated: true });
  const cookie = `sandbox_user=${SELLER}`;
  const form = { _fields: 'Engine__c', Engine__c: 'changed' };

  const seller = await post(edit, form, { cookie });
  const admin = await post(edit, form);

  expect(seller.status).toBe(422);
  expect(words(seller.text)).toContain('Sofia Reyes may not edit Engine__c');
  expect(admin.status).toBe(303);
  expect(org.get('Opportunity', DEAL)?.['Engine__c']).toBe('changed');
});

test.each([
  [{ origin: 'https://evil.example', host: 'localhost' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ origin: 'null', host: 'localhost' }],
])('a form sent from another site is refused: %j', async (headers) => {
  const answer = await post(edit, { _fields: 'Amount', Amount: '1' }, headers);
  const acting = await post('/lightning/acting-as', { user: SELLER }, headers);

  expect([answer.status, acting.status]).toEqual([403, 403]);
  expect(org.get('Opportunity', DEAL)?.['Amount']).toBe(88000);
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', ''])(
  'choosing a user leads back into the sandbox only, not to "%s"',
  async (back) => {
    const answer = await post('/lightning/acting-as', { user: SELLER, back });

    expect(answer.location).toBe('/lightning/page/home');
  },
);

test('hostile names are shown as text, and no script address becomes a link', async () => {
  const account = '/lightning/r/Account/001000000000002AAA';
  const paths = [
    view,
    edit,
    `${account}/view`,
    `${account}/edit`,
    '/lightning/o/Account/list?filterName=Customers',
    `/lightning/o/Account/list?filterName=Customers&q=${encodeURIComponent(HOSTILE)}`,
    `${view}?saved=${encodeURIComponent(HOSTILE)}`,
    `${account}/related/Opportunity.AccountId/view`,
  ];
  for (const path of paths) {
    const { status, text } = await get(path);
    expect(status).toBe(200);
    expect(text).not.toContain('<script');
    expect(text).not.toContain('href="javascript:');
    expect(text).toContain('&lt;script&gt;');
  }
});

test('pages allow no script and no frame, and every input has its label', async () => {
  const response = await app.request(edit);
  const text = await response.text();
  const ids = [...text.matchAll(/<(?:input|select|textarea)[^>]* id="([^"]+)"/g)].map((m) => m[1]!);

  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(text).toContain('<html lang="en">');
  expect(text.match(/<h1/g)).toHaveLength(1);
  expect(ids.length).toBeGreaterThan(5);
  for (const id of ids) expect(text).toContain(`for="${id}"`);
});

test('with several orgs a link opens the org that holds the record', async () => {
  const other = new Org('00D5g0000000002EAA', 'Empty org', org.clock);
  const both = new Hono();
  mountPages(both, { orgs: () => [other, org] });

  const page = await (await both.request(view)).text();
  const home = await (await both.request('/lightning/page/home')).text();

  expect(page).toContain('Case 03 Opened before approval');
  expect(home).toContain('Empty org');
});
