/** A server that takes webhooks for one portal, and HubSpot's side of the conversation. */
import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import pino from 'pino';
import { changesIn, isGenuine, isTimely } from '../../connectors/hubspot/webhooks.ts';
import { signature } from '../../sandbox/hubspot/webhooks.ts';
import { createServer } from '../../server/app.ts';
import type { ServerDeps } from '../../server/deps.ts';
import { defaultLimits, type Limits } from '../../server/rate-limit.ts';
import { createWakeUps } from '../../server/wake-ups.ts';
import type { WebhookEndpoint } from '../../server/webhooks.ts';
import type { Store } from '../../store/types.ts';
import type { ReportedChanges } from '../../workflows/messages.ts';

export const connection = 'acme-hubspot';
export const secret = 'the-secret-of-the-app';
export const portalId = 48_000_001;
export const publicUrl = 'https://sync.acme.example/hooks';
export const target = `${publicUrl}/webhooks/hubspot/${connection}`;

/** What the receiver did. */
export interface Receiver {
  app: Hono;
  deps: Omit<ServerDeps, 'publicUrl'>;
  /** Signals as Temporal got them. */
  signals: { connection: string; changes: ReportedChanges }[];
  log: string[];
  /** Throws while it is set: Temporal does not answer. */
  down: { error: Error | null };
}

/** Parts a test replaces. */
export interface ReceiverOptions {
  endpoints?: [string, WebhookEndpoint | { off: string }][];
  accounts?: [string, string | null][];
  limits?: Partial<Limits>;
  gatherMs?: number;
}

/** The vendor's facts with a secret bound, as the worker does it. */
export function endpoint(of: string, sameApp = [connection]): WebhookEndpoint {
  const genuine: WebhookEndpoint['isGenuine'] = (request) => isGenuine(of, request);
  return { isTimely, isGenuine: genuine, changesIn, sameApp: new Set(sameApp) };
}

/** The server in memory; deliveries are gathered for five milliseconds. */
export function receiver(options: ReceiverOptions = {}): Receiver {
  const { endpoints = [[connection, endpoint(secret)]], gatherMs = 5 } = options;
  const { accounts = [[connection, String(portalId)]] } = options;
  const log: string[] = [];
  const signals: Receiver['signals'] = [];
  const down: Receiver['down'] = { error: null };
  const send = async (name: string, changes: ReportedChanges) => {
    if (down.error) throw down.error;
    signals.push({ connection: name, changes });
  };
  const rows = accounts.map(([name, accountId]) => ({ name, accountId }));
  const deps: Omit<ServerDeps, 'publicUrl'> = {
    store: { connections: async () => rows } as unknown as Store,
    token: 'a-token-of-more-than-sixteen-characters',
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    crmUrl: () => null,
    backupFolder: '.',
    limits: { ...defaultLimits, ...options.limits },
    webhooks: {
      endpoints: new Map(endpoints),
      wakeUps: createWakeUps({ send, gatherMs, pace: { burst: 1_000, perSecond: 1_000 } }),
    },
  };
  return {
    app: createServer({ ...deps, publicUrl: () => publicUrl }),
    deps,
    signals,
    log,
    down,
  };
}

/** How a delivery differs from an honest one. */
export interface Delivery {
  events?: unknown;
  /** Bytes in place of the events. */
  body?: string | Uint8Array;
  secret?: string;
  /** The address it was signed for. */
  url?: string;
  /** Where it is sent. */
  path?: string;
  method?: string;
  ageMs?: number;
  headers?: Record<string, string>;
}

/** An event as HubSpot writes it. */
export function dealEvent(id: number, more: Record<string, unknown> = {}) {
  return {
    eventId: 1,
    subscriptionId: 12,
    portalId,
    appId: 1_001,
    occurredAt: Date.now(),
    subscriptionType: 'deal.propertyChange',
    attemptNumber: 0,
    objectId: id,
    changeSource: 'CRM_UI',
    propertyName: 'dealstage',
    propertyValue: 'a value that nobody but the CRM may know',
    ...more,
  };
}

/** A delivery as a request, signed as HubSpot signs. */
export function signed(delivery: Delivery = {}): { path: string; init: RequestInit } {
  const { events = [dealEvent(101)], method = 'POST', ageMs = 0 } = delivery;
  const body = delivery.body ?? JSON.stringify(events);
  const timestamp = String(Date.now() - ageMs);
  const { url = target, secret: key = secret } = delivery;
  const own = createHmac('sha256', key).update(`${method}${url}`).update(body).update(timestamp);
  const valid =
    typeof body === 'string'
      ? signature(key, { method, url, body, timestamp })
      : own.digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-hubspot-signature-v3': valid,
    'x-hubspot-request-timestamp': timestamp,
    ...delivery.headers,
  };
  const path = delivery.path ?? `/webhooks/hubspot/${connection}`;
  const init = method === 'GET' ? { method, headers } : { method, headers, body };
  return { path, init };
}

/** Sends a delivery; its status. */
export async function deliver({ app }: Receiver, delivery: Delivery = {}): Promise<number> {
  const { path, init } = signed(delivery);
  return (await app.request(path, init)).status;
}
