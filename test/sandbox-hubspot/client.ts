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
