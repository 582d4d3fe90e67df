/** How jsforce's calls reach the wire: one attempt, one timeout, and the response kept for us. */
import { PassThrough } from 'node:stream';
import { Transport } from 'jsforce/lib/transport.js';
import type { HttpRequest, HttpRequestOptions, HttpResponse } from 'jsforce/lib/types/index.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import { type Dispatcher, fetch } from 'undici';

/** What happened to one request, filled in as it goes. Times are of our own clock, in ms. */
export interface Exchange {
  sentAt: number;
  receivedAt: number;
  /** null: no response. */
  status: number | null;
  headers: Record<string, string>;
  body: string;
  /** The network's error, when there was no response. */
  cause: unknown;
}

/** What travels with a request through jsforce's per-call options. */
export interface ExchangeOptions {
  exchange?: Exchange;
  signal?: AbortSignal;
}

/** A blank record of one exchange. */
export function newExchange(): Exchange {
  return { sentAt: 0, receivedAt: 0, status: null, headers: {}, body: '', cause: null };
}

/**
 * jsforce's own transport retries GET, PUT and DELETE five times without heeding Retry-After, and
 * waits 30 minutes for an answer (crm-apis.md section 4); its options are out of reach of a
 * Connection. This one makes exactly one attempt: retrying is Temporal's.
 */
export class SingleAttemptTransport extends Transport {
  private readonly dispatcher: Dispatcher;
  private readonly timeoutMs: number;
  private readonly clock: () => number;

  constructor(options: { dispatcher: Dispatcher; timeoutMs: number; clock: () => number }) {
    super();
    this.dispatcher = options.dispatcher;
    this.timeoutMs = options.timeoutMs;
    this.clock = options.clock;
  }

  override httpRequest(
    request: HttpRequest,
    options: HttpRequestOptions & ExchangeOptions = {},
  ): StreamPromise<HttpResponse> {
    return StreamPromise.create<HttpResponse>(() => ({
      stream: new PassThrough(),
      promise: this.exchange(request, options),
    }));
  }

  /** Sends one request and reads the whole answer within the timeout. */
  async exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
    const record = options.exchange ?? newExchange();
    const timeout = AbortSignal.timeout(this.timeoutMs);
    record.sentAt = this.clock();
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers ?? {},
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
        redirect: 'manual', // a followed redirect would carry our token to another host
        signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
        dispatcher: this.dispatcher,
      });
      record.headers = Object.fromEntries(response.headers);
      record.body = await response.text();
      record.receivedAt = this.clock();
      record.status = response.status;
    } catch (error) {
      record.cause = error;
      throw error;
    }
    return { statusCode: record.status, headers: record.headers, body: record.body };
  }
}
