/** A worker that can die: the real activities over a door to the CRM and a store of its own. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Logger } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { createActivities } from '../../activities/create.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Store } from '../../store/types.ts';
import { openConnector } from '../../worker/connectors.ts';
import { Gate } from './gate.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What every worker of a seed shares. */
export interface Outside {
  sandbox: Sandbox;
  store: Store;
  time: VirtualTime;
  /** How long the CRM takes for a call, in virtual ms. */
  callMs(): number;
  /** Looks at a call on its way into the CRM. */
  watch(request: Request): Promise<void>;
  /** Folder of the mapping files. */
  mappingsDir: string;
  /** Lines of the engine's log. */
  log: string[];
}

/** One process's life. */
export interface SimulatedWorker {
  gate: Gate;
  /** Runs one attempt of an activity; rejects with what the activity threw. */
  run(name: string, attempt: Attempt): Promise<unknown>;
  /** Ends it in good order. */
  close(): Promise<void>;
  /** Takes the ground from under one that is down: what it waits for never comes. */
  abandon(): Promise<void>;
}

export interface Attempt {
  workflowId: string;
  activityId: string;
  attempt: number;
  input: unknown;
}

const silent = () => {};
const quiet: Logger = {
  log: silent,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
};

/** Starts a worker: nothing it knows survives it but what is in the store and the CRM. */
export async function startWorker(outside: Outside): Promise<SimulatedWorker> {
  const gate = new Gate();
  const door = await openDoor(outside, gate);
  const store = gatedStore(outside.store, gate);
  const log = pino({ level: 'warn' }, { write: (line: string) => void outside.log.push(line) });
  const env = {
    SANDBOX_URL: door.url,
    SANDBOX_CLIENT_ID: 'sandbox',
    SANDBOX_CLIENT_SECRET: 'sandbox-secret',
  };
  const activities = createActivities({
    store,
    log,
    mappingsDir: outside.mappingsDir,
    env,
    openConnector: (mapping) => openConnector(mapping, store, log, env),
  });
  const all = { ...activities.engine, ...activities.crm } as unknown as Record<
    string,
    (input: unknown) => Promise<unknown>
  >;
  return {
    gate,
    async run(name, { workflowId, activityId, attempt, input }) {
      const workflowExecution = { workflowId, runId: 'b7e0c1de-0000-4000-8000-000000000000' };
      const environment = new MockActivityEnvironment(
        { activityId, attempt, workflowExecution },
        { logger: quiet },
      );
      return environment.run(all[name]!, input);
    },
    async close() {
      await activities.connections.close();
      await door.close();
    },
    async abandon() {
      gate.stop();
      await door.close();
    },
  };
}

/** The CRM behind a port of this worker's own, so that its calls are known from other workers'. */
async function openDoor(
  { sandbox, time, callMs, watch }: Outside,
  gate: Gate,
): Promise<{ url: string; close(): Promise<void> }> {
  const fetch = (request: Request, env: unknown) =>
    gate.effect('http', async () => {
      time.advance(callMs());
      await watch(request);
      return sandbox.app.fetch(request, env as object);
    });
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) =>
      resolve({
        url: `http://127.0.0.1:${info.port}`,
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

/**
 * The same store; each call is an effect. Calls of the CRM are granted to the engine one by one, so
 * that the gate is passed right before each; the store itself is asked as seldom as ever.
 */
function gatedStore(store: Store, gate: Gate): Store {
  const leaseCalls = oneByOne((...given) => gate.effect('store', () => store.leaseCalls(...given)));
  return new Proxy(store, {
    get(target, name, receiver) {
      if (name === 'leaseCalls') {
        return async (...given: Parameters<Store['leaseCalls']>) => {
          const answer = await leaseCalls(...given);
          await gate.beforeCall();
          return answer;
        };
      }
      const member = Reflect.get(target, name, receiver) as unknown;
      return typeof member === 'function'
        ? (...given: unknown[]) => gate.effect('store', async () => member.apply(target, given))
        : member;
    },
  });
}

/** Hands out what the store grants for a second a call at a time, as activities/call-budget.ts. */
function oneByOne(lease: Store['leaseCalls']): Store['leaseCalls'] {
  const stock = { account: '', left: 0, until: 0 };
  return async (account, ...given) => {
    const now = Date.now();
    if (stock.account === account && stock.left > 0 && now < stock.until) {
      stock.left -= 1;
      return { granted: 1, retryAt: null, exhausted: false };
    }
    const answer = await lease(account, ...given);
    if (answer.granted === 0) {
      return answer;
    }
    Object.assign(stock, { account, left: answer.granted - 1, until: now + 1_000 });
    return { ...answer, granted: 1 };
  };
}
