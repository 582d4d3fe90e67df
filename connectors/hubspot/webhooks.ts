/** What HubSpot's webhooks are: how they are signed, and which records their events are about. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it came in; `body` are its bytes, untouched. */
export interface SignedRequest {
  method: string;
  /** The whole address HubSpot was given, with the query. */
  uri: string;
  body: Uint8Array;
  /** `X-HubSpot-Signature-v3` and `X-HubSpot-Request-Timestamp` (ms). */
  signature: string | undefined;
  timestamp: string | undefined;
}

/** One record an event is about. */
export interface ReportedChange {
  /** The account (portal) it belongs to; null where the event does not say. */
  account: string | null;
  /** Its object type's id, '0-3', and its own id. */
  object: string;
  id: string;
  /** Only its associations changed, which moves none of its timestamps. */
  isLink: boolean;
}

/** Requests that are older are refused (HubSpot docs, "Validating requests", v3). */
export const requestMaxAgeMs = 5 * 60_000;
/** A clock that is ahead of ours by more is not HubSpot's. */
const aheadMaxMs = 60_000;

/** True while a request may be answered: its timestamp is neither old nor of the future. */
export function isTimely(timestamp: string | undefined, nowMs: number): boolean {
  if (timestamp === undefined || !/^\d{1,15}$/.test(timestamp)) return false;
  const age = nowMs - Number(timestamp);
  return age <= requestMaxAgeMs && age >= -aheadMaxMs;
}

/**
 * True for a request that the holder of the app's client secret signed (v3). The time it takes does
 * not depend on where a signature differs; another spelling of the same bytes is another signature.
 */
export function isGenuine(secret: string, request: SignedRequest): boolean {
  const { method, uri, body, signature, timestamp } = request;
  if (signature === undefined || timestamp === undefined) return false;
  const expected = createHmac('sha256', secret)
    .update(`${method}${decodedUri(uri)}`)
    .update(body)
    .update(timestamp)
    .digest('base64');
  const fixed = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(fixed(signature), fixed(expected));
}

/** The characters of an address that HubSpot decodes before it signs; all others stay as they are. */
const decodedCharacters = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

function decodedUri(uri: string): string {
  return uri.replace(decodedCharacters, (coded) => decodeURIComponent(coded));
}

/**
 * The records a delivery's events are about, duplicates included; null where the body is no list of
 * events. An event that names no record we could read is passed over: conversations, app installs.
 */
export function changesIn(body: Uint8Array): ReportedChange[] | null {
  const events = parsed(body);
  if (!Array.isArray(events) || !events.every(isObject)) return null;
  return events.flatMap((event) => {
    const account = idOf(event['portalId']);
    return recordsOf(event).map((record) => ({ account, ...record }));
  });
}

type Event = Record<string, unknown>;
type Named = Omit<ReportedChange, 'account'>;

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Types of the older subscriptions, `deal.creation`; the generic ones carry an objectTypeId. */
const typeIds = new Map([
  ['contact', '0-1'],
  ['company', '0-2'],
  ['deal', '0-3'],
  ['ticket', '0-5'],
  ['product', '0-7'],
  ['line_item', '0-8'],
]);

function recordsOf(event: Event): Named[] {
  // HubSpot's documents name it both ways.
  const kind = String(event['subscriptionType'] ?? event['eventType'] ?? '');
  const [subject = '', change = ''] = kind.split('.');
  const typeId = typeIdOf(event['objectTypeId']) ?? typeIds.get(subject);
  if (change === 'associationChange') return endsOf(event, typeId);
  if (typeId === undefined) return [];
  const ids = [event['objectId']];
  // A merge may make a record of its own, and every one that went into it is another now.
  if (change === 'merge') {
    ids.push(event['newObjectId'], event['primaryObjectId'], ...mergedIn(event['mergedObjectIds']));
  }
  return [...new Set(ids.map(idOf))].flatMap((id) =>
    id === null ? [] : [{ object: typeId, id, isLink: false }],
  );
}

/** Both ends of an association: either may be mapped by what it is associated with. */
function endsOf(event: Event, typeId: string | undefined): Named[] {
  const [fromName, toName] = String(event['associationType'] ?? '')
    .toLowerCase()
    .split('_to_');
  const from = typeIdOf(event['fromObjectTypeId']) ?? typeIds.get(fromName ?? '') ?? typeId;
  const to = typeIdOf(event['toObjectTypeId']) ?? typeIds.get(toName ?? '');
  const ends: [string | undefined, unknown][] = [
    [from, event['fromObjectId']],
    [to, event['toObjectId']],
  ];
  return ends.flatMap(([object, value]) => {
    const id = idOf(value);
    return object === undefined || id === null ? [] : [{ object, id, isLink: true }];
  });
}

/** HubSpot's documents show a list; deliveries hold a text too: '12, 13'. */
function mergedIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : String(value ?? '').split(/[,;\s]+/);
}

function typeIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,3}-\d{1,12}$/.test(value) ? value : undefined;
}

function idOf(value: unknown): string | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^[1-9]\d{0,19}$/.test(text) ? text : null;
}
