/** SOQL over an org: what comes back, and how bad queries are refused. */
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Clock } from '../../sandbox/clock.ts';
import type { DatasetRow } from '../../sandbox/dataset.ts';
import { ApiError } from '../../sandbox/salesforce/errors.ts';
import { Org } from '../../sandbox/salesforce/org.ts';
import { testNow } from './client.ts';

let org: Org;
const id = (prefix: string, n: number) => `${prefix}${String(n).padStart(12, '0')}AAA`;

const opportunities: DatasetRow[] = Array.from({ length: 60 }, (_, i) => ({
  Id: id('006', i + 1),
  Name: ['Alpha', 'beta', "O'Neil 100%", 'Gamma_x'][i % 4]!,
  AccountId: i % 5 === 0 ? null : id('001', (i % 3) + 1),
  StageName: i % 3 === 0 ? 'Closed Won' : 'Prospecting',
  Amount: i % 7 === 0 ? null : i * 10,
  CloseDate: `2026-1${i % 3}-15`,
  Description: 'long',
  CreatedDate: `2026-11-${String(10 + (i % 10)).padStart(2, '0')}T00:00:00.000Z`,
  SystemModstamp: `2026-11-${String(10 + (i % 4)).padStart(2, '0')}T08:00:00.000Z`,
}));

beforeAll(() => {
  const clock = new Clock();
  clock.freeze(testNow);
  org = new Org('00D5g0000000001EAA', 'Test', clock);
  const accounts = [1, 2, 3].map((n) => ({
    Id: id('001', n),
    Name: `Account ${n}`,
    Type: n === 1 ? 'Partner' : 'Other',
    Tags__c: ['a;b', 'b', null][n - 1]!,
  }));
  org.load({
    today: '2026-11-20',
    objects: [
      {
        name: 'Account',
        label: 'Account',
        fields: [{ name: 'Tags__c', label: 'Tags', type: 'multipicklist', picklist: ['a', 'b'] }],
        rows: accounts,
      },
      { name: 'Opportunity', label: 'Opportunity', fields: [], rows: opportunities },
    ],
  });
});

const count = (where: string) => org.query(`SELECT Id FROM Opportunity WHERE ${where}`).length;

test.each([
  ["Name = 'ALPHA'", 15],
  ["Name != 'alpha'", 45],
  ["Name LIKE 'o\\'neil%'", 15],
  ["Name LIKE '%100\\%'", 15],
  ["Name LIKE 'Gamma\\_%'", 15],
  ["Name IN ('alpha', 'BETA')", 30],
  ["Name NOT IN ('alpha', 'BETA')", 30],
  ['Amount = null', 9],
  ['Amount != null', 51],
  ['Amount > 500', 8],
  ['NOT Amount > 500', 52],
  ['IsWon = TRUE', 20],
  ["AccountId = '001000000000001'", 16],
  ["Account.Type = 'partner'", 16],
  ['AccountId = null', 12],
  ["AccountId IN (SELECT Id FROM Account WHERE Type = 'Partner')", 16],
  ["AccountId NOT IN (SELECT Id FROM Account WHERE Type = 'Partner')", 44],
  ['CloseDate = 2026-11-15', 20],
  ['CloseDate > TODAY', 20],
  ['CloseDate = THIS_MONTH', 20],
  ['CreatedDate = YESTERDAY', 6],
  ['CreatedDate = LAST_N_DAYS:3', 18],
  ['CreatedDate < LAST_N_DAYS:3', 42],
  ['CreatedDate >= 2026-11-19T01:00:00+01:00', 6],
  ['DAY_ONLY(CreatedDate) = 2026-11-10', 6],
  ["(Name = 'alpha' OR Name = 'beta') AND IsWon = false", 20],
])('WHERE %s finds %i opportunities', (where, expected) => {
  expect(count(where)).toBe(expected);
});

test('INCLUDES matches any of its choices, a choice with ; all of its parts', () => {
  const names = (where: string) =>
    org.query(`SELECT Name FROM Account WHERE ${where} ORDER BY Name`).map((row) => row['Name']);

  expect(names("Tags__c INCLUDES ('a;b')")).toEqual(['Account 1']);
  expect(names("Tags__c INCLUDES ('b')")).toEqual(['Account 1', 'Account 2']);
  expect(names("Tags__c EXCLUDES ('a')")).toEqual(['Account 2', 'Account 3']);
});

