/** Who lives in the sandbox: orgs, the apps that may ask for tokens, and the tokens they hold. */
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { makeId } from './salesforce/ids.ts';
import { Org } from './salesforce/org.ts';
import { noHooks } from './salesforce/write-hooks.ts';

/** A connected app of an org. */
export interface ConnectedApp {
  clientId: string;
  clientSecret: string;
  orgId: string;
  /** Whom the client credentials flow acts as. */
  runAsUserId: string;
  /** PEM (public key or certificate) the app's JWTs are signed with; null: no JWT flow. */
  publicKeyPem: string | null;
}

/** A token's owner. */
export interface Session {
  orgId: string;
  userId: string;
  clientId: string | null;
}

/** The connected app every sandbox starts with. */
export const defaultClientId = 'sandbox';
export const defaultClientSecret = 'sandbox-secret';

export class Tenants {
  readonly clock: Clock;
  readonly orgs = new Map<string, Org>();
  readonly apps = new Map<string, ConnectedApp>();
  readonly sessions = new Map<string, Session>();
  /** Shared by all orgs; armed faults set them. */
  readonly hooks = noHooks();
  readonly refreshTokens = new Map<string, Session>();
  #nextOrg = 1;

  constructor(clock: Clock) {
    this.clock = clock;
    const org = this.addOrg('Sandbox');
    this.addApp({ clientId: defaultClientId, clientSecret: defaultClientSecret, orgId: org.id });
  }

  /** The org a person opens first. */
  get defaultOrg(): Org {
    return this.orgs.values().next().value!;
  }

  addOrg(name: string): Org {
    const org = new Org(makeId('00D', this.#nextOrg), name, this.clock);
    org.hooks = this.hooks;
    this.#nextOrg += 1;
    this.orgs.set(org.id, org);
    return org;
  }

  addApp(app: {
    clientId: string;
    clientSecret: string;
    orgId: string;
    runAsUserId?: string;
    publicKeyPem?: string | null;
  }): ConnectedApp {
    const org = this.orgs.get(app.orgId);
    const full = {
      ...app,
      runAsUserId: app.runAsUserId ?? org?.integrationUserId ?? '',
      publicKeyPem: app.publicKeyPem ?? null,
    };
    this.apps.set(full.clientId, full);
    return full;
  }

  /** A new access token in Salesforce's shape; sessions end when they are revoked. */
  openSession(session: Session, token = newToken(session.orgId)): string {
    this.sessions.set(token, session);
    return token;
  }

  openRefreshToken(session: Session): string {
    const token = `5Aep${randomBytes(32).toString('base64url')}`;
    this.refreshTokens.set(token, session);
    return token;
  }

  /** Ends a session or a refresh token; false where there was none. */
  revoke(token: string): boolean {
    return this.sessions.delete(token) || this.refreshTokens.delete(token);
  }
}

function newToken(orgId: string): string {
  return `${orgId.slice(0, 15)}!${randomBytes(48).toString('base64url')}`;
}
