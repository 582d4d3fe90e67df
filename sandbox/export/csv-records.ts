/**
 * Splits CSV text (RFC 4180) into records with the line each one starts on.
 *
 * Not csv-parse: it tells where a record ends but not where it started, and one quote that is never
 * closed swallows every good row after it. Here such a row is given up and the next line is read.
 */

/**
 * One record, or the reason why there is none; `line` is the first line of the file it stands on.
 */
export type CsvRecord = { line: number; values: string[] } | { line: number; problem: string };

/**
 * Every record of the text in order; blank lines are none. The text has no byte order mark any
 * more.
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  const cursor: Cursor = { text, at: 0, line: 1 };
  while (cursor.at < text.length) {
    const start = { at: cursor.at, line: cursor.line };
    const values = readRecord(cursor);
    if (typeof values === 'string') {
      yield { line: start.line, problem: values };
      cursor.at = start.at;
      cursor.line = start.line;
      skipLine(cursor);
    } else if (values.length > 1 || values[0] !== '') {
      yield { line: start.line, values };
    }
  }
}

interface Cursor {
  readonly text: string;
  at: number;
  line: number;
}

/** The values of one record with the cursor behind its line end, or what is wrong with it. */
function readRecord(cursor: Cursor): string[] | string {
  const values: string[] = [];
  for (;;) {
    const quoted = cursor.text[cursor.at] === '"';
    const value = quoted ? readQuoted(cursor) : readPlain(cursor);
    if (typeof value !== 'string') return value.problem;
    values.push(value);
    if (cursor.text[cursor.at] === ',') cursor.at += 1;
    else break;
  }
  endLine(cursor);
  return values;
}

function readPlain(cursor: Cursor): string | { problem: string } {
  const { text } = cursor;
  const start = cursor.at;
  for (;;) {
    const char = text[cursor.at];
    if (char === undefined || char === ',' || char === '\n' || char === '\r') break;
    if (char === '"') return { problem: 'a quotation mark inside a value that is not quoted' };
    cursor.at += 1;
  }
  return text.slice(start, cursor.at);
}

function readQuoted(cursor: Cursor): string | { problem: string } {
  const { text } = cursor;
  let value = '';
  for (;;) {
    const close = text.indexOf('"', cursor.at + 1);
    if (close < 0) return { problem: 'a quotation mark that is never closed' };
    value += text.slice(cursor.at + 1, close);
    cursor.line += newlinesIn(text, cursor.at + 1, close);
    cursor.at = close;
    if (text[close + 1] !== '"') break;
    value += '"';
    cursor.at = close + 1;
  }
  cursor.at += 1;
  const next = text[cursor.at];
  const ended = next === undefined || next === ',' || next === '\n' || next === '\r';
  return ended ? value : { problem: 'a quotation mark that does not close where its value ends' };
}

function newlinesIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i += 1) {
    const lone = text[i] === '\r' && text[i + 1] !== '\n';
    if (text[i] === '\n' || lone) count += 1;
  }
  return count;
}

/** Steps over \n, \r\n or a lone \r. */
function endLine(cursor: Cursor): void {
  if (cursor.at >= cursor.text.length) return;
  if (cursor.text[cursor.at] === '\r' && cursor.text[cursor.at + 1] === '\n') cursor.at += 1;
  cursor.at += 1;
  cursor.line += 1;
}

function skipLine(cursor: Cursor): void {
  const { text } = cursor;
  while (cursor.at < text.length && text[cursor.at] !== '\n' && text[cursor.at] !== '\r') {
    cursor.at += 1;
  }
  endLine(cursor);
}
