/**
 * Nothing a person writes into a record, a mapping or an id changes what a query means: run by the
 * sandbox's own SOQL engine, not only looked at.
 */
import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { ConnectorError } from '../../connectors/errors.ts';
import { openSalesforce } from '../../connectors/salesforce/open.ts';
import { bracketed, fieldName, objectName, quote } from '../../connectors/salesforce/soql.ts';
import { whereProblem } from '../../mappings/where.ts';
import { Clock } from '../../sandbox/clock.ts';
import { ApiError } from '../../sandbox/salesforce/errors.ts';
import { Org } from '../../sandbox/salesforce/org.ts';
import { parseSoql } from '../../sandbox/salesforce/soql/parse.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { hostileText } from './hostile-text.ts';

jest.setTimeout(120_000);

const today = '2026-11-20';
const id = (n: number) => `001${String(n).padStart(12, '0')}AAA`;
const stamp = (n: number) => `2026-11-${String(n).padStart(2, '0')}T08:00:00.000Z`;

/** An org with one partner a name, modified on the 10th, 11th ... of the month. */
function orgOf(names: string[]): Org {
  const clock = new Clock();
  clock.freeze(Date.parse('2026-11-20T09:00:00.000Z'));
  const org = new Org('00D5g0000000001EAA', 'Test', clock);
  const rows = names.map((Name, i) => ({
    Id: id(i + 1),
    Name,
    Type: i % 2 === 0 ? 'Partner' : 'Other',
    SystemModstamp: stamp(10 + i),
  }));
  org.load({ today, objects: [{ name: 'Account', label: 'Account', fields: [], rows }] });
  return org;
}

const idsOf = (org: Org, soql: string) =>
  org
    .query(soql)
    .map((row) => String(row.Id))
    .sort();

test('a quoted text finds the records that hold it and no others, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(hostileText(), { minLength: 2, maxLength: 5 }), (names) => {
      const org = orgOf(names);
      for (const name of names) {
        const found = idsOf(org, `SELECT Id FROM Account WHERE Name = ${quote(name)}`);

        // Salesforce compares texts without regard to case.
        const same = (other: string) => other.toLowerCase() === name.toLowerCase();
        const expected = names.flatMap((other, i) => (same(other) ? [id(i + 1)] : []));
        expect(found).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});

test('a quoted text is one literal: the rest of the query is parsed as if it were "x"', () => {
  fc.assert(
    fc.property(hostileText(255), (text) => {
      const query = (literal: string) =>
        `SELECT Id, Name FROM Account WHERE Type = 'Kind' AND (Name = ${literal} OR ` +
        `Name IN (${literal}, 'y')) ORDER BY SystemModstamp, Id LIMIT 200`;

      const parsed = JSON.stringify(parseSoql(query(quote(text))));

      const meant = JSON.stringify(parseSoql(query("'x'")));
      expect(parsed.replaceAll(JSON.stringify(quote(text)), JSON.stringify("'x'"))).toBe(meant);
    }),
    { numRuns: 300 },
  );
});

/** Conditions as mappings write them, with hostile values and hostile endings. */
const condition = fc
  .tuple(
    fc.constantFrom('Name', 'Type', 'Owner.Name'),
    fc.constantFrom(' = ', ' != ', ' LIKE '),
    fc.oneof(hostileText(30).map(quote), hostileText(12), fc.constant("'Partner'")),
    fc.oneof(fc.constant(''), hostileText(30), fc.constant(") OR (Type = 'Other'")),
  )
  .map(([field, operator, value, ending]) => `${field}${operator}${value}${ending}`);

