/**
 * Reads one CSV file of an export into a table of text, without yet knowing what the values mean.
 */
import { toId18 } from '../salesforce/ids.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import type { ExportProblem } from './problems.ts';

/** One record; `values` by column, "" where blank. */
export interface TableRow {
  line: number;
  values: string[];
}

export interface ExportTable {
  file: string;
  object: string;
  columns: string[];
  rows: TableRow[];
}

/** Without these columns a record is loaded, but of little use; without Id the file is not. */
const EXPECTED: Record<string, string[]> = {
  Opportunity: ['Name', 'StageName', 'CloseDate', 'CreatedDate'],
  Account: ['Name'],
};
const API_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * The good rows of a file; everything else goes to `problems`. Null where nothing can be loaded.
 */
export function readTable(
  source: { file: string; object: string; bytes: Uint8Array },
  problems: ExportProblem[],
): ExportTable | null {
  const { file, object } = source;
  const records = csvRecords(decode(source, problems));
  const header = records.next().value as CsvRecord | undefined;
  const columns = header && readHeader({ file, object, header }, problems);
  if (!columns) {
    if (!header) problems.push({ file, line: 1, problem: 'The file is empty.' });
    return null;
  }
  const rows: TableRow[] = [];
  for (const record of records) {
    const row = checkWidth({ file, record, width: columns.length }, problems);
    if (row) rows.push(row);
  }
  const table = dropBadColumns({ file, object, columns, rows }, problems);
  return { ...table, rows: goodIds(table, problems) };
}

/**
 * UTF-8, with or without byte order mark, or UTF-16 with one; anything else is read as
 * Windows-1252.
 */
function decode(source: { file: string; bytes: Uint8Array }, problems: ExportProblem[]): string {
  const { file, bytes } = source;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const problem = 'The file is not UTF-8; it was read as Windows-1252. Check names with accents.';
    problems.push({ file, line: firstBadLine(bytes), problem });
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const lines = new TextDecoder('utf-8').decode(bytes).split('\n');
  return lines.findIndex((line) => line.includes('\ufffd')) + 1;
}

function readHeader(
  given: { file: string; object: string; header: CsvRecord },
  problems: ExportProblem[],
): string[] | null {
  const { file, object, header } = given;
  const { line } = header;
  if ('problem' in header) {
    problems.push({ file, line, problem: `The header has ${header.problem}. Not loaded.` });
    return null;
  }
  const columns = header.values.map((name) => name.trim());
  if (!columns.includes('Id')) {
    const other = columns.length === 1 && /[;\t]/.test(columns[0]!);
    const hint = other ? ' Its columns seem to be separated by something else than commas.' : '';
    const problem = `The file has no column Id to tell its records apart. Not loaded.${hint}`;
    problems.push({ file, line, column: 'Id', problem });
    return null;
  }
  for (const column of EXPECTED[object] ?? []) {
    if (columns.includes(column)) continue;
    const problem = `The file has no column ${column}: it stays blank on every record.`;
    problems.push({ file, line, column, problem });
  }
  return columns;
}

function checkWidth(
  given: { file: string; record: CsvRecord; width: number },
  problems: ExportProblem[],
): TableRow | null {
  const { file, record, width } = given;
  const { line } = record;
  if ('problem' in record) {
    problems.push({ file, line, problem: `The row has ${record.problem}. Not loaded.` });
    return null;
  }
  if (record.values.length === width) return { line, values: record.values };
  const found = `${record.values.length} ${record.values.length === 1 ? 'value' : 'values'}`;
  const problem = `The row has ${found}, the header ${width} columns. Not loaded.`;
  problems.push({ file, line, problem });
  return null;
}

/** A column that is no API name, or comes twice, is left out; the rest of the file is good. */
function dropBadColumns(table: ExportTable, problems: ExportProblem[]): ExportTable {
  const seen = new Set<string>();
  const kept = table.columns.map((column) => {
    const repeated = seen.has(column.toLowerCase());
    seen.add(column.toLowerCase());
    if (API_NAME.test(column) && !repeated) return true;
    const why = repeated ? 'comes twice in the header' : 'is not the API name of a field';
    const problem = `The column "${column}" ${why}. The column is left out.`;
    problems.push({ file: table.file, line: 1, column, problem });
    return false;
  });
  if (kept.every(Boolean)) return table;
  const pick = (values: string[]) => values.filter((_, i) => kept[i]);
  const rows = table.rows.map((row) => ({ line: row.line, values: pick(row.values) }));
  return { ...table, columns: pick(table.columns), rows };
}

/** Rows with an id of their own, made 18 characters long. */
function goodIds(table: ExportTable, problems: ExportProblem[]): TableRow[] {
  const { file, columns, rows } = table;
  const at = columns.indexOf('Id');
  const firstLines = new Map<string, number>();
  const column = 'Id';
  return rows.flatMap(({ line, values }) => {
    const given = values[at]!.trim();
    const id = toId18(given);
    const first = id === null ? undefined : firstLines.get(id);
    if (id !== null && first === undefined) {
      firstLines.set(id, line);
      return [{ line, values: values.with(at, id) }];
    }
    const problem =
      first !== undefined
        ? `The id ${given} is already on line ${first}. This row is not loaded.`
        : `"${given}" is not a Salesforce id of 15 or 18 characters. The row is not loaded.`;
    problems.push({ file, line, column, problem });
    return [];
  });
}
