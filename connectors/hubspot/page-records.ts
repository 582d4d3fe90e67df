/** Makes a page's rows into records while the rows after them are still being read. */
import type { CrmRecord } from '../connector.ts';
import { linkReadMax } from './associations.ts';
import type { Condition } from './condition.ts';
import type { ReadContext, RecordShape, Row } from './records.ts';

/**
 * Rows come by a hundred or two a call, their associations are read for a thousand at once: that
 * call is made as soon as a thousand rows are there, beside the calls for the next thousand.
 */
export class PageRecords {
  private readonly reading: {
    shape: RecordShape;
    condition: Condition;
    context: ReadContext;
  };
  private readonly begun: Promise<CrmRecord[]>[] = [];
  private waiting: Row[] = [];

  constructor(reading: { shape: RecordShape; condition: Condition; context: ReadContext }) {
    this.reading = reading;
  }

  /** Takes the rows that meet the condition. */
  add(rows: Row[]): void {
    const { condition } = this.reading;
    this.waiting.push(...rows.filter(({ properties }) => condition.test(properties)));
    while (this.waiting.length >= linkReadMax) this.begin(this.waiting.splice(0, linkReadMax));
  }

  /** All records, in the order of their rows. Throws what reading a part of them threw. */
  async all(): Promise<CrmRecord[]> {
    this.begin(this.waiting.splice(0));
    return (await Promise.all(this.begun)).flat();
  }

  private begin(rows: Row[]): void {
    const { shape, context } = this.reading;
    const records = shape.toRecords(rows, context);
    records.catch(() => undefined); // Thrown by all(); a search may fail before it is asked for.
    this.begun.push(records);
  }
}