test('the planner finds the same rows as a plain scan, for any keyset window', () => {
  const stamp = fc.constantFrom('2026-11-10', '2026-11-11', '2026-11-12', '2026-11-14');
  const operator = fc.constantFrom('>', '>=', '<', '<=', '=');
  fc.assert(
    fc.property(stamp, operator, fc.nat(61), fc.boolean(), (day, op, n, nested) => {
      const at = `${day}T08:00:00Z`;
      const after = `Id > '${id('006', n)}'`;
      const where = nested
        ? `SystemModstamp >= ${at} AND (SystemModstamp > ${at} OR ${after})`
        : `SystemModstamp ${op} ${at} OR (SystemModstamp = ${at} AND ${after})`;
      const ordered = org.query(
        `SELECT Id, SystemModstamp FROM Opportunity WHERE ${where} ORDER BY SystemModstamp, Id`,
      );
      const scanned = opportunities.filter((row) => {
        const [own, later] = [String(row['SystemModstamp']), String(row['Id']) > id('006', n)];
        const mark = `${day}T08:00:00.000Z`;
        const compare = { '>': own > mark, '>=': own >= mark, '<': own < mark, '<=': own <= mark };
        const holds = op === '=' ? own === mark : compare[op as '>'];
        return nested ? own >= mark && (own > mark || later) : holds || (own === mark && later);
      });
      const key = (row: DatasetRow) => `${row['SystemModstamp']}${row['Id']}`;
      scanned.sort((a, b) => (key(a) < key(b) ? -1 : 1));
      expect(ordered.map((row) => row['Id'])).toEqual(scanned.map((row) => row['Id']));
    }),
  );
});

test('a keyset loop over equal timestamps returns every row once', () => {
  const seen: unknown[] = [];
  let where = 'SystemModstamp > 2026-01-01T00:00:00Z';
  for (;;) {
    const page = org.query(
      `SELECT Id, SystemModstamp FROM Opportunity WHERE ${where} ORDER BY SystemModstamp, Id LIMIT 7`,
    );
    seen.push(...page.map((row) => row['Id']));
    const last = page.at(-1);
    if (!last || page.length < 7) break;
    const at = String(last['SystemModstamp']).replace('+0000', 'Z');
    where = `SystemModstamp > ${at} OR (SystemModstamp = ${at} AND Id > '${last['Id']}')`;
  }

  expect(seen.length).toBe(60);
  expect(new Set(seen).size).toBe(60);
});

test('aggregates group, count, sum, filter by HAVING and name unnamed columns expr0', () => {
  const rows = org.query(
    'SELECT StageName, COUNT(Id), SUM(Amount) total FROM Opportunity GROUP BY StageName ' +
      'HAVING COUNT(Id) > 20 ORDER BY StageName',
  );

  expect(rows).toEqual([
    { attributes: { type: 'AggregateResult' }, StageName: 'Prospecting', expr0: 40, total: 10110 },
  ]);
});

test('nulls sort first in both directions unless the query says otherwise', () => {
  const first = (order: string) =>
    org.query(`SELECT Amount FROM Opportunity ORDER BY Amount ${order} LIMIT 1`)[0]?.['Amount'];

  expect(first('ASC')).toBeNull();
  expect(first('DESC')).toBeNull();
  expect(first('DESC NULLS LAST')).toBe(590);
});

test('parents nest, children come as a query result of their own', () => {
  const [account] = org.query(
    "SELECT Name, Owner.Name, (SELECT Name FROM Opportunities WHERE Amount > 550 ORDER BY Name) FROM Account WHERE Name = 'Account 3'",
  );

  expect(account).toMatchObject({
    Name: 'Account 3',
    Owner: { attributes: { type: 'User' }, Name: 'Sandbox Admin' },
    Opportunities: { totalSize: 1, done: true, records: [{ Name: 'Gamma_x' }] },
  });
});

test.each([
  ['SELECT Nope__c FROM Account', 'INVALID_FIELD', "No such column 'Nope__c' on entity 'Account'"],
  ['SELECT Id FROM Nope__c', 'INVALID_TYPE', "sObject type 'Nope__c' is not supported"],
  ['SELECT Nope.Id FROM Account', 'INVALID_FIELD', "Didn't understand relationship 'Nope'"],
  ['SELECT Id FRM Account', 'MALFORMED_QUERY', 'ERROR at Row:1:Column:15'],
  [
    "SELECT Id FROM Account WHERE CreatedDate > '2026-11-01T00:00:00Z'",
    'INVALID_FIELD',
    "field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
  ],
  [
    'SELECT Id FROM Account WHERE Name = 5',
    'INVALID_FIELD',
    "field 'Name' must be of type string and should be enclosed in quotes",
  ],
  [
    "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
    'MALFORMED_QUERY',
    "unexpected token: 'OR'",
  ],
  ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: x'],
  [
    "SELECT Id FROM Opportunity WHERE Description = 'x'",
    'INVALID_FIELD',
    "field 'Description' can not be filtered in a query call",
  ],
  ['SELECT Id, Id FROM Account', 'MALFORMED_QUERY', 'duplicate field selected: Id'],
  ['SELECT FIELDS(ALL) FROM Account', 'MALFORMED_QUERY', 'LIMIT of at most 200'],
  ['SELECT Id FROM Account LIMIT 1 OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE', '2000'],
  ['SELECT Name, COUNT(Id) FROM Account', 'MALFORMED_QUERY', 'must be grouped or aggregated: Name'],
])('%s is refused as Salesforce refuses it', (soql, code, message) => {
  let refusal: unknown;
  try {
    org.query(soql);
  } catch (error) {
    refusal = error;
  }

  expect(refusal).toBeInstanceOf(ApiError);
  expect((refusal as ApiError).entries[0]).toMatchObject({ errorCode: code });
  expect((refusal as ApiError).entries[0]?.message).toContain(message);
});
