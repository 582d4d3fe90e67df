/** Takes HubSpot's webhooks: only what its app has signed, and only the ids of what changed. */
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { Store } from '../store/types.ts';
import type { ReportedChanges } from '../workflows/messages.ts';
import { paths } from './contract.ts';
import { countReported, countWebhook, type WebhookOutcome } from './metrics.ts';
import { createSeen } from './seen.ts';
import type { WakeUps } from './wake-ups.ts';

/** A request as it came in, with the address the CRM was given. */
export interface SignedRequest {
  method: string;
  uri: string;
  body: Uint8Array;
  signature: string | undefined;
  timestamp: string | undefined;
}

/** One record an event is about (connectors/hubspot/webhooks.ts). */
export interface ReportedChange {
  account: string | null;
  object: string;
  id: string;
  isLink: boolean;
}

/** A connection that webhooks may be sent to: the vendor's facts with its secret bound. */
export interface WebhookEndpoint {
  isTimely(timestamp: string | undefined, nowMs: number): boolean;
  isGenuine(request: SignedRequest): boolean;
  changesIn(body: Uint8Array): ReportedChange[] | null;
  /** Connections of the same app, this one too: an app sends all its accounts' events to one address. */
  sameApp: ReadonlySet<string>;
}

/** What the webhook side of the server works with. */
export interface WebhookDeps {
  /** By connection; a text says why webhooks of this one are off. */
  endpoints: ReadonlyMap<string, WebhookEndpoint | { off: string }>;
  wakeUps: WakeUps;
  /** The account each connection belongs to; null: not known yet. */
  accounts(): Promise<ReadonlyMap<string, string | null>>;
  publicUrl(): string;
  log: Logger;
  nowMs?: () => number;
}

/** 100 events of properties with long texts; an address, a name or a stage is far below. */
const bodyMaxBytes = 2 * 1024 * 1024;
/** Longer than HubSpot waits for an answer: nobody is there any more. */
const bodyMaxMs = 10_000;
/**
 * How long a signature is remembered: longer than a request is timely, on a clock that may be ahead.
 * Each worker remembers what it was sent itself. Whoever could repeat a signed request to another
 * worker behind the same address has it taken once more by each, within five minutes: the ids in it
 * are read again, together with what else waits, and nothing is written that is as it should be. A
 * memory in the store would have every webhook wait for a write, and refuse it where the store is
 * away; that is not worth a handful of reads.
 */
const seenMs = 6 * 60_000;
const noteAgainMs = 60_000;

/** POST /webhooks/hubspot/<connection>. Needs no token: the signature is the permission. */
export function mountWebhooks(app: Hono, deps: WebhookDeps): void {
  const nowMs = deps.nowMs ?? Date.now;
  const seen = createSeen(seenMs, nowMs);
  const refuse = refuser(deps, nowMs);
  const path = `${paths.webhooks}/:connection`;
  app.post(path, async (context, next) => {
    const endpoint = deps.endpoints.get(connectionIn(context));
    if (endpoint === undefined || 'off' in endpoint) {
      return refuse(context, 'not-here', endpoint?.off);
    }
    const { signature, timestamp } = signedParts(context, deps);
    if (signature === undefined || timestamp === undefined) {
      return refuse(context, 'unsigned');
    }
    return endpoint.isTimely(timestamp, nowMs()) ? next() : refuse(context, 'old');
  });
  app.post(path, bodyLimit({ maxSize: bodyMaxBytes, onError: (c) => refuse(c, 'too-large') }));
  app.post(path, async (context) => {
    const endpoint = deps.endpoints.get(connectionIn(context)) as WebhookEndpoint;
    const body = await bodyOf(context);
    const request = signedParts(context, deps);
    const signature = request.signature as string;
    if (body === null) {
      return refuse(context, 'cut');
    }
    if (!endpoint.isGenuine({ ...request, body })) {
      return refuse(context, 'forged');
    }
    if (!seen.add(signature)) {
      return refuse(context, 'replayed');
    }
    const changes = endpoint.changesIn(body);
    if (changes === null) {
      return refuse(context, 'unreadable');
    }
    try {
      await tellAll(deps, { connection: connectionIn(context), endpoint, changes });
    } catch (error) {
      seen.remove(signature);
      return refuse(context, 'not-told', notTold, error);
    }
    countWebhook('accepted');
    return context.json({ ok: true });
  });
  app.all(path, (context) => refuse(context, 'not-post'));
}

/** Connections change rarely and a flood asks often: what the store said holds for ten seconds. */
export function accountsOf(store: Pick<Store, 'connections'>): WebhookDeps['accounts'] {
  const keptMs = 10_000;
  let kept: { at: number; accounts: ReturnType<WebhookDeps['accounts']> } | null = null;
  const readAll = async () =>
    new Map((await store.connections()).map(({ name, accountId }) => [name, accountId] as const));
  return () => {
    if (kept === null || Date.now() - kept.at > keptMs) {
      const accounts = readAll();
      kept = { at: Date.now(), accounts };
      accounts.catch(() => {
        kept = null;
      });
    }
    return kept.accounts;
  };
}

