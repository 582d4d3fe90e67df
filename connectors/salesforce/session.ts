/** The one session of a connection: logged in once, renewed once a refusal, never twice at once. */
import { requestSession, type SalesforceAuth, type Session } from './auth.ts';
import type { SingleAttemptTransport } from './transport.ts';

/** Holds the session; callers that find it refused say which token was refused. */
export class SessionHolder {
  private auth: SalesforceAuth;
  private readonly transport: SingleAttemptTransport;
  private readonly clock: () => number;
  private session: Session | null = null;
  private pending: Promise<Session> | null = null;

  constructor(options: {
    auth: SalesforceAuth;
    transport: SingleAttemptTransport;
    clock: () => number;
  }) {
    this.auth = options.auth;
    this.transport = options.transport;
    this.clock = options.clock;
  }

  /** The present session, logging in when there is none. */
  async current(): Promise<Session> {
    return this.session ?? this.logIn();
  }

  /** A session with another token than the refused one. Several callers cause one login. */
  async renew(refusedToken: string): Promise<Session> {
    if (this.session && this.session.accessToken !== refusedToken) return this.session;
    this.session = null;
    return this.logIn();
  }

  private logIn(): Promise<Session> {
    this.pending ??= requestSession(this.auth, this.transport, this.clock)
      .then((session) => {
        this.session = session;
        // An org with refresh-token rotation takes each refresh token once.
        if (this.auth.flow === 'refresh-token' && session.refreshToken) {
          this.auth = { ...this.auth, refreshToken: session.refreshToken };
        }
        return session;
      })
      .finally(() => {
        this.pending = null;
      });
    return this.pending;
  }
}
