/** The one place where HubSpot is called: token, budget, pace, clock, and errors made ours. */
import type { Dispatcher } from 'undici';
import type { CallBudget, CallPriority } from '../budget.ts';
import { ClockEstimate } from '../clock.ts';
import { mustBeInTime } from '../deadline.ts';
import { openDispatcher } from '../dispatcher.ts';
import type { ConnectorError } from '../errors.ts';
import type { ConnectorLog } from '../log.ts';
import { type HubSpotAuth, TokenHolder } from './auth.ts';
import { type ClientRequest, type Exchange, SingleAttemptClient } from './client.ts';
import { errorFromNetwork, errorFromResponse, malformedResponse } from './errors.ts';
import { Pace } from './pace.ts';
import { type HubSpotVersion, type Paths, pathsOf, versionDefault } from './paths.ts';

/** Everything a HubSpot connection needs to be opened. */
export interface HubSpotOptions {
  auth: HubSpotAuth;
  /** '2026-03' by default; 'v3' for the older paths. */
  apiVersion?: HubSpotVersion;
  budget: CallBudget;
  log: ConnectorLog;
  /** Our own clock in ms; Date.now by default. */
  now?: () => number;
  /** The longest one call may take, answer included. */
  requestTimeoutMs?: number;
  /** Searches a second, of the account's 5 (crm-apis.md, limits). */
  searchesPerSecond?: number;
}

/** One call; `body` is sent as JSON. */
export interface ApiCall extends Pick<ClientRequest, 'method' | 'path' | 'body' | 'signal'> {
  /** In words, for errors: 'read changes'. */
  operation: string;
  object?: string;
  priority: CallPriority;
  /** A search has a limit of its own. */
  search?: true;
}

/** A search of 200 records takes HubSpot seconds at worst; its own gateway gives up before this. */
const requestTimeoutDefaultMs = 60_000;
const searchesPerSecondDefault = 5;

/** The client with our token, budget and pace; all methods of the connector go through it. */
export class HubSpotApi {
  readonly log: ConnectorLog;
  readonly clock = new ClockEstimate();
  readonly paths: Paths;
  readonly auth: HubSpotAuth;
  private readonly budget: CallBudget;
  private readonly ours: () => number;
  private readonly client: SingleAttemptClient;
  private readonly tokens: TokenHolder;
  private readonly dispatcher: Dispatcher;
  private readonly searchPace: Pace;
  private calls = 0;
  private dailyUsed: number | null = null;
  private dailyLimit: number | null = null;

  constructor(options: HubSpotOptions) {
    this.log = options.log;
    this.auth = options.auth;
    this.budget = options.budget;
    this.ours = options.now ?? Date.now;
    this.paths = pathsOf(options.apiVersion ?? versionDefault);
    this.dispatcher = openDispatcher(options.auth.loginUrl);
    this.searchPace = new Pace(options.searchesPerSecond ?? searchesPerSecondDefault);
    this.client = new SingleAttemptClient({
      baseUrl: options.auth.loginUrl,
      dispatcher: this.dispatcher,
      timeoutMs: options.requestTimeoutMs ?? requestTimeoutDefaultMs,
      clock: this.ours,
    });
    this.tokens = new TokenHolder({
      auth: options.auth,
      client: this.client,
      paths: this.paths,
      now: () => this.clock.latestMs(this.ours()),
      onExchange: (exchange) => this.learn(exchange),
    });
  }

  /** Makes one counted call; a refused OAuth token is renewed once, all else is the caller's. */
  async call<T>(call: ApiCall): Promise<T> {
    const token = await this.tokens.current();
    const first = await this.attempt<T>(call, token);
    if (first.ok) return first.body;
    if (first.status !== 401) throw first.error;
    const renewed = await this.tokens.renew(token);
    if (renewed === null) throw first.error;
    this.log.info({ crm: 'hubspot', operation: call.operation }, 'token refused, renewed');
    const second = await this.attempt<T>(call, renewed);
    if (second.ok) return second.body;
    throw second.error;
  }

