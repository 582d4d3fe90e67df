/** Webhooks out: subscriptions of an app, and the events they are told in batches, signed. */
import { createHmac } from 'node:crypto';
import type { AssociationType } from './association-types.ts';
import type { Ends } from './associations.ts';
import type { HubSpotApp } from './hubspot-app.ts';
import type { ObjectStore } from './object-store.ts';
import type { ChangeListener, Portal, WriteOperation } from './portal.ts';
import type { CrmRecord } from './record.ts';

/** What an app wants to hear of: `deal.propertyChange`, `object.creation` ... */
export interface Subscription {
  id: number;
  eventType: string;
  propertyName?: string;
  objectTypeId?: string;
  active: boolean;
}

/** One event of a delivery, as HubSpot writes it. */
export type WebhookEvent = Record<string, string | number | boolean | null>;

/** One POST that was tried. */
export interface Delivery {
  at: string;
  events: number;
  attempt: number;
  /** 0: no answer. */
  status: number;
}

/** What happens to deliveries beside the usual; set by armed faults and the control plane. */
export interface DeliveryTroubles {
  /** Events that are sent twice, of the next ones. */
  duplicates: number;
  reorder: boolean;
  /** Held back, ms of real time. */
  lateMs: number;
  /** Deliveries, of the next ones, whose signature is wrong. */
  badSignatures: number;
  /** How old the timestamps of deliveries say they are, ms. */
  ageMs: number;
}

const batchMax = 100;
const attemptsMax = 10;
/** A receiver has five seconds to answer. */
const timeoutMs = 5000;
const deliveriesKept = 1000;
const concurrencyMax = 10;

export class Webhooks implements ChangeListener {
  readonly app: HubSpotApp;
  readonly #portal: Portal;
  targetUrl: string | null = null;
  /** How long events are gathered, and how long a failed delivery waits (doubling), ms. */
  gatherMs = 5;
  retryMs = 250;
  subscriptions: Subscription[] = [];
  readonly troubles: DeliveryTroubles = {
    duplicates: 0,
    reorder: false,
    lateMs: 0,
    badSignatures: 0,
    ageMs: 0,
  };
  deliveries: Delivery[] = [];
  #queue: WebhookEvent[] = [];
  #gathering: NodeJS.Timeout | null = null;
  #waiting: { events: WebhookEvent[]; attempt: number }[] = [];
  #running = 0;
  #nextEvent = 1;
  #nextSubscription = 1;
  #stopped = false;

  constructor(portal: Portal, app: HubSpotApp) {
    this.#portal = portal;
    this.app = app;
  }

