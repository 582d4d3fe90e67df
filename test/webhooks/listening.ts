/** An owner's engine that remembers what it was told to read by id. */
import type { ChangedIds } from '../../activities/contract.ts';
import { type FakeEngine, fakeEngine } from '../support/engine.ts';

/** '0-3/<from>' and so on. */
export const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `0-3/${from + i}`);

/** An engine that remembers what it was told to read by id; `change` replaces activities. */
export function listening(
  change: (
    engine: FakeEngine,
    read: ChangedIds[],
  ) => Partial<FakeEngine['activities']> = () => ({}),
  state: Partial<FakeEngine['state']> = {},
): { engine: FakeEngine; read: ChangedIds[] } {
  const read: ChangedIds[] = [];
  const engine = fakeEngine(state, (fake) => ({
    readReported: async ({ changed }) => {
      read.push(changed);
      const reported = changed.records.length + changed.links.length;
      return { done: true, counts: { reported, 'changed.opportunity': reported } };
    },
    ...change(fake, read),
  }));
  return { engine, read };
}

/** 'sync/2: readReported decideRecords ...' of the runs, without opening and closing. */
export function legsOf(engine: FakeEngine): string[] {
  const runs = new Map<string, string[]>();
  for (const { name, run } of engine.calls) {
    const kind = run.replace(/\/acme-\d+/, '');
    if (/^(sync|reconcile)/.test(kind) && !['openRun', 'closeRun'].includes(name)) {
      runs.set(kind, [...(runs.get(kind) ?? []), name]);
    }
  }
  return [...runs].map(([run, names]) => `${run}: ${names.join(' ')}`);
}

/** What follows the reading in every sync that found a change. */
export const rest = 'decideRecords decideAlerts writeChanges';
