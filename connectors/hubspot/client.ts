/** HubSpot's own client with a way to the wire of ours: one attempt, one timeout, nothing shared. */
import { Client } from '@hubspot/api-client';
import { Request } from '@hubspot/api-client/lib/src/services/http/Request.js';
import { type Dispatcher, fetch } from 'undici';

/** One request as the client takes it, and what bounds it. */
export interface ClientRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  /** JSON, or a form. */
  body?: unknown;
  form?: Record<string, string>;
  /** false: sent without our token. */
  signed?: boolean;
  signal?: AbortSignal;
}

/** What happened to one request. Times are of our own clock, in ms. */
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

/**
 * The client's `apiRequest` waits without end and goes through a limiter and retries that all
 * clients of a process share (crm-apis.md section 4: findings 1 to 4). Addresses, token and headers
 * are still the client's; the exchange is one attempt within our timeout, through our own sockets.
 */
export class SingleAttemptClient extends Client {
  private readonly dispatcher: Dispatcher;
  private readonly timeoutMs: number;
  private readonly clock: () => number;

  constructor(options: {
    baseUrl: string;
    dispatcher: Dispatcher;
    timeoutMs: number;
    clock: () => number;
  }) {
    super({ basePath: options.baseUrl.replace(/\/$/, '') });
    this.dispatcher = options.dispatcher;
    this.timeoutMs = options.timeoutMs;
    this.clock = options.clock;
  }

  /** Never throws: a network's error is in the exchange. */
  async exchange(request: ClientRequest, accessToken: string | null): Promise<Exchange> {
    const { sendData, url } = this.built(request, accessToken);
    const exchange: Exchange = {
      sentAt: this.clock(),
      receivedAt: 0,
      status: null,
      headers: {},
      body: '',
      cause: null,
    };
    const timeout = AbortSignal.timeout(this.timeoutMs);
    try {
      const response = await fetch(url, {
        ...sendData,
        redirect: 'manual', // a followed redirect would carry our token to another host
        signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
        dispatcher: this.dispatcher,
      });
      exchange.headers = Object.fromEntries(response.headers);
      exchange.body = await response.text();
      exchange.receivedAt = this.clock();
      exchange.status = response.status;
    } catch (error) {
      exchange.cause = error;
    }
    return exchange;
  }

  private built({ method, path, body, form }: ClientRequest, accessToken: string | null) {
    const config = { ...this.config, ...(accessToken === null ? {} : { accessToken }) };
    const request = new Request(config, {
      method,
      path,
      ...(form
        ? {
            defaultJson: false,
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams(form).toString(),
          }
        : { body }),
      ...(accessToken === null ? { authType: 'none' } : { authType: 'accessToken' }),
    });
    const { headers, body: text } = request.getSendData() as SendData;
    const sendData = { method, headers, ...(text === undefined ? {} : { body: text }) };
    return { sendData, url: request.getUrl() };
  }
}

/** What `getSendData` gives; its declaration leaves out the body. */
interface SendData {
  headers: Record<string, string>;
  body?: string;
}
