/** The sandbox as a function from Request to Response, and the same behind a port. */
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { apiCalls, defaultKnobs } from './api-calls.ts';
import { CallLog } from './call-log.ts';
import { Clock } from './clock.ts';
import { compression } from './compression.ts';
import { mountControl } from './control/routes.ts';
import type { Dataset } from './dataset.ts';
import { ConnectionCut } from './faults/call.ts';
import { FaultRegistry } from './faults.ts';
import { hubspotRoots, mountHubSpot } from './hubspot/api/app.ts';
import type { HubSpotDataset } from './hubspot/dataset.ts';
import { loadPortal } from './hubspot/load.ts';
import { Portals } from './hubspot/portals.ts';
import { notImplemented } from './not-implemented.ts';
import { mountHubSpotPages } from './pages/hubspot/mount.ts';
import { mountPages } from './pages/mount.ts';
import { mountSalesforce } from './salesforce/api/app.ts';
import { Tenants } from './tenants.ts';
import { hubspotSide, salesforceSide } from './vendor-sides.ts';

/** What a sandbox starts with. */
export interface SandboxOptions {
  /** Loaded into the default org. */
  dataset?: Dataset;
  /** Loaded into the default HubSpot portal. */
  hubspotDataset?: HubSpotDataset;
  /** Opens the control plane under /__sandbox/. Off unless asked for. */
  control?: boolean;
  /** Added to the wall clock, in milliseconds. */
  clockOffsetMs?: number;
}

export interface Sandbox {
  readonly app: Hono;
  readonly clock: Clock;
  readonly tenants: Tenants;
  /** HubSpot's accounts; the orgs are in `tenants`. */
  readonly portals: Portals;
  readonly faults: FaultRegistry;
  readonly calls: CallLog;
  /** Answers one request in memory. */
  fetch: (request: Request) => Promise<Response>;
}

/** A sandbox without a port. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const clock = new Clock(options.clockOffsetMs ?? 0);
  const tenants = new Tenants(clock);
  const portals = new Portals(clock);
  const faults = new FaultRegistry({ tenants, portals, clock });
  const calls = new CallLog();
  const knobs = defaultKnobs();
  if (options.dataset) tenants.defaultOrg.load(options.dataset);
  if (options.hubspotDataset) loadPortal(portals.defaultPortal, options.hubspotDataset);
  // Salesforce takes a path with or without a slash at its end, and its clients use both.
  const app = new Hono({ strict: false });
  const way = { clock, faults, calls, knobs };
  app.use('/services/*', compression());
  app.use('/services/*', apiCalls({ ...way, side: salesforceSide(tenants) }));
  mountSalesforce(app, tenants);
  const hubspotCalls = apiCalls({ ...way, side: hubspotSide(portals) });
  for (const root of hubspotRoots) app.use(`${root}/*`, hubspotCalls);
  mountHubSpot(app, portals);
  const sandbox = { app, clock, tenants, portals, faults, calls };
  if (options.control) mountControl(app, { ...sandbox, knobs });
  mountHubSpotPages(app, portals);
  const portalPath = () => {
    const { id, stores } = portals.defaultPortal;
    return [...stores.values()].some(({ liveCount }) => liveCount > 0) ? `/contacts/${id}` : null;
  };
  mountPages(app, { orgs: () => tenants.orgs.values(), portalPath });
  app.notFound((c) => notImplemented(c, app));
  app.onError((error, c) => {
    // A cut connection has no answer: in memory the caller gets the error itself.
    if (error instanceof ConnectionCut) throw error;
    console.error(error);
    return c.text('Internal Server Error', 500);
  });
  return { ...sandbox, fetch: async (request) => app.fetch(request) };
}

/** A running sandbox; `url` has no trailing slash. */
export interface RunningSandbox {
  url: string;
  port: number;
  sandbox: Sandbox;
  close: () => Promise<void>;
}

const serverOptions = {
  /** As large as Salesforce's limit and more, so that the sandbox itself refuses them. */
  maxHeaderSize: 65_536,
  /** Clients that poll every five seconds must not meet Node's own five: their socket would die. */
  keepAliveTimeout: 65_000,
};

/** Where a sandbox listens: on loopback, port 0 (any free one) and http unless told otherwise. */
export interface Listening {
  port?: number;
  host?: string;
  /** PEM texts: https, for clients that speak nothing else (simple-salesforce). */
  tls?: { cert: string; key: string };
}

/** Starts a sandbox on a port. */
export function startSandbox(options: SandboxOptions & Listening = {}): Promise<RunningSandbox> {
  const sandbox = createSandbox(options);
  const host = options.host ?? '127.0.0.1';
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, env) => sandbox.app.fetch(request, env),
        port: options.port ?? 0,
        hostname: host,
        ...(options.tls
          ? { createServer: createTlsServer, serverOptions: { ...serverOptions, ...options.tls } }
          : { serverOptions }),
      },
      (info: AddressInfo) => {
        server.off('error', reject);
        resolve({
          url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${info.port}`,
          port: info.port,
          sandbox,
          close: () =>
            new Promise((closed) => {
              sandbox.portals.stop();
              server.close(() => closed());
              if ('closeAllConnections' in server) server.closeAllConnections();
            }),
        });
      },
    );
    server.once('error', reject);
  });
}
