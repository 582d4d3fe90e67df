/** The Salesforce connector's plain functions: literals, addresses, clock, CSV, rates, statuses. */
import { expect, test } from '@jest/globals';
import { parseQuery } from '@jetstreamapp/soql-parser-js';
import fc from 'fast-check';
import { ClockEstimate } from '../../connectors/clock.ts';
import { invertRate } from '../../connectors/salesforce/account.ts';
import { parseBulkCsv } from '../../connectors/salesforce/csv.ts';
import { joinParts } from '../../connectors/salesforce/query.ts';
import { toInstant } from '../../connectors/salesforce/records.ts';
import {
  bracketed,
  chunkByLength,
  encodedLength,
  queryPath,
  quote,
} from '../../connectors/salesforce/soql.ts';
import { chooseStatuses } from '../../connectors/salesforce/tasks.ts';

test('no text gets out of its quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const literal = quote(text);
      const inner = literal.slice(1, -1).replace(/\\[\\'"nrtbf]/g, '');
      expect(literal.startsWith("'") && literal.endsWith("'")).toBe(true);
      expect(inner).not.toMatch(/['\\\n\r]/);
    }),
  );
});

test.each(["' OR Name != '", "\\' OR Name != \\'", "x' LIMIT 1 --", 'tab\tand\nline'])(
  'the literal of %j is one literal to a SOQL parser',
  (text) => {
    const query = parseQuery(`SELECT Id FROM Account WHERE Name = ${quote(text)}`);
    expect(query.where && 'right' in query.where ? query.where.right : undefined).toBeUndefined();
    expect(query.limit).toBeUndefined();
  },
);

test.each(["a = 'x') OR (b = 'y'", "a = 'x", '(a = 1', 'a = 1)', ' ', "a = '\\'"])(
  'the condition %j is refused: it is not one condition',
  (where) => {
    expect(() => bracketed(where, 'Account')).toThrow(/is not one complete condition/);
  },
);

test("a bracket or quote inside a text is the text's own", () => {
  expect(bracketed("Name = 'a) \\' (' AND (Type = 'P')", 'Account')).toBe(
    "(Name = 'a) \\' (' AND (Type = 'P'))",
  );
});

test('an address keeps a plus sign a plus sign, and costs one byte a blank', () => {
  expect(queryPath('query', "SELECT Id FROM A WHERE b = '+1 & 2'")).toBe(
    "/query?q=SELECT+Id+FROM+A+WHERE+b+%3D+'%2B1+%26+2'",
  );
});

test('chunks fit their length, keep the order and lose nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 20 })),
      fc.integer({ min: 30, max: 200 }),
      (items, bytes) => {
        const chunks = chunkByLength(items, bytes, 50);
        expect(chunks.flat()).toEqual(items);
        for (const chunk of chunks.filter(({ length }) => length > 1)) {
          expect(encodedLength(chunk.join(','))).toBeLessThanOrEqual(bytes);
        }
      },
    ),
  );
});

test('parts of a long field list are joined by id; a row that moved away is dropped', () => {
  const joined = joinParts(
    [
      { Id: '1', A: 1, Owner: { Name: 'Ann' } },
      { Id: '2', A: 2, Owner: null },
    ],
    [[{ Id: '1', B: 3, Owner: { Email: 'ann@acme.test' } }]],
  );
  expect(joined).toEqual([{ Id: '1', A: 1, B: 3, Owner: { Name: 'Ann', Email: 'ann@acme.test' } }]);
});

test.each([
  ['2026-11-21T09:00:00.000+0000', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T09:00:00.000Z', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T10:00:00.000+01:00', '2026-11-21T09:00:00.000Z'],
])('the instant %s is %s', (text, instant) => {
  expect(toInstant(text)).toBe(instant);
});

test('several answers narrow the clock down; a moved clock is followed at once', () => {
  const clock = new ClockEstimate();
  expect(clock.offsetMs()).toBe(0);
  // Their clock is 10,250 ms ahead; answers take 20 ms; dates are cut to the second.
  for (let at = 0; at < 2_000; at += 130) {
    const dateMs = Math.floor((at + 10 + 10_250) / 1000) * 1000;
    clock.observe({ dateMs, sentAt: at, receivedAt: at + 20 });
  }
  expect(Math.abs(clock.offsetMs() - 10_250)).toBeLessThan(80);
  expect(clock.latestMs(2_000)).toBeGreaterThanOrEqual(12_250);

  clock.observe({ dateMs: 500_000_000, sentAt: 3_000, receivedAt: 3_020 });
  expect(Math.abs(clock.offsetMs() - 499_997_500)).toBeLessThan(520);
});

test('a page of bulk results becomes the rows REST would give, its header dropped', () => {
  const kinds = new Map([
    ['isdeleted', 'boolean'],
    ['amount', 'decimal'],
    ['owner.isactive', 'boolean'],
  ] as const);
  const text =
    '"Id","Name","Amount","IsDeleted","Owner.Name","Owner.IsActive"\n' +
    '"1","Say ""hi"",\nthere","1000.50","false","Ann","true"\n"2","007","","true","",""\n';

  expect(parseBulkCsv(text, kinds)).toEqual([
    {
      Id: '1',
      Name: 'Say "hi",\nthere',
      Amount: 1000.5,
      IsDeleted: false,
      Owner: { Name: 'Ann', IsActive: true },
    },
    { Id: '2', Name: '007', Amount: null, IsDeleted: true, Owner: { Name: null, IsActive: null } },
  ]);
});

test.each([
  [1, '1'],
  [0.5, '2'],
  [0.84, '1.190476190476190476'],
  [110, '0.009090909090909091'],
  ['15000', '0.000066666666666667'],
  [0, null],
  [null, null],
])('a conversion rate of %p is worth %p of the corporate currency', (rate, value) => {
  expect(invertRate(rate)).toBe(value);
});

test.each([
  {
    name: 'the standard ones',
    statuses: [
      ['Not Started', false],
      ['In Progress', false],
      ['Completed', true],
      ['Deferred', false],
    ],
    chosen: { open: 'Not Started', done: 'Completed', cancelled: 'Completed' },
  },
  {
    name: 'an org with a closed status for cancelled',
    statuses: [
      ['Offen', false],
      ['Erledigt', true],
      ['Cancelled', true],
    ],
    chosen: { open: 'Offen', done: 'Erledigt', cancelled: 'Cancelled' },
  },
] as { name: string; statuses: [string, boolean][]; chosen: object }[])(
  'task statuses are the org’s own: $name',
  ({ statuses, chosen }) => {
    const rows = statuses.map(([value, closed]) => ({ value, closed, preferred: false }));
    expect(chooseStatuses(rows, [])).toEqual(chosen);
  },
);

test('an org without an open or a closed task status is told so', () => {
  expect(() => chooseStatuses([{ value: 'Done', closed: true, preferred: true }], [])).toThrow(
    /no open or no closed task status/,
  );
});
