/** Watches what the engine sends: a value that it had set itself, and nobody has changed since. */
import type { Org } from '../../sandbox/salesforce/org.ts';
import { type Actors, isEngine } from './standing-edits.ts';

interface SentRecord {
  id?: string;
  [field: string]: unknown;
}

/**
 * Collects values that are sent a second time, whoever sends them: nothing is excused here. The one
 * case no engine can prevent does not arise, because of where workers stand still (`gate.ts`).
 */
export class SentTwice {
  readonly found: string[] = [];
  readonly #org: Org;
  readonly #actors: Actors;

  constructor(org: Org, actors: Actors) {
    this.#org = org;
    this.#actors = actors;
  }

  /** Looks into an update of several records before the CRM does. */
  async watch(request: Request): Promise<void> {
    const { pathname } = new URL(request.url);
    if (request.method !== 'PATCH' || !pathname.endsWith('/composite/sobjects')) {
      return;
    }
    const body = (await request.clone().json()) as { records?: SentRecord[] };
    for (const record of body.records ?? []) {
      this.#look(record);
    }
  }

  #look({ attributes, id, Id = id, ...values }: SentRecord): void {
    const object = (attributes as { type: string }).type;
    const now = this.#org.get(object, String(Id));
    if (now === null) {
      return;
    }
    for (const [field, value] of Object.entries(values)) {
      const last = this.#org
        .writeLog()
        .findLast((entry) => entry.id === Id && entry.changes.some((one) => one.field === field));
      if (last !== undefined && isEngine(last, this.#actors) && now[field] === value) {
        this.found.push(`${object} ${Id}: ${field} was set to ${value} and is sent once more`);
      }
    }
  }
}
