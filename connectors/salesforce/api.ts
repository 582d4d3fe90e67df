/** The one place where Salesforce is called: session, budget, clock, and errors made ours. */
import { Connection } from 'jsforce/lib/connection.js';
import type { Dispatcher } from 'undici';
import type { CallBudget, CallPriority } from '../budget.ts';
import { ClockEstimate } from '../clock.ts';
import { mustBeInTime } from '../deadline.ts';
import { openDispatcher } from '../dispatcher.ts';
import type { ConnectorError } from '../errors.ts';
import type { ConnectorLog } from '../log.ts';
import type { SalesforceAuth, Session } from './auth.ts';
import { errorFromNetwork, errorFromResponse, malformedResponse } from './errors.ts';
import { SessionHolder } from './session.ts';
import { type Exchange, newExchange, SingleAttemptTransport } from './transport.ts';

export type { ConnectorLog } from '../log.ts';

/** Everything a Salesforce connection needs to be opened. */
export interface SalesforceOptions {
  auth: SalesforceAuth;
  /** '68.0' (Winter '27) by default; named in every path. */
  apiVersion?: string;
  budget: CallBudget;
  log: ConnectorLog;
  /** Our own clock in ms; Date.now by default. */
  now?: () => number;
  /** The longest one call may take, answer included. */
  requestTimeoutMs?: number;
  /** The longest pause between two looks at a Bulk job or a new field; 5 s by default. */
  pollIntervalMaxMs?: number;
}

/** One call. `path` is relative to the version root ('/query?q=...') or starts '/services/'. */
export interface ApiCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** In words, for errors: 'read changes'. */
  operation: string;
  object?: string;
  priority: CallPriority;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** The answer is text (CSV) and stays text. */
  text?: true;
}

/** A response: the parsed body (a string when it was not JSON) and the headers, lower case. */
export interface ApiResponse<T> {
  body: T;
  headers: Record<string, string>;
}

const apiVersionDefault = '68.0';
/** Salesforce gives a query 120 s before QUERY_TIMEOUT; a little more lets its answer arrive. */
const requestTimeoutDefaultMs = 130_000;
const pollIntervalDefaultMs = 5_000;

/** jsforce's Connection with a session of our own; all methods of the connector go through it. */
export class SalesforceApi {
  readonly log: ConnectorLog;
  readonly pollIntervalMaxMs: number;
  readonly clock = new ClockEstimate();
  private readonly budget: CallBudget;
  private readonly ours: () => number;
  private readonly connection: Connection;
  private readonly sessions: SessionHolder;
  private readonly dispatcher: Dispatcher;
  private readonly transport: SingleAttemptTransport;
  private calls = 0;
  private dailyUsed: number | null = null;
  private dailyLimit: number | null = null;

  constructor(options: SalesforceOptions) {
    this.log = options.log;
    this.budget = options.budget;
    this.ours = options.now ?? Date.now;
    this.pollIntervalMaxMs = options.pollIntervalMaxMs ?? pollIntervalDefaultMs;
    this.dispatcher = openDispatcher(options.auth.loginUrl);
    this.transport = new SingleAttemptTransport({
      dispatcher: this.dispatcher,
      timeoutMs: options.requestTimeoutMs ?? requestTimeoutDefaultMs,
      clock: this.ours,
    });
    const sessionClock = () => this.clock.latestMs(this.ours());
    const { auth } = options;
    this.sessions = new SessionHolder({ auth, transport: this.transport, clock: sessionClock });
    this.connection = new Connection({
      loginUrl: auth.loginUrl,
      version: options.apiVersion ?? apiVersionDefault,
    });
    this.connection._transport = this.transport;
  }

  /** Makes one counted call; a refused session is renewed once, everything else is the caller's. */
  async call<T>(call: ApiCall): Promise<T> {
    return (await this.respond<T>(call)).body;
  }

  /** As `call`, with the response's headers (Bulk locators are there). */
  async respond<T>(call: ApiCall): Promise<ApiResponse<T>> {
    const session = await this.useSession(await this.sessions.current());
    const first = await this.attempt<T>(call);
    if (first.ok) return first;
    if (first.exchange.status !== 401) throw first.error;
    // Once only: jsforce's own refresh repeats for as long as the answer is 401.
    this.log.info({ crm: 'salesforce', operation: call.operation }, 'session refused, renewing');
    await this.useSession(await this.sessions.renew(session.accessToken));
    const second = await this.attempt<T>(call);
    if (second.ok) return second;
    throw second.error;
  }

