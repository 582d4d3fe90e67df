/** What an export could not give us, by file and line. */

/**
 * `line` counts from 1, the header included; `column` is an API name where one value is to blame.
 */
export interface ExportProblem {
  file: string;
  line: number;
  column?: string;
  problem: string;
}
