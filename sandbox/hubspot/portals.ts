/** The HubSpot accounts of a sandbox, the apps installed in them, and the tokens they gave. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { HubSpotApp } from './hubspot-app.ts';
import { type PendingRow, Portal } from './portal.ts';
import { Webhooks } from './webhooks.ts';

/** What a bearer token stands for. `scopes` null: all; `expiresAt` null: never. */
export interface Grant {
  portalId: string;
  kind: 'private-app' | 'service-key' | 'oauth';
  appId: number;
  userId: number;
  scopes: string[] | null;
  expiresAt: number | null;
}

/** The app and the tokens every sandbox starts with; they belong to the first portal. */
export const defaultApp: HubSpotApp = {
  appId: 1001,
  clientId: 'sandbox',
  clientSecret: 'sandbox-secret',
  name: 'Partner Sync',
};
export const defaultPrivateToken = 'pat-na1-sandbox';
export const defaultServiceKey = 'sk-na1-sandbox';
export const defaultRefreshToken = 'sandbox-refresh-token';

/** Life of an OAuth access token, seconds. */
export const accessTokenSeconds = 1800;
const firstPortal = 48_000_001;
/** The user tokens act as; the sample company's integration user has the same number. */
export const integrationUserId = 9001;

export class Portals {
  readonly clock: Clock;
  readonly portals = new Map<string, Portal>();
  readonly apps = new Map<string, HubSpotApp>();
  readonly tokens = new Map<string, Grant>();
  readonly refreshTokens = new Map<string, Grant>();
  /** What each portal's default app is told; made when it is first asked for. */
  readonly #webhooks = new Map<string, Webhooks>();
  readonly codes = new Map<string, Grant & { redirectUri: string }>();
  #rowHook: ((row: PendingRow) => number) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
    const portal = this.addPortal('Sandbox');
    this.addApp(defaultApp);
    const grant = { portalId: portal.id, appId: defaultApp.appId, userId: integrationUserId };
    const lasting = { ...grant, scopes: null, expiresAt: null };
    this.tokens.set(defaultPrivateToken, { ...lasting, kind: 'private-app' });
    this.tokens.set(defaultServiceKey, { ...lasting, kind: 'service-key' });
    this.refreshTokens.set(defaultRefreshToken, { ...lasting, kind: 'oauth' });
  }

  /** The portal a person opens first. */
  get defaultPortal(): Portal {
    return this.portals.values().next().value!;
  }

  addPortal(name: string): Portal {
    const portal = new Portal(String(firstPortal + this.portals.size), name, this.clock);
    portal.beforeWrite = this.#rowHook;
    this.portals.set(portal.id, portal);
    return portal;
  }

  addApp(app: HubSpotApp): HubSpotApp {
    this.apps.set(app.clientId, app);
    return app;
  }

  /** The webhooks of the default app in a portal. */
  webhooksOf(portal: Portal): Webhooks {
    const known = this.#webhooks.get(portal.id);
    if (known) return known;
    const made = new Webhooks(portal, defaultApp);
    portal.listener = made;
    this.#webhooks.set(portal.id, made);
    return made;
  }

  /** Ends all deliveries. */
  stop(): void {
    for (const webhooks of this.#webhooks.values()) webhooks.stop();
  }

  appOf(appId: number): HubSpotApp | undefined {
    return [...this.apps.values()].find((app) => app.appId === appId);
  }

  /** Armed faults look at every row written through the API; null: none is armed. */
  onRow(hook: ((row: PendingRow) => number) | null): void {
    this.#rowHook = hook;
    for (const portal of this.portals.values()) portal.beforeWrite = hook;
  }

  /** A token that lasts: a private app's or a service key. */
  addToken(grant: Grant, token?: string): string {
    const prefix = grant.kind === 'service-key' ? 'sk-na1-' : 'pat-na1-';
    const made = token ?? `${prefix}${randomUUID()}`;
    this.tokens.set(made, grant);
    return made;
  }

  /** A new access token of an OAuth grant. */
  openAccess(grant: Grant): string {
    const token = `C${randomBytes(40).toString('base64url')}`;
    const expiresAt = this.clock.now() + accessTokenSeconds * 1000;
    this.tokens.set(token, { ...grant, kind: 'oauth', expiresAt });
    return token;
  }

  openRefresh(grant: Grant): string {
    const token = randomUUID();
    this.refreshTokens.set(token, { ...grant, kind: 'oauth', expiresAt: null });
    return token;
  }

  /** Ends a token of either kind; false where there was none. */
  revoke(token: string): boolean {
    return this.tokens.delete(token) || this.refreshTokens.delete(token);
  }
}
