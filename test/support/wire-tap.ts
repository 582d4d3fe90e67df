/** A sandbox on a port, with a hand on the wire: calls can be cut, answered or only watched. */
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.ts';

/** What a tap may do with a call. */
export interface Tapped {
  request: Request;
  /** The sandbox's own answer; what the call writes is written. */
  proceed(): Promise<Response>;
  /** Breaks the connection without an answer. */
  cut(): Response;
}

/** Takes the calls it wants; undefined leaves a call alone. */
export type Tap = (call: Tapped) => Promise<Response> | undefined;

export interface TappedSandbox {
  sandbox: Sandbox;
  url: string;
  /** Taps the wire; the answer takes the tap away. */
  tap(tap: Tap): () => void;
  close(): Promise<void>;
}

/** Starts a sandbox on a free port of loopback. */
export function startTappedSandbox(options: SandboxOptions): Promise<TappedSandbox> {
  const sandbox = createSandbox(options);
  let taps: Tap[] = [];
  const fetch = async (request: Request, env: unknown): Promise<Response> => {
    const { outgoing } = env as { outgoing: ServerResponse };
    const proceed = async () => sandbox.app.fetch(request, env as object);
    const cut = () => {
      outgoing.socket?.destroy();
      return new Response(null);
    };
    for (const tap of taps) {
      const answer = tap({ request, proceed, cut });
      if (answer !== undefined) {
        return answer;
      }
    }
    return proceed();
  };
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) =>
      resolve({
        sandbox,
        url: `http://127.0.0.1:${info.port}`,
        tap(tap) {
          taps = [...taps, tap];
          return () => {
            taps = taps.filter((one) => one !== tap);
          };
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) {
              server.closeAllConnections();
            }
          }),
      }),
    );
  });
}
