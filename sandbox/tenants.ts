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
  /** When the token was given out, by wall time in milliseconds. */
  issuedAt?: number;
}

/** Consent to an app, to be changed for tokens once. */
export interface AuthorizationCode extends Session {
  clientId: string;
  redirectUri: string;
  /** The proof key's challenge (S256); null without one. */
  challenge: string | null;
}

/** Every user's password, and the security token that may stand behind it. */
export const defaultPassword = 'sandbox-password';
export const defaultSecurityToken = 'SandboxSecurityToken0001';

/** A refresh token of the default app that is there from the start. */
export const defaultRefreshToken = 'sandbox-refresh-token';

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
  readonly #codes = new Map<string, AuthorizationCode>();
  #nextOrg = 1;

  constructor(clock: Clock) {
    this.clock = clock;
    const org = this.addOrg('Sandbox');
    this.addApp({ clientId: defaultClientId, clientSecret: defaultClientSecret, orgId: org.id });
    const session = { orgId: org.id, userId: org.integrationUserId, clientId: defaultClientId };
    this.refreshTokens.set(defaultRefreshToken, session);
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
    this.sessions.set(token, { ...session, issuedAt: Date.now() });
    return token;
  }

  openRefreshToken(session: Session): string {
    const token = `5Aep${randomBytes(32).toString('base64url')}`;
    this.refreshTokens.set(token, session);
    return token;
  }

  /** A code for the app's next token request. */
  openCode(code: AuthorizationCode): string {
    const text = `aPrx${randomBytes(32).toString('base64url')}`;
    this.#codes.set(text, code);
    return text;
  }

  /** What a code stands for; it is good once. */
  takeCode(text: string): AuthorizationCode | null {
    const code = this.#codes.get(text) ?? null;
    this.#codes.delete(text);
    return code;
  }

  /** An active user by username, in one org or in any. */
  userNamed(username: string, orgId?: string): Session | null {
    for (const org of this.orgs.values()) {
      if (orgId !== undefined && org.id !== orgId) continue;
      const user = org.object('User');
      const rows = org.table(user).matching(user.field('Username')!.slot, username);
      const row = rows.find((one) => one[user.field('IsActive')!.slot] === true);
      if (row) return { orgId: org.id, userId: String(row[0]), clientId: null };
    }
    return null;
  }

  /** The same where the password is right, with or without the security token behind it. */
  byPassword(username: string, password: string, orgId?: string): Session | null {
    const right = [defaultPassword, defaultPassword + defaultSecurityToken].includes(password);
    return right ? this.userNamed(username, orgId) : null;
  }

  /** Ends a session or a refresh token; false where there was none. */
  revoke(token: string): boolean {
    return this.sessions.delete(token) || this.refreshTokens.delete(token);
  }
}

function newToken(orgId: string): string {
  return `${orgId.slice(0, 15)}!${randomBytes(48).toString('base64url')}`;
}
