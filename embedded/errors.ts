/** The one error of the embedded stack: a sentence for the person at the terminal. */

/** Something the person can put right: what happened, where, and what to do. Printed without a stack. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The errno code of a system error ('ENOENT', 'EADDRINUSE'), or undefined. Not by instanceof:
 *  in a test's VM context Node's own errors have another Error class. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What an error says, for the end of a sentence of ours. */
export function messageOf(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error);
}

/** Tells the person what is being done while something long happens. */
export type OnProgress = (line: string) => void;
