/** From a change in the CRM to the field written because of it, by poll. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOpen, opportunityId, partnerId, registrationEvery, touchEvery } from './company.ts';
import type { Crm } from './crm.ts';
import { withCrms, withEngine } from './cycle.ts';

/** Seconds from change to field, and the interval between syncs they contain. */
export interface Latency {
  p50Seconds: number;
  p95Seconds: number;
  intervalSeconds: number;
}

const opportunities = 2_000;
const intervalSeconds = 5;
const changes = 30;
const betweenChangesMs = 900;
/** How finely an arrival is timed. */
const lookEveryMs = 100;
const giveUpMs = 60_000;

/** Makes changes one by one, apart from the interval's beat, and times each field's arrival. */
export async function measureLatency(profileDir: string | null): Promise<Latency> {
  const size = { opportunities, at: new Date().toISOString() };
  return withCrms(1, size, (crms) => {
    const every = `${intervalSeconds} seconds`;
    const options = { workers: 1, store: 'pglite' as const, profileDir, every };
    return withEngine(options, crms, async (engine) => {
      const crm = crms[0] as Crm;
      await crm.loadOpportunities(size);
      await engine.job('bench-1', 'sync');
      const waits = await Promise.all(
        untouched().map(async (id, i) => {
          await sleep(i * betweenChangesMs);
          return fieldAfterTouch(crm, id);
        }),
      );
      return { ...percentiles(waits), intervalSeconds };
    });
  });
}

/** The middle one, and the one that only one in twenty exceeds. */
export function percentiles(waits: number[]): { p50Seconds: number; p95Seconds: number } {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50Seconds: at(0.5), p95Seconds: at(0.95) };
}

/** Open opportunities that no partner has touched: a touch makes them Influenced. */
function untouched(): string[] {
  const numbers = Array.from({ length: opportunities }, (_, n) => n);
  const free = numbers.filter((n) => isOpen(n) && n % registrationEvery > 0 && n % touchEvery > 0);
  return free.slice(0, changes).map(opportunityId);
}

/** Seconds until the opportunity says Influenced after a partner's meeting was entered. */
async function fieldAfterTouch(crm: Crm, id: string): Promise<number> {
  const began = performance.now();
  const meeting = { Partner__c: partnerId(1), Opportunity__c: id, Kind__c: 'Discovery' };
  const records = [{ ...meeting, At__c: new Date().toISOString() }];
  await crm.control('POST', '/dml', { operation: 'insert', object: 'Partner_Touch__c', records });
  const soql = `SELECT Partner_Attribution_Type__c FROM Opportunity WHERE Id = '${id}'`;
  for (;;) {
    const rows = await crm.control<Record<string, unknown>[]>(
      'GET',
      `/query?q=${encodeURIComponent(soql)}`,
    );
    const seconds = (performance.now() - began) / 1_000;
    if (rows[0]?.['Partner_Attribution_Type__c'] === 'Influenced') {
      return Math.round(seconds * 100) / 100;
    }
    if (seconds * 1_000 > giveUpMs) throw new Error(`Opportunity ${id} was not written in time.`);
    await sleep(lookEveryMs);
  }
}
