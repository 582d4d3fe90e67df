/** Tables as CSV for people's spreadsheets: no cell of it is ever taken for a formula. */
import { stringify } from 'csv-stringify/sync';

/**
 * RFC 4180 with every cell quoted. A text that a spreadsheet would run is led by an apostrophe,
 * which it hides (OWASP, "CSV Injection"); plain numbers stay numbers, negative ones too.
 */
export function csvForPeople(head: string[], rows: (string | null)[][]): string {
  return stringify([head, ...rows.map((row) => row.map((cell) => inert(cell ?? '')))], {
    quoted: true,
    quoted_empty: true,
    record_delimiter: 'windows',
    // Without it spreadsheets take UTF-8 for the machine's own code page.
    bom: true,
  });
}

/** First characters of a formula, the full-width ones of some spreadsheets and line ends included. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const number = /^-?\d+(\.\d+)?$/;

function inert(cell: string): string {
  return formula.test(cell) && !number.test(cell) ? `'${cell}` : cell;
}
