/** An idle cycle: nothing has changed, and the last write is older than lag and overlap. */
import { withCrms, withEngine } from './cycle.ts';

/** One sync of an unchanged CRM. */
export interface Idle {
  calls: number;
  written: number;
  /** Objects the mapping reads: the least calls there are. */
  objects: number;
}

/** Past lag (60 s) and overlap (5 minutes), so that no echo of our own writes is read again. */
const quietMs = 10 * 60_000;
const opportunities = 2_000;

/** Syncs a company until it is quiet, moves the clock on, and syncs once more. */
export async function measureIdle(profileDir: string | null): Promise<Idle> {
  const size = { opportunities, at: new Date().toISOString() };
  return withCrms(1, size, (crms) =>
    withEngine({ workers: 1, store: 'pglite', profileDir }, crms, async (engine) => {
      const [crm] = crms;
      await crm!.loadOpportunities(size);
      await engine.job('bench-1', 'sync');
      await crm!.advance(quietMs);
      await engine.job('bench-1', 'sync');
      await crm!.advance(quietMs);
      await crm!.resetCalls();
      const { counts } = await engine.job('bench-1', 'sync');
      return { calls: await crm!.calls(), written: counts['written'] ?? 0, objects };
    }),
  );
}

/** User, partner, account, opportunity, registration, touch (presets/salesforce.yaml). */
const objects = 6;
