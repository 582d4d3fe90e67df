/** The promise of the README: one command, and the whole journey has been made. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { type DemoResult, runDemo } from '../support/demo.ts';

// About 20 s on an idle machine; a busy one takes many times that.
jest.setTimeout(600_000);

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, n) => total + n, 0);

/** Holds on any data. */
/** Of thousands of open opportunities, some come due in any minute of the day. */
const dueMeanwhileMax = 3;

function expectWhole(result: DemoResult): void {
  expect(Object.keys(result).sort()).toEqual(
    ['connections', 'examples', 'outcome', 'sandbox', 'seconds', 'temporal'].sort(),
  );
  expect(result.temporal.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(result.temporal.ui).toMatch(/^http:\/\//);
  expect(result.temporal.source).not.toBe('');
  expect(result.sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const [row] = result.connections;
  expect(row).toMatchObject({ connection: 'sandbox-salesforce', crm: 'salesforce', failed: 0 });
  expect(Object.keys(row!).sort()).toEqual(
    [
      'connection',
      'crm',
      'pulled',
      'decided',
      'planned',
      'written',
      'tasks',
      'failed',
      'apiCalls',
      'attribution',
      'stale',
    ].sort(),
  );
  // Every opportunity has exactly one attribution type: what is not a partner's is Direct.
  expect(sum(row!.attribution)).toBe(row!.pulled.opportunity);
  // A stage's limit may be passed between plan and apply, on the real clock: that is written too.
  expect(row!.written).toBeGreaterThanOrEqual(row!.planned);
  expect(row!.written).toBeLessThanOrEqual(row!.planned + dueMeanwhileMax);
  expect(row!.apiCalls).toBeGreaterThan(10);
  for (const example of result.examples) {
    expect(example.record).toMatch(/^(006\w{15}|\d{11})$/);
    expect(example.sentence).toMatch(/Rule R\d+\.$|: stale\./);
    expect(example.url).toContain(example.record);
  }
}

test('npm run demo -- --exit ends green: pulled, decided, written, tasks made, three explained', async () => {
  const { code, lines, err, result } = await runDemo();

  expect(err).not.toMatch(/error of its own|\n {4}at /);
  expect(code).toBe(0);
  expect(lines).toHaveLength(1);
  expect(result.outcome).toBe('green');
  expectWhole(result);
  const [row] = result.connections;
  expect(row!.pulled.opportunity).toBeGreaterThan(2_000);
  expect(row!.pulled.partner).toBeGreaterThanOrEqual(60);
  expect(row!.pulled.registration).toBeGreaterThan(500);
  expect(row!.pulled.touch).toBeGreaterThan(500);
  expect(row!.written).toBeGreaterThan(500);
  expect(row!.tasks).toBeGreaterThan(0);
  expect(row!.stale).toBeGreaterThan(0);
  for (const type of ['Sourced', 'Influenced', 'Direct']) {
    expect(row!.attribution[type]).toBeGreaterThan(0);
  }
  // HubSpot is the same company, and means the same.
  const [, hubspot] = result.connections;
  expect(hubspot).toMatchObject({ connection: 'sandbox-hubspot', crm: 'hubspot', failed: 0 });
  expect(hubspot).toMatchObject({ attribution: row!.attribution, stale: row!.stale });
  expect(hubspot!.written).toBe(row!.written);
  expect(result.connections).toHaveLength(2);
  expect(result.examples).toHaveLength(6);
  const sentences = result.examples.map(({ sentence }) => sentence);
  expect(sentences.slice(3)).toEqual(sentences.slice(0, 3));
  // Three kinds of thing: a partner's credit, a stage that stands still, and nobody's credit.
  const [sourced, stale, direct] = result.examples.map(({ sentence }) => sentence);
  expect(sourced).toMatch(/^Sourced by /);
  expect(stale).toMatch(/^In .* \(limit \d+ days, passed .*\): stale\./);
  expect(direct).toMatch(/^Direct: /);
});

const shared = fileURLToPath(new URL('../../../shared/data/sales-pipeline', import.meta.url));
const small = fileURLToPath(new URL('../fixtures/export/small', import.meta.url));
const asOf = ['--as-of', '2017-12-31'];

test('a data export runs the same journey: blank accounts, amounts and dates are no obstacle', async () => {
  const { code, result } = await runDemo(['--export', small, ...asOf]);

  expect([code, result.outcome]).toEqual([0, 'green']);
  expectWhole(result);
  expect(result.connections).toHaveLength(1);
  expect(result.connections[0]).toMatchObject({
    pulled: { opportunity: 4, partner: 1, registration: 1, touch: 1 },
    attribution: { Sourced: 1, Influenced: 1, Direct: 2 },
    stale: 1,
  });
});

const pulledInFull = 'the export of a real-shaped company is pulled in full';

if (existsSync(shared)) {
  test(pulledInFull, async () => {
    const { code, result } = await runDemo(['--export', shared, ...asOf]);

    expect([code, result.outcome]).toEqual([0, 'green']);
    expectWhole(result);
    expect(result.connections[0]!.pulled).toEqual({
      opportunity: 14_277,
      partner: 40,
      registration: 1_642,
      touch: 2_400,
    });
    expect(result.connections[0]!.written).toBeGreaterThan(500);
  });
} else {
  test.skip(`${pulledInFull}: not run, there is no ../shared/data/sales-pipeline`, () => {});
}
