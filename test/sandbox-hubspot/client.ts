/** The real HubSpot client against an in-memory portal behind a port, for tests. */
import { Client } from '@hubspot/api-client';
import type { Portal } from '../../sandbox/hubspot/portal.ts';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';

export interface HubSpotBench {
  running: RunningSandbox;
  portal: Portal;
  client: Client;
  /** A bare call with the private app's token; the body as JSON. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    // biome-ignore lint/suspicious/noExplicitAny: bodies are what the test looks into
  ) => Promise<{ status: number; body: any; headers: Headers }>;
  close: () => Promise<void>;
}

/** A sandbox with an empty portal. */
export async function openPortal(options = {}): Promise<HubSpotBench> {
  const running = await startSandbox({ control: true, ...options });
  const client = new Client({ accessToken: defaultPrivateToken, basePath: running.url });
  const call = callerOf(running.url, defaultPrivateToken);
  const portal = running.sandbox.portals.defaultPortal;
  return { running, portal, client, call, close: running.close };
}

/** Bare calls with a token. */
export function callerOf(url: string, token: string | null): HubSpotBench['call'] {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, body: json, headers: response.headers };
  };
}

/** What fault tests do again and again, on the bench of the moment. */
export function toolsOf(bench: () => HubSpotBench) {
  const call: HubSpotBench['call'] = (...args) => bench().call(...args);
  const control = (method: string, path: string, body?: unknown) =>
    call(method, `/__sandbox/hubspot${path}`, body);
  return {
    call,
    control,
    arm: (fault: Record<string, unknown>) => call('POST', '/__sandbox/faults', fault),
    change: (body: Record<string, unknown>) => control('POST', '/changes', body),
    search: (filters: unknown[] = [], more: Record<string, unknown> = {}) =>
      call('POST', '/crm/v3/objects/deals/search', {
        filterGroups: [{ filters }],
        properties: ['dealname', 'amount'],
        ...more,
      }),
    /** So many new deals; their ids. */
    deals: async (count: number, amount = '1'): Promise<string[]> => {
      const inputs = Array.from({ length: count }, (_, i) => ({
        properties: { dealname: `Deal ${i}`, amount },
      }));
      const { body } = await call('POST', '/crm/v3/objects/deals/batch/create', { inputs });
      return body.results.map(({ id }: { id: string }) => id);
    },
  };
}
