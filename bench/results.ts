/** All that a bench run has measured. */
import type { MeasuredCycle } from './cycle.ts';
import type { FirstRun } from './first-run.ts';
import type { Idle } from './idle.ts';
import type { Latency } from './latency.ts';
import type { WebhookLatency } from './webhook-latency.ts';

/** What was measured; parts that were not asked for are absent. */
export interface Results {
  cycles: MeasuredCycle[];
  idle?: Idle;
  rules?: { opportunitiesPerSecond: number };
  latency?: Latency;
  webhookLatency?: WebhookLatency;
  firstRun?: FirstRun;
  /** Sentences about what was not measured, and why. */
  notes: string[];
}
