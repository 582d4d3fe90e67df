/** Our bearer token: a private app's or service key's as it is, an OAuth app's kept fresh. */
import { ConnectorError } from '../errors.ts';
import type { Exchange, SingleAttemptClient } from './client.ts';
import { errorFromNetwork, errorFromResponse, malformedResponse } from './errors.ts';
import type { Paths } from './paths.ts';

/** How we sign in. `loginUrl` is the base of the API: https://api.hubapi.com. */
export type HubSpotAuth =
  | { flow: 'token'; loginUrl: string; accessToken: string }
  | {
      flow: 'refresh-token';
      loginUrl: string;
      clientId: string;
      clientSecret?: string;
      refreshToken: string;
    };

/** A token is renewed so long before its end: a call may be under way for that time. */
const renewBeforeMs = 60_000;
/** HubSpot's own life of a token, where the answer does not say (crm-apis.md, Auth). */
const lifeDefaultSeconds = 1_800;

/** Holds the token; callers that find it refused say which one was refused. */
export class TokenHolder {
  private auth: HubSpotAuth;
  private readonly client: SingleAttemptClient;
  private readonly paths: Paths;
  private readonly now: () => number;
  private readonly onExchange: (exchange: Exchange) => void;
  private token: { text: string; until: number } | null = null;
  private pending: Promise<string> | null = null;

  constructor(options: {
    auth: HubSpotAuth;
    client: SingleAttemptClient;
    paths: Paths;
    now: () => number;
    onExchange: (exchange: Exchange) => void;
  }) {
    this.auth = options.auth;
    this.client = options.client;
    this.paths = options.paths;
    this.now = options.now;
    this.onExchange = options.onExchange;
  }

  /** The present token; by the clock, since a 401 need not mean that it has expired. */
  async current(): Promise<string> {
    if (this.auth.flow === 'token') return this.auth.accessToken;
    if (this.token && this.now() < this.token.until - renewBeforeMs) return this.token.text;
    return this.renewed();
  }

  /** Another token than the refused one; null where there is no other to be had. */
  async renew(refused: string): Promise<string | null> {
    if (this.auth.flow === 'token') return null;
    if (this.token && this.token.text !== refused) return this.token.text;
    this.token = null;
    return this.renewed();
  }

  /** Several callers cause one call. */
  private renewed(): Promise<string> {
    this.pending ??= this.request().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  private async request(): Promise<string> {
    const { auth } = this;
    if (auth.flow === 'token') return auth.accessToken;
    const operation = 'sign in';
    const exchange = await this.client.exchange(
      {
        method: 'POST',
        path: this.paths.token,
        form: {
          grant_type: 'refresh_token',
          client_id: auth.clientId,
          ...(auth.clientSecret === undefined ? {} : { client_secret: auth.clientSecret }),
          refresh_token: auth.refreshToken,
        },
      },
      null,
    );
    this.onExchange(exchange);
    const { status, body, headers, cause } = exchange;
    if (status === null) throw errorFromNetwork({ operation, status, body: '', cause });
    if (status >= 400) throw refusedSignIn(errorFromResponse({ operation, status, body, headers }));
    const answer = parsed(body);
    if (typeof answer?.access_token !== 'string') throw malformedResponse({ operation });
    if (typeof answer.refresh_token === 'string') {
      this.auth = { ...auth, refreshToken: answer.refresh_token };
    }
    const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : lifeDefaultSeconds;
    this.token = { text: answer.access_token, until: this.now() + seconds * 1000 };
    return answer.access_token;
  }
}

/** Any refusal of the token call means the same: this sign-in does not work. */
function refusedSignIn(error: ConnectorError): ConnectorError {
  if (error.kind !== 'rejected' && error.kind !== 'not-found') return error;
  const message =
    `HubSpot refused the sign-in (${error.call.code}). Not retried. Check the app, its secret and ` +
    'its refresh token, then run "partner-sync resume".';
  return new ConnectorError('unauthorized', error.call, message);
}

function parsed(
  body: string,
): { access_token?: unknown; refresh_token?: unknown; expires_in?: unknown } | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
