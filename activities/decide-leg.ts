/** What one decide leg works with: where decisions go and by what they are made. */
import type { Instant } from '../rules/types.ts';
import type { DecisionSlot, Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import type { Target } from './desired.ts';
import type { FactSource } from './facts.ts';

/** One leg's surroundings: where decisions go and by what they are made. */
export interface DecideLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  slot: DecisionSlot;
  /** Id of the mapping version the decisions are made under. */
  version: string;
  /** What is older is the first day's baseline; the CRM's clock. */
  activatedAt: Instant;
  now: Instant;
  facts: FactSource;
  target: Target;
  clock: LegClock;
}
