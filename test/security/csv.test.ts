/** CSV is no way in: not for formulas into a spreadsheet, nor for a value into its neighbour's cell. */
import { describe, expect, jest, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { csvForPeople } from '../../client/csv.ts';
import { parseBulkCsv } from '../../connectors/salesforce/csv.ts';
import { csvRecords } from '../../sandbox/export/csv-records.ts';
import { type Client, openClient } from '../sandbox/client.ts';
import { hostileText } from './hostile-text.ts';

jest.setTimeout(120_000);

describe('CSV for people', () => {
  const table = fc.array(fc.tuple(hostileText(), hostileText(), hostileText(), hostileText()), {
    maxLength: 8,
  });

  test('no cell begins as a formula does, and every text can be read back', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const written = csvForPeople(['A', 'B', 'C', 'D'], rows);

        const read = parse(written, { bom: true, relax_column_count: false }) as string[][];
        expect(read).toHaveLength(rows.length + 1);
        read.slice(1).forEach((cells, row) => {
          cells.forEach((cell, column) => {
            const text = rows[row]![column]!;
            expect(cell).not.toMatch(/^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20]/);
            expect(cell.startsWith('-') && !/^-\d+(\.\d+)?$/.test(cell)).toBe(false);
            expect([text, `'${text}`]).toContain(cell);
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', "'\r=1"],
    ['-12.50', '-12.50'],
    ['2026-03-03', '2026-03-03'],
    ['plain', 'plain'],
    ["'quoted", "'quoted"],
  ])('%j is written as %j', (text, cell) => {
    expect((parse(csvForPeople(['A'], [[text]]), { bom: true }) as string[][])[1]).toEqual([cell]);
  });
});

const id = (n: number) => `001${String(n).padStart(12, '0')}AAA`;
/** What an org keeps of a text: it trims, a blank one is none, and Site holds 80 characters. */
const kept = hostileText().map((text) => `x${text.slice(0, 70).toWellFormed()}x`);

describe('Bulk CSV', () => {
  test('out: every value of a result comes back as REST gives it, in its own row and column', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(kept, kept), { minLength: 1, maxLength: 30 }),
        async (pairs) => {
          const rows = pairs.map(([Name, Site], i) => ({ Id: id(i + 1), Name, Site }));
          const object = { name: 'Account', label: 'Account', fields: [], rows };
          const client = openClient({ dataset: { today: '2026-11-20', objects: [object] } });

          const read = parseBulkCsv(await bulkQuery(client), new Map());

          expect(read).toEqual(rows);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each(['LF', 'CRLF'] as const)(
    'in, lines ended by %s: every value of an upload is the one that was sent',
    async (ending) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(kept, kept), { minLength: 1, maxLength: 30 }),
          fc.constantFrom(...delimiters),
          async (pairs, [columnDelimiter, delimiter]) => {
            const client = openClient();
            // A line end inside a value would be taken for the file's own where they differ.
            const plain = pairs.map((pair) => pair.map((text) => text.replace(/[\r\n]+/g, ' ')));
            const csv = stringify([['Name', 'Site'], ...plain], {
              delimiter,
              record_delimiter: ending === 'LF' ? 'unix' : 'windows',
              quoted: true,
            });

            const job = {
              object: 'Account',
              operation: 'insert',
              columnDelimiter,
              lineEnding: ending,
            };
            expect(await bulkInsert(client, job, csv)).toMatchObject({
              state: 'JobComplete',
              numberRecordsProcessed: plain.length,
              numberRecordsFailed: 0,
            });

            const read = await client.query('SELECT Name, Site FROM Account ORDER BY Id');
            expect(read.map(({ Name, Site }) => [Name, Site])).toEqual(plain);
          },
        ),
        { numRuns: 30 },
      );
    },
  );
});

test('an export file: whatever stands in a quoted cell stays in it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hostileText(), hostileText()), { maxLength: 10 }), (rows) => {
      const text = stringify(rows, { quoted: true, record_delimiter: 'windows' });

      const read = [...csvRecords(text)].map((record) =>
        'values' in record ? record.values : record.problem,
      );

      expect(read).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});

const delimiters = [
  ['COMMA', ','],
  ['SEMICOLON', ';'],
  ['TAB', '\t'],
  ['PIPE', '|'],
  ['CARET', '^'],
  ['BACKQUOTE', '`'],
] as const;

async function bulkQuery({ call }: Client): Promise<string> {
  const query = 'SELECT Id, Name, Site FROM Account ORDER BY Id';
  const { body } = await call('POST', '/jobs/query', { operation: 'query', query });
  await call('GET', `/jobs/query/${body.id}`);
  return (await call('GET', `/jobs/query/${body.id}/results`)).body;
}

async function bulkInsert({ call }: Client, job: object, csv: string) {
  const { body } = await call('POST', '/jobs/ingest', job);
  const path = `/jobs/ingest/${body.id}`;
  await call('PUT', `${path}/batches`, csv, { 'content-type': 'text/csv' });
  await call('PATCH', path, { state: 'UploadComplete' });
  for (;;) {
    const { body: info } = await call('GET', path);
    if (['JobComplete', 'Failed'].includes(info.state)) return info;
    await new Promise(setImmediate);
  }
}
