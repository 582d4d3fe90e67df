/** Reads content from the worker's server; every refusal becomes a sentence. */
import type { ErrorAnswer } from '../server/contract.ts';
import { CommandError } from './output.ts';

/** The server, as commands use it. */
export interface Api {
  url: string;
  get<T>(path: string, query?: Record<string, string | number | undefined>): Promise<T>;
  /** As get, but with the answer's status, for answers that are not errors (300, 404). */
  ask(path: string, query?: Query): Promise<{ status: number; body: unknown }>;
  text(path: string, query?: Query): Promise<string>;
  post<T>(path: string, body: unknown): Promise<T>;
}

type Query = Record<string, string | number | undefined>;

/** Long enough for a backup or a plan of 100,000 rows. */
const timeoutMs = 120_000;
/** Times a request waits as long as the server's rate limit asks, before its sentence is shown. */
const patience = 3;

/** An API client with the bearer token. Throws CommandError with the server's own sentence. */
export function createApi(url: string, token: string): Api {
  async function call(path: string, query: Query, init: RequestInit = {}): Promise<Response> {
    const address = new URL(path, url);
    for (const [key, v] of Object.entries(query)) {
      if (v !== undefined) {
        address.searchParams.set(key, String(v));
      }
    }
    for (let left = patience; ; left -= 1) {
      const response = await fetch(address, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => {
        throw new CommandError(
          `The server at ${url} does not answer. Is the worker running? See "partner-sync doctor".`,
        );
      });
      if (response.status !== 429 || left === 0) {
        return response;
      }
      const seconds = Number(response.headers.get('retry-after')) || 1;
      await new Promise((done) => setTimeout(done, seconds * 1_000));
    }
  }

  async function json<T>(response: Response): Promise<T> {
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      const said = (body as ErrorAnswer | null)?.error;
      throw new CommandError(said ?? `The server at ${url} answered ${response.status}.`);
    }
    return body as T;
  }

  return {
    url,
    get: async (path, query = {}) => json(await call(path, query)),
    async ask(path, query = {}) {
      const response = await call(path, query);
      return { status: response.status, body: await response.json().catch(() => null) };
    },
    async text(path, query = {}) {
      const response = await call(path, query);
      if (!response.ok) {
        throw new CommandError(await response.text());
      }
      return response.text();
    },
    post: async (path, body) =>
      json(await call(path, {}, { method: 'POST', body: JSON.stringify(body) })),
  };
}