  /**
   * The token itself, for the calls that ask what it stands for. `anew`: an OAuth token made now,
   * for one made before carries the scopes of that time.
   */
  async token(how: { anew?: boolean } = {}): Promise<string> {
    const token = await this.tokens.current();
    return (how.anew ? await this.tokens.renew(token) : null) ?? token;
  }

  /** An uncounted call without our token (token information is outside the account's limits). */
  async unsigned<T>(request: Omit<ClientRequest, 'signed'>, operation: string): Promise<T> {
    const exchange = await this.client.exchange(request, null);
    this.learn(exchange);
    const { status, body, headers, cause } = exchange;
    if (status === null) throw errorFromNetwork({ operation, status, body: '', cause });
    if (status >= 400) throw errorFromResponse({ operation, status, body, headers });
    return parsed<T>(body, { operation });
  }

  /** The CRM's clock in ms; asked for anew when the last answer is older than `maxAgeMs`. */
  async crmNowMs(maxAgeMs: number): Promise<number> {
    if (this.clock.ageMs(this.ours()) > maxAgeMs) await this.probeClock();
    return this.clock.latestMs(this.ours());
  }

  /** Calls counted against the account since opening, and the account's own figures. */
  usage(): { calls: number; dailyUsed: number | null; dailyLimit: number | null } {
    return { calls: this.calls, dailyUsed: this.dailyUsed, dailyLimit: this.dailyLimit };
  }

  /** Closes the sockets. */
  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  /** Without a token a call counts against nobody's limits; its refusal carries the clock. */
  private async probeClock(): Promise<void> {
    const exchange = await this.client.exchange(
      { method: 'GET', path: this.paths.accountDetails },
      null,
    );
    this.learn(exchange);
    if (exchange.status !== null) return;
    const { cause } = exchange;
    throw errorFromNetwork({ operation: 'read the clock', status: null, body: '', cause });
  }

  private async attempt<T>(
    call: ApiCall,
    token: string,
  ): Promise<{ ok: true; body: T } | { ok: false; status: number | null; error: ConnectorError }> {
    await this.budget.take(1, call.priority);
    const send = () => {
      mustBeInTime({ crm: 'hubspot', operation: call.operation });
      this.calls += 1;
      return this.client.exchange(call, token);
    };
    const exchange = await (call.search ? this.searchPace.run(send) : send());
    this.learn(exchange);
    const { status, body, headers, cause } = exchange;
    const { operation, object } = call;
    const what = object === undefined ? { operation } : { operation, object };
    if (status === null) {
      return { ok: false, status, error: errorFromNetwork({ ...what, status, body: '', cause }) };
    }
    if (status >= 400) {
      const error = errorFromResponse({ ...what, status, body, headers });
      return { ok: false, status, error };
    }
    if (status >= 300) return { ok: false, status, error: malformedResponse(what) };
    return { ok: true, body: parsed<T>(body, what) };
  }

  /** Takes clock and limits from a response. */
  private learn(exchange: Exchange): void {
    if (exchange.status === null) return;
    const { headers } = exchange;
    const dateMs = Date.parse(headers.date ?? '');
    if (!Number.isNaN(dateMs)) this.clock.observe({ ...exchange, dateMs });
    const of = (name: string) => Number(headers[`x-hubspot-ratelimit-${name}`] ?? Number.NaN);
    const [limit, left] = [of('daily'), of('daily-remaining')];
    if (Number.isFinite(limit) && Number.isFinite(left)) {
      this.dailyLimit = limit;
      this.dailyUsed = limit - left;
    }
    // OAuth apps have no day's limit, searches name none at all.
    const [calls, perMs] = [of('max'), of('interval-milliseconds')];
    if (!(calls > 0 && perMs > 0)) return;
    const { dailyUsed, dailyLimit } = this;
    this.budget.observe({ dailyUsed, dailyLimit, burst: { calls, perMs } });
  }
}

/** 204 has no body: `null`. Throws 'malformed-response' for what is not JSON. */
function parsed<T>(body: string, what: { operation: string; object?: string }): T {
  if (body === '') return null as T;
  try {
    return JSON.parse(body) as T;
  } catch (cause) {
    throw malformedResponse({ ...what, cause });
  }
}
