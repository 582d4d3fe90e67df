/** Reads a page of Bulk results: CSV into the rows the REST API would have given. */
import { parse } from 'csv-parse/sync';
import type { FieldDescription } from '../connector.ts';
import type { Row } from './records.ts';

/** What a column's text becomes. Unknown columns stay text. */
export type ColumnKinds = Map<string, FieldDescription['kind']>;

/**
 * Rows of one page. Each page starts with its own header line (crm-apis.md section 4 point 3). An
 * empty cell is null: Bulk does not tell an empty text from none, and neither does the REST API.
 */
export function parseBulkCsv(text: string, kinds: ColumnKinds): Row[] {
  const [header = [], ...lines] = parse(text, { relaxColumnCount: false }) as string[][];
  const columns = header.map((name) => ({
    path: name.split('.'),
    kind: kinds.get(name.toLowerCase()) ?? 'text',
  }));
  return lines.map((cells) => {
    const row: Row = {};
    columns.forEach(({ path, kind }, at) => {
      place(row, path, toValue(cells[at] ?? '', kind));
    });
    return row;
  });
}

function toValue(cell: string, kind: FieldDescription['kind']): unknown {
  if (cell === '') return null;
  if (kind === 'boolean') return cell.toLowerCase() === 'true';
  if (kind !== 'decimal' && kind !== 'percent') return cell;
  const number = Number(cell);
  return Number.isNaN(number) ? cell : number;
}

function place(row: Row, path: string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    row[first] = value;
    return;
  }
  const inner = (row[first] ?? {}) as Row;
  row[first] = inner;
  place(inner, rest, value);
}