  /** Who we logged in as. */
  async session(): Promise<Session> {
    return this.useSession(await this.sessions.current());
  }

  /** The CRM's clock in ms; asked for anew when the last answer is older than `maxAgeMs`. */
  async crmNowMs(maxAgeMs: number): Promise<number> {
    if (this.clock.ageMs(this.ours()) > maxAgeMs) await this.probeClock();
    return this.clock.latestMs(this.ours());
  }

  /** Calls counted against the org's limit since opening, and the org's own figures. */
  usage(): { calls: number; dailyUsed: number | null; dailyLimit: number | null } {
    return { calls: this.calls, dailyUsed: this.dailyUsed, dailyLimit: this.dailyLimit };
  }

  /** Where the org's pages are; the login address until the first login. */
  get instanceUrl(): string {
    return this.connection.instanceUrl || this.connection.loginUrl;
  }

  /** The API version in paths: 'v68.0'. */
  get versionPath(): string {
    return `/services/data/v${this.connection.version}`;
  }

  /** Closes the sockets. */
  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  /** The versions list needs no session and counts against no limit (REST guide, Versions). */
  private async probeClock(): Promise<void> {
    const { instanceUrl } = await this.session();
    if (this.clock.ageMs(this.ours()) <= 0) return;
    const exchange = newExchange();
    const url = `${instanceUrl}/services/data/`;
    try {
      await this.transport.exchange({ method: 'GET', url, headers: {} }, { exchange });
    } catch (cause) {
      throw errorFromNetwork({ operation: 'read the clock', status: null, body: '', cause });
    }
    this.learn(exchange);
  }

  private useSession(session: Session): Session {
    this.connection.accessToken = session.accessToken;
    this.connection.instanceUrl = session.instanceUrl;
    return session;
  }

  private async attempt<T>(
    call: ApiCall,
  ): Promise<
    ({ ok: true } & ApiResponse<T>) | { ok: false; exchange: Exchange; error: ConnectorError }
  > {
    await this.budget.take(1, call.priority);
    mustBeInTime({ crm: 'salesforce', operation: call.operation });
    const exchange = newExchange();
    this.calls += 1;
    try {
      const body = await this.connection.request<T>(this.requestOf(call), {
        exchange,
        signal: call.signal,
        // jsforce would parse CSV itself, and slowly.
        ...(call.text ? { responseType: 'text/plain' } : {}),
      } as object);
      this.learn(exchange);
      if (typeof body === 'string' && !call.text) throw malformedResponse(call);
      if (isRedirect(exchange.status)) throw malformedResponse(call);
      return { ok: true, body, headers: exchange.headers };
    } catch (error) {
      this.learn(exchange);
      return { ok: false, exchange, error: errorOf(call, exchange, error) };
    }
  }

  private requestOf(call: ApiCall): {
    method: ApiCall['method'];
    url: string;
    body?: string;
    headers: Record<string, string>;
  } {
    const headers: Record<string, string> = { ...call.headers };
    if (call.body === undefined) return { method: call.method, url: call.path, headers };
    headers['content-type'] = 'application/json';
    return { method: call.method, url: call.path, headers, body: JSON.stringify(call.body) };
  }

  /** Takes clock and limits from a response. */
  private learn(exchange: Exchange): void {
    if (exchange.status === null) return;
    const dateMs = Date.parse(exchange.headers.date ?? '');
    if (!Number.isNaN(dateMs)) this.clock.observe({ ...exchange, dateMs });
    const usage = /api-usage=(\d+)\/(\d+)/.exec(exchange.headers['sforce-limit-info'] ?? '');
    if (!usage) return;
    this.dailyUsed = Number(usage[1]);
    this.dailyLimit = Number(usage[2]);
    this.budget.observe({ dailyUsed: this.dailyUsed, dailyLimit: this.dailyLimit });
  }
}

function isRedirect(status: number | null): boolean {
  return status !== null && status > 300 && status < 400;
}

function errorOf(call: ApiCall, exchange: Exchange, error: unknown): ConnectorError {
  const { operation, object } = call;
  const what = object ? { operation, object } : { operation };
  if (exchange.status === null) {
    const cause = exchange.cause ?? error;
    return errorFromNetwork({ ...what, status: null, body: '', cause });
  }
  if (exchange.status < 400 && exchange.status !== 300) {
    return malformedResponse(what);
  }
  const retryAfter = exchange.headers['retry-after'] ?? null;
  return errorFromResponse({ ...what, status: exchange.status, body: exchange.body, retryAfter });
}
