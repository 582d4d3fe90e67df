/** How a fault is armed: which calls it may strike, and which of those it does. */
import { z } from 'zod';
import { type Random, random } from '../seed/random.ts';

const ordinal = z.int().min(1);
const text = z.string().min(1);

/** Which calls or rows a fault may strike; what is left out matches all. */
export const matchSchema = z.strictObject({
  /** `GET /query/{locator}`, `PATCH /composite/sobjects*`; of rows insert, update, delete ... */
  operation: z.union([text, z.array(text).min(1)]).optional(),
  object: text.optional(),
  /** Calls that name it, or rows whose value of it changes. */
  field: text.optional(),
  /** Only the n-th match strikes, counted from 1; several may be listed. */
  n: z.union([ordinal, z.array(ordinal).min(1)]).optional(),
  /** Rows written through `rest` or `bulk`. */
  via: z.enum(['rest', 'bulk']).optional(),
  org: text.optional(),
});

/** The part of an arming that every fault has. */
export const armingSchema = z.object({
  name: text,
  seed: z.int().default(1),
  /** Strikes until it is spent; null: until it is disarmed. The fault's own default if absent. */
  count: z.int().min(1).nullable().optional(),
  /** Chance of each match, drawn from the seed. */
  probability: z.number().min(0).max(1).default(1),
  /** Matches let through first. */
  after: z.int().min(0).default(0),
  match: matchSchema.default({}),
});

/** What a fault is armed with: the common part, and the fault's own parameters beside it. */
export type ArmingInput = z.input<typeof armingSchema> & Record<string, unknown>;
export type Arming = z.infer<typeof armingSchema>;
export type FaultMatch = z.infer<typeof matchSchema>;

/**
 * Decides match by match. One number is drawn for every match whether it is used or not, so that
 * the same seed strikes the same calls.
 */
export class Decider {
  readonly count: number | null;
  seen = 0;
  struck = 0;
  readonly #arming: Arming;
  readonly #random: Random;
  readonly #ordinals: Set<number> | null;

  constructor(arming: Arming, countDefault: number | null) {
    const { n } = arming.match;
    const ordinals = n === undefined ? null : [n].flat();
    this.#arming = arming;
    this.#ordinals = ordinals && new Set(ordinals);
    this.#random = random(arming.seed, `fault/${arming.name}`);
    this.count = arming.count === undefined ? (ordinals?.length ?? countDefault) : arming.count;
  }

  /** True when this match is struck. */
  decide(): boolean {
    const { after, probability } = this.#arming;
    this.seen += 1;
    const draw = this.#random.next();
    if (this.spent || this.seen <= after || draw >= probability) return false;
    if (this.#ordinals && !this.#ordinals.has(this.seen)) return false;
    this.struck += 1;
    return true;
  }

  get spent(): boolean {
    return this.count !== null && this.struck >= this.count;
  }
}

/** Whether an operation is among those asked for; `*` stands for anything. */
export function matchesOperation(wanted: FaultMatch['operation'], operation: string): boolean {
  if (wanted === undefined) return true;
  return [wanted].flat().some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(operation);
  });
}
