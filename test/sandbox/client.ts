/** A sandbox in memory with a token, for the tests of its API. */
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.ts';

/** Instant every test's clock stands at. */
export const testNow = Date.parse('2026-11-20T09:00:00.000Z');

/** One answer: status, headers and the body read as JSON where it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are asserted on, field by field.
  body: any;
}

export interface Client {
  sandbox: Sandbox;
  token: string;
  /** Paths are relative to /services/data/v68.0 unless they begin with /services or /__sandbox. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  query: (soql: string) => Promise<Record<string, unknown>[]>;
}

/** A sandbox with a frozen clock, its control plane open, and a session of the integration user. */
export function openClient(options: SandboxOptions = {}): Client {
  const sandbox = createSandbox({ control: true, ...options });
  sandbox.clock.freeze(testNow);
  const org = sandbox.tenants.defaultOrg;
  const token = sandbox.tenants.openSession({
    orgId: org.id,
    userId: org.integrationUserId,
    clientId: null,
  });
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const absolute = /^\/(services|__sandbox|id\/)/.test(path);
    const url = `http://sandbox.test${absolute ? '' : '/services/data/v68.0'}${path}`;
    const text = body === undefined || typeof body === 'string';
    const response = await sandbox.fetch(
      new Request(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined || text ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: text ? (body as string) : JSON.stringify(body) }),
      }),
    );
    const raw = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: json && raw !== '' ? JSON.parse(raw) : raw,
    };
  };
  const query: Client['query'] = async (soql) =>
    (await call('GET', `/query?q=${encodeURIComponent(soql)}`)).body.records;
  return { sandbox, token, call, query };
}