/** Every owner is told before the answer: HubSpot forgets what was answered with 200. */
async function tellAll(
  deps: WebhookDeps,
  of: { connection: string; endpoint: WebhookEndpoint; changes: ReportedChange[] },
): Promise<void> {
  const byConnection = new Map<string, Pick<ReportedChanges, 'records' | 'links'>>();
  const accounts = await deps.accounts();
  for (const change of of.changes) {
    for (const name of receivers(of, change, accounts)) {
      const told = byConnection.get(name) ?? { records: [], links: [] };
      told[change.isLink ? 'links' : 'records'].push(`${change.object}/${change.id}`);
      byConnection.set(name, told);
    }
  }
  await Promise.all(
    [...byConnection].map(async ([name, told]) => {
      await deps.wakeUps.tell(name, told);
      countReported(told.records.length + told.links.length);
    }),
  );
}

/** The connections of an event's account; none where the account is a stranger's. */
function receivers(
  { connection, endpoint }: { connection: string; endpoint: WebhookEndpoint },
  { account }: ReportedChange,
  accounts: ReadonlyMap<string, string | null>,
): string[] {
  if (account === null) {
    return [connection];
  }
  const theirs = [...endpoint.sameApp].filter((name) => accounts.get(name) === account);
  const isUnknown = (accounts.get(connection) ?? null) === null;
  return theirs.length === 0 && isUnknown ? [connection] : theirs;
}

type Refusal = Exclude<WebhookOutcome, 'accepted'>;

/** The caller learns nothing of why; the log has the reason, once a minute each. */
function refuser(deps: WebhookDeps, nowMs: () => number) {
  const lately = createSeen(noteAgainMs, nowMs, 1_000);
  return (context: Context, outcome: Refusal, sentence = reasons[outcome], error?: unknown) => {
    countWebhook(outcome);
    const connection = connectionIn(context);
    if (sentence !== undefined && lately.add(`${connection} ${outcome}`)) {
      const [uri] = signedParts(context, deps).uri.split('?');
      deps.log.warn({ connection, uri, ...(error ? { err: error } : {}) }, sentence);
    }
    const status = statuses[outcome];
    if (status === 404) {
      return context.notFound();
    }
    if (status === 405) {
      context.header('allow', 'POST');
    }
    if (status === 503) {
      context.header('retry-after', '10');
    }
    return context.json({ error: answers[status] }, status);
  };
}

const statuses = {
  'not-here': 404,
  'not-post': 405,
  unsigned: 401,
  old: 401,
  forged: 401,
  replayed: 401,
  'too-large': 413,
  cut: 400,
  unreadable: 400,
  'not-told': 503,
} as const satisfies Record<Refusal, number>;

const answers = {
  400: 'This is no list of events.',
  401: 'Refused.',
  405: 'POST only.',
  413: `A delivery may carry ${bodyMaxBytes} bytes, not more.`,
  503: 'Not now. Send it again.',
};

const reasons: Partial<Record<Refusal, string>> = {
  unsigned: 'A webhook without a v3 signature was refused.',
  old: 'A webhook was refused: its timestamp is not of the last five minutes by our clock.',
  forged:
    'A webhook was refused: its signature is not that of our app. Is auth.client_secret the secret ' +
    'of the app that sends it, and is this address, letter for letter, its target URL? ' +
    '(PARTNER_SYNC_PUBLIC_URL is its beginning.)',
  replayed: 'A webhook that was accepted before was refused.',
  unreadable: 'A webhook was refused: it is signed, but it is no list of events.',
};

const notTold =
  'A webhook could not be handed to Temporal: HubSpot was asked to send it again. The next poll ' +
  'reads what it was about all the same.';

/** What is signed beside the body: the address is the one HubSpot was given, not where we listen. */
function signedParts({ req }: Context, deps: WebhookDeps): Omit<SignedRequest, 'body'> {
  const path = req.url.slice(req.url.indexOf('/', req.url.indexOf('://') + 3));
  return {
    method: req.method,
    uri: `${deps.publicUrl().replace(/\/$/, '')}${path}`,
    signature: req.header('x-hubspot-signature-v3'),
    timestamp: req.header('x-hubspot-request-timestamp'),
  };
}

/** null: the caller went away, or takes for ever. */
async function bodyOf(context: Context): Promise<Uint8Array | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), bodyMaxMs);
  const read = context.req.arrayBuffer().then(
    (bytes) => new Uint8Array(bytes),
    () => null,
  );
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}

function connectionIn(context: Context): string {
  return context.req.param('connection') ?? '';
}
