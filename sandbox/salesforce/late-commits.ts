/** Transactions that are stamped but not yet visible: Salesforce stamps rows before they commit. */
import type { Row } from './values.ts';
import type { WriteLogEntry } from './write-log.ts';

/** One transaction in the making: its rows as they will be. */
export interface LateCommit {
  /** Epoch ms of the sandbox's clock at which others see it. */
  at: number;
  rows: { object: string; id: string; after: Row | undefined }[];
  entries: WriteLogEntry[];
}

/** What waits to be committed, earliest first. */
export class LateCommits {
  #waiting: LateCommit[] = [];

  get none(): boolean {
    return this.#waiting.length === 0;
  }

  add(commit: LateCommit): void {
    this.#waiting.push(commit);
    this.#waiting.sort((a, b) => a.at - b.at);
  }

  /** Those whose time has come, taken out. */
  due(now: number): LateCommit[] {
    const first = this.#waiting.findIndex(({ at }) => at > now);
    return this.#waiting.splice(0, first < 0 ? this.#waiting.length : first);
  }

  /** Whether a transaction that is not committed yet holds the row. */
  holds(id: string): boolean {
    return this.#waiting.some(({ rows }) => rows.some((row) => row.id === id));
  }

  /** Whether one of them has this value in a unique field. */
  holdsValue(object: string, slot: number, value: string): boolean {
    const wanted = value.toLowerCase();
    return this.#waiting.some(({ rows }) =>
      rows.some(
        (row) => row.object === object && String(row.after?.[slot] ?? '').toLowerCase() === wanted,
      ),
    );
  }

  copy(): LateCommits {
    const copy = new LateCommits();
    copy.#waiting = [...this.#waiting];
    return copy;
  }
}