  subscribe(wanted: Omit<Subscription, 'id' | 'active'> & { active?: boolean }): Subscription {
    const subscription = { active: true, ...wanted, id: this.#nextSubscription };
    this.#nextSubscription += 1;
    this.subscriptions.push(subscription);
    return subscription;
  }

  /** No more deliveries; timers end. */
  stop(): void {
    this.#stopped = true;
    if (this.#gathering) clearTimeout(this.#gathering);
    this.#queue = [];
    this.#waiting = [];
  }

  recordWritten(store: ObjectStore, operation: WriteOperation, record: CrmRecord): void {
    const kinds = { create: 'creation', archive: 'deletion', restore: 'restore', merge: 'merge' };
    const about: WebhookEvent = { objectId: record.number, ...sourceOf(record) };
    if (operation === 'merge') {
      about['newObjectId'] = record.number;
      about['primaryObjectId'] = Number(record.mergedIds?.[0]);
      about['mergedObjectIds'] = (record.mergedIds ?? []).join();
    }
    if (operation !== 'update') this.#tell(store, kinds[operation], about);
    if (operation !== 'create' && operation !== 'update') return;
    for (const def of store.properties.stored()) {
      const value = record.values[def.slot] ?? null;
      if (value === (record.previous?.values[def.slot] ?? null)) continue;
      const change = { propertyName: def.name, propertyValue: value ?? '' };
      this.#tell(store, 'propertyChange', { ...about, ...change });
    }
  }

  associationWritten(ends: Ends, types: readonly AssociationType[], removed: boolean): void {
    const store = this.#portal.stores.get(ends.from);
    const other = this.#portal.stores.get(ends.to);
    if (!store || !other) return;
    for (const { inverse, ...type } of types) {
      const event = (from: number, to: number, id: number, name: string) => ({
        fromObjectId: from,
        toObjectId: to,
        associationType: name.toUpperCase(),
        associationTypeId: id,
        associationCategory: type.category,
        associationRemoved: removed,
        isPrimaryAssociation: type.primary,
        changeSource: 'API',
      });
      const { fromId, toId } = ends;
      // Generic events name the types of both ends ("Create generic webhook subscriptions").
      const types = (one: ObjectStore, two: ObjectStore) => ({
        fromObjectTypeId: one.type.id,
        toObjectTypeId: two.type.id,
      });
      const there = event(fromId, toId, type.typeId, type.name);
      this.#tell(store, 'associationChange', there, types(store, other));
      const back = event(toId, fromId, inverse.typeId, inverse.name);
      this.#tell(other, 'associationChange', back, types(other, store));
    }
  }

  /** `typed` is what only generic events say. */
  #tell(store: ObjectStore, change: string, about: WebhookEvent, typed?: WebhookEvent): void {
    if (this.#stopped || this.targetUrl === null) return;
    const { name, id } = store.type;
    for (const subscription of this.subscriptions) {
      const { eventType, propertyName, objectTypeId, active } = subscription;
      const generic = eventType === `object.${change}` && (!objectTypeId || objectTypeId === id);
      if (!active || (!generic && eventType !== `${name}.${change}`)) continue;
      if (propertyName && propertyName !== about['propertyName']) continue;
      this.#queue.push({
        eventId: this.#nextEvent,
        subscriptionId: subscription.id,
        portalId: Number(this.#portal.id),
        appId: this.app.appId,
        occurredAt: this.#portal.clock.now(),
        subscriptionType: eventType,
        attemptNumber: 0,
        ...(generic ? (typed ?? { objectTypeId: id }) : {}),
        ...about,
      });
      this.#nextEvent += 1;
    }
    this.#gathering ??= setTimeout(() => this.#cutBatches(), this.gatherMs + this.troubles.lateMs);
  }

  #cutBatches(): void {
    this.#gathering = null;
    let events = this.#queue;
    this.#queue = [];
    const { troubles } = this;
    const doubled = Math.min(troubles.duplicates, events.length);
    troubles.duplicates -= doubled;
    events = [...events, ...events.slice(0, doubled)];
    if (troubles.reorder) events.reverse();
    for (let i = 0; i < events.length; i += batchMax) {
      this.#waiting.push({ events: events.slice(i, i + batchMax), attempt: 0 });
    }
    this.#pump();
  }

  #pump(): void {
    while (this.#running < concurrencyMax && this.#waiting.length > 0) {
      const batch = this.#waiting.shift()!;
      this.#running += 1;
      void this.#deliver(batch.events, batch.attempt).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  async #deliver(events: WebhookEvent[], attempt: number): Promise<void> {
    if (this.targetUrl === null || this.#stopped) return;
    const body = JSON.stringify(events.map((event) => ({ ...event, attemptNumber: attempt })));
    const status = await this.#post(this.targetUrl, body);
    const at = this.#portal.clock.iso();
    this.deliveries.push({ at, events: events.length, attempt, status });
    if (this.deliveries.length > deliveriesKept) this.deliveries.shift();
    if ((status >= 200 && status < 300) || attempt + 1 >= attemptsMax || this.#stopped) return;
    const wait = setTimeout(
      () => {
        this.#waiting.push({ events, attempt: attempt + 1 });
        this.#pump();
      },
      this.retryMs * 2 ** attempt,
    );
    wait.unref();
  }

  async #post(url: string, body: string): Promise<number> {
    // Real time: a receiver judges a delivery's age by its own clock, which tests do not move.
    const timestamp = String(Date.now() - this.troubles.ageMs);
    const wrong = this.troubles.badSignatures > 0;
    if (wrong) this.troubles.badSignatures -= 1;
    const secret = wrong ? `not ${this.app.clientSecret}` : this.app.clientSecret;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks',
          'X-HubSpot-Signature-v3': signature(secret, { method: 'POST', url, body, timestamp }),
          'X-HubSpot-Request-Timestamp': timestamp,
          'X-HubSpot-Signature-Version': 'v3',
        },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }
}

/** Base64 of HMAC-SHA256 over method, URI, body and timestamp (Validating requests, v3). */
export function signature(
  secret: string,
  sent: { method: string; url: string; body: string; timestamp: string },
): string {
  const text = `${sent.method}${decoded(sent.url)}${sent.body}${sent.timestamp}`;
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64');
}

/** The URI with the characters decoded that HubSpot lists; others stay encoded. */
function decoded(url: string): string {
  return url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (coded) =>
    decodeURIComponent(coded),
  );
}

function sourceOf({ author }: CrmRecord): WebhookEvent {
  const { sourceType, sourceId, userId } = author;
  return {
    changeSource: sourceType,
    changeFlag: 'UPDATED',
    sourceId: sourceId ?? (userId === null ? '' : `userId:${userId}`),
  };
}
