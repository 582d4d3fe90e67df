/** What the command line prints: tables that fit, counts that read well, JSON alone on its line. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { exitCodeOf } from '../../client/jobs.ts';
import { count, counted, createOutput, value } from '../../client/output.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** What `work` prints, by stream. */
function printed(work: () => void): { out: string; err: string } {
  const said = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    said[stream] += String(text);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  jest.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  work();
  jest.restoreAllMocks();
  return said;
}

test('people get lines and tables, and no JSON', () => {
  const { out } = printed(() => {
    const output = createOutput(false);
    output.say('2 records.');
    output.table(
      ['Record', 'Amount'],
      [
        ['Acme', '1,000'],
        ['Globex', '20'],
      ],
    );
    output.result({ records: 2 });
  });

  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  expect(lines).toEqual(['2 records.', ' Record  Amount', ' Acme     1,000', ' Globex      20']);
});

test('machines get one line of JSON and nothing else on stdout; progress goes to stderr', () => {
  const { out, err } = printed(() => {
    const output = createOutput(true);
    output.say('2 records.');
    output.table(['Record'], [['Acme']]);
    output.progress('Starting Temporal.');
    output.result({ text: 'two\nlines' });
  });

  expect(out).toBe('{"text":"two\\nlines"}\n');
  expect(err).toBe('Starting Temporal.\n');
});

test('a table wider than the terminal wraps its widest column and loses no word', () => {
  const reason = 'Sourced by Northgate Consulting: registered before the opportunity. Rule R3. ';
  const { out } = printed(() =>
    createOutput(false).table(['Record', 'Why'], [['Acme', reason.repeat(4).trim()]]),
  );

  const width = Math.max(...out.split('\n').map((line) => line.length));
  expect(width).toBeLessThanOrEqual(process.stdout.columns ?? 120);
  expect(out.replace(/\s+/g, ' ')).toContain('Rule R3. Sourced by Northgate Consulting');
});

test('a table without rows is its head', () => {
  expect(printed(() => createOutput(false).table(['A', 'B'], [])).out.trim()).toBe('A  B');
});

test.each([
  [0, '0'],
  [1, '1'],
  [14_277, '14,277'],
])('%d is written %s', (n, text) => {
  expect(count(n)).toBe(text);
});

test('one record, two records, no records', () => {
  expect([counted(1, 'record'), counted(2, 'record'), counted(0, 'record')]).toEqual([
    '1 record',
    '2 records',
    '0 records',
  ]);
  expect(counted(2, 'record is', 'records are')).toBe('2 records are');
});

test.each([
  [null, '-'],
  [undefined, '-'],
  ['', '-'],
  [true, 'yes'],
  [false, 'no'],
  [0, '0'],
  ['Acme', 'Acme'],
])('the value %p is shown as %s', (v, text) => {
  expect(value(v)).toBe(text);
});

test('the worst outcome is the exit code: red 1, amber 3, green 0', () => {
  expect(exitCodeOf(['green', 'red', 'amber'])).toBe(1);
  expect(exitCodeOf(['green', 'amber'])).toBe(3);
  expect(exitCodeOf(['green'])).toBe(0);
  expect(exitCodeOf([])).toBe(0);
});

test('a word is never cut: the id of a run can be copied from a table that is too wide', () => {
  const id = 'apply/acme-salesforce-production/1234';
  const { out } = printed(() => {
    createOutput(false).table(
      ['Run', 'Sentence', 'Plan'],
      [[id, 'many words that go to the next line '.repeat(6), id.replace('apply', 'plan')]],
    );
  });

  expect(out).toContain(` ${id} `);
  expect(out).toContain(id.replace('apply', 'plan'));
  expect(out).not.toContain('…');
  expect(out).not.toMatch(/ $/m);
});