test('a condition of a mapping that is accepted never widens the window it is put into', () => {
  const org = orgOf(['Alpha', "O'Neil", 'x\\', 'Partner', '=1+1', ') OR (', '%']);
  const all = idsOf(org, 'SELECT Id FROM Account');
  const window = `SystemModstamp >= ${stamp(11)} AND SystemModstamp <= ${stamp(13)}`;
  const inWindow = idsOf(org, `SELECT Id FROM Account WHERE ${window}`);
  expect([all.length, inWindow.length]).toEqual([7, 3]);
  let accepted = 0;

  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: condition }, hostileText(60)), (where) => {
      if (whereProblem(where) !== null) {
        return;
      }
      accepted += 1;
      const alone = answerOf(org, `SELECT Id FROM Account WHERE ${where}`);
      const mapped = answerOf(
        org,
        `SELECT Id FROM Account WHERE ${bracketed(where, 'Account')} AND ${window} ` +
          'ORDER BY SystemModstamp, Id LIMIT 2000',
      );
      // What Salesforce itself refuses, it refuses in both.
      expect(mapped).toEqual(alone?.filter((each) => inWindow.includes(each)) ?? null);
    }),
    { numRuns: 1_000 },
  );

  expect(accepted).toBeGreaterThan(100);
});

function answerOf(org: Org, soql: string): string[] | null {
  try {
    return idsOf(org, soql);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return null;
  }
}

test('a name that is no API name never reaches a query', () => {
  fc.assert(
    fc.property(hostileText(40), (name) => {
      for (const checked of [() => objectName(name), () => fieldName(name, 'Account')]) {
        const taken = outcomeOf(checked);
        expect(taken === null || /^[A-Za-z][\w.]*$/.test(taken)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(objectName('Deal_Registration__c')).toBe('Deal_Registration__c');
  expect(fieldName('Owner.Name', 'Account')).toBe('Owner.Name');
});

function outcomeOf(work: () => string): string | null {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectorError);
    return null;
  }
}

test('hostile ids, positions and conditions through the real client: no row but those asked for', async () => {
  const names = ['Alpha', "O'Neil", 'Gamma'];
  const rows = names.map((Name, i) => ({
    Id: id(i + 1),
    Name,
    Type: 'Partner',
    SystemModstamp: stamp(10 + i),
  }));
  const key = { name: 'Partner_Sync_Key__c', label: 'Key', type: 'string' as const, length: 255 };
  const task = { Id: '00T000000000001AAA', Subject: 'Ours', Partner_Sync_Key__c: 'stale:1' };
  const objects = [
    { name: 'Account', label: 'Account', fields: [], rows },
    { name: 'Task', label: 'Task', fields: [key], rows: [task] },
  ];
  const running = await startSandbox({ dataset: { today, objects } });
  const connector = openSalesforce({
    auth: {
      flow: 'client-credentials',
      loginUrl: running.url,
      clientId: 'sandbox',
      clientSecret: 'sandbox-secret',
    },
    budget: { take: async () => undefined, observe: () => undefined },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    requestTimeoutMs: 60_000,
  });
  const asked = { object: 'Account', fields: ['Name'], priority: 3 as const };
  try {
    await fc.assert(
      fc.asyncProperty(hostileText(40), hostileText(20), async (text, other) => {
        const read = await connector.readByIds({
          ...asked,
          ids: [id(2), text, `${id(3)}${other}`],
        });
        expect(read.map((record) => record.id)).toEqual([id(2)]);

        const pulled = connector.pullChanges({
          ...asked,
          where: `Name != ${quote(text)} AND Name = ${quote("O'Neil")}`,
          from: stamp(10),
          until: stamp(12),
        });
        expect((await pulled).records.map((record) => record.values['Name'])).toEqual(["O'Neil"]);

        // A position is ours, but it is stored: should it be tampered with, it still gives no more.
        const after = { modifiedAt: stamp(11), id: text };
        const rest = await connector
          .pullChanges({ ...asked, from: stamp(10), until: stamp(12), after })
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(ConnectorError);
            return { records: [] };
          });
        expect(rest.records.map((record) => record.id)).not.toContain(id(1));

        const tasks = await connector.findTasks([text, 'stale:1']);
        expect([...tasks.keys()]).toEqual(['stale:1']);
        expect((await connector.resolveIdentity('Account', [text])).size).toBe(0);
      }),
      { numRuns: 40 },
    );
  } finally {
    await connector.close();
    await running.close();
  }
});
