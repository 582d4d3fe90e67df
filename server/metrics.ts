/** Prometheus metrics of this process and of what the store holds. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Store } from '../store/types.ts';

const registry = new Registry();
collectDefaultMetrics({ register: registry });

const requests = new Counter({
  name: 'partner_sync_http_requests_total',
  help: 'Requests answered, by method and status.',
  labelNames: ['method', 'status'],
  registers: [registry],
});
const outbox = new Gauge({
  name: 'partner_sync_outbox_rows',
  help: 'Rows of the outbox, by connection and state.',
  labelNames: ['connection', 'state'],
  registers: [registry],
});
const paused = new Gauge({
  name: 'partner_sync_connection_paused',
  help: '1 while a connection is paused.',
  labelNames: ['connection'],
  registers: [registry],
});

const webhooks = new Counter({
  name: 'partner_sync_webhook_requests_total',
  help: 'Deliveries of webhooks by what became of them: accepted, or why they were refused.',
  labelNames: ['outcome'],
  registers: [registry],
});
const reported = new Counter({
  name: 'partner_sync_webhook_changes_total',
  help: 'Changes that accepted webhooks reported, duplicates included.',
  registers: [registry],
});
const wakeUps = new Counter({
  name: 'partner_sync_wake_ups_total',
  help: 'Signals to owners of connections, by outcome: sent or failed.',
  labelNames: ['outcome'],
  registers: [registry],
});
const wakeUpIds = new Counter({
  name: 'partner_sync_wake_up_ids_total',
  help: 'Ids that signals to owners carried, after duplicates were joined.',
  registers: [registry],
});

/** What became of a delivery. */
export type WebhookOutcome =
  | 'accepted'
  | 'not-here'
  | 'not-post'
  | 'unsigned'
  | 'old'
  | 'forged'
  | 'replayed'
  | 'too-large'
  | 'cut'
  | 'unreadable'
  | 'not-told';

/** Counts one delivery. */
export function countWebhook(outcome: WebhookOutcome): void {
  webhooks.inc({ outcome });
}

/** Counts changes of accepted deliveries. */
export function countReported(n: number): void {
  reported.inc(n);
}

/** Counts one signal and the ids in it. */
export function countWakeUp(outcome: 'sent' | 'failed', ids: number): void {
  wakeUps.inc({ outcome });
  wakeUpIds.inc(outcome === 'sent' ? ids : 0);
}

/** Counts one answered request. */
export function countRequest(method: string, status: number): void {
  requests.inc({ method, status: String(status) });
}

/** The exposition text, the store's gauges read this moment. */
export async function metricsText(store: Store): Promise<string> {
  const now = new Date().toISOString();
  for (const row of await store.connections()) {
    const pending = await store.pendingWrites(row.name, now);
    for (const state of ['due', 'waiting', 'held', 'failed'] as const) {
      outbox.set({ connection: row.name, state }, pending[state]);
    }
    paused.set({ connection: row.name }, row.pausedAt === null ? 0 : 1);
  }
  return registry.metrics();
}
