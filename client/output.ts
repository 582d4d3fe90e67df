/** What the command line prints: tables and sentences for people, one object for machines. */
import Table from 'cli-table3';

/** Exit codes (design.md section 7). */
export const exitCodes = { done: 0, failed: 1, usage: 2, amber: 3 } as const;

/** A command that ends with a sentence instead of a result. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Where a command's words go: results to stdout, progress to stderr, JSON alone on its line. */
export interface Output {
  json: boolean;
  /** A line of the result, for people only. */
  say(line: string): void;
  table(head: string[], rows: string[][]): void;
  /** What is under way; never part of the result. */
  progress(line: string): void;
  /** The result for machines: one line, the last one. Printed with --json only. */
  result(value: unknown): void;
}

/** An output to this process's streams. */
export function createOutput(json: boolean): Output {
  const write = (line: string) => process.stdout.write(`${asTyped(line)}\n`);
  return {
    json,
    say: (line) => (json ? undefined : write(line)),
    table(head, rows) {
      if (!json) {
        write(
          renderTable(
            head,
            rows.map((row) => row.map(asTyped)),
          ),
        );
      }
    },
    progress: (line) => process.stderr.write(`${asTyped(line)}\n`),
    result: (value) => (json ? process.stdout.write(`${JSON.stringify(value)}\n`) : undefined),
  };
}

/**
 * Commands named in sentences ("partner-sync resume") as they can be typed: with npx, which finds
 * the program in a clone, in a project that depends on it and where it is installed for all.
 */
export function asTyped(text: string): string {
  return text.replace(commandNamed, '$1npx partner-sync $2');
}

const commandNamed =
  /(^|[\s"'`(])(?<!npx )partner-sync (up|demo|validate|provision|plan|apply|sync|reconcile|undo|pause|resume|status|explain|failures|backup|doctor)\b/g;

function renderTable(head: string[], rows: string[][]): string {
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    chars: plainFrame,
    colWidths: columnWidths(head, rows),
    colAligns: head.map((_, i) => (isNumeric(rows, i) ? 'right' : 'left')),
  });
  table.push(...rows);
  return table.toString().replace(/ +$/gm, '');
}

/** '1,883' or 'USD 12,321,483.40' in every row: digits belong below each other. */
function isNumeric(rows: string[][], column: number): boolean {
  return (
    rows.length > 0 && rows.every((row) => /^([A-Z]{3} )?-?[\d,]+(\.\d+)?$/.test(row[column] ?? ''))
  );
}

/** Characters below which a column is not cut. */
const narrowestColumn = 12;

/**
 * Columns as wide as their text, the widest ones cut so that the table fits the terminal. A word is
 * never cut: the id of a run or a plan is there to be copied, so a table may be wider instead.
 */
function columnWidths(head: string[], rows: string[][]): number[] {
  const available = (process.stdout.columns ?? 120) - 2 * head.length;
  const natural = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => longestLine(row[i] ?? ''))),
  );
  const least = head.map((title, i) =>
    Math.max(narrowestColumn, ...[title, ...rows.map((row) => row[i] ?? '')].map(longestWord)),
  );
  const widths = [...natural];
  const spare = () => widths.map((width, i) => (width > least[i]! ? width : 0));
  while (sum(widths) > available && Math.max(...spare()) > 0) {
    widths[spare().indexOf(Math.max(...spare()))]! -= 1;
  }
  return widths.map((width) => width + 2);
}

const plainFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

function longestWord(text: string): number {
  return Math.max(0, ...text.split(/\s+/).map((word) => word.length));
}

function longestLine(text: string): number {
  return Math.max(0, ...text.split('\n').map((line) => line.length));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

/** 14277 -> '14,277'. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** count(1, 'record') -> '1 record', count(2, ...) -> '2 records'. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A field's value as people read it. */
export function value(v: unknown): string {
  if (v === null || v === undefined || v === '') {
    return '-';
  }
  return typeof v === 'boolean' ? (v ? 'yes' : 'no') : String(v);
}
