/** The parent's end of crm-process.ts: starts a CRM, loads it, arms latency, counts its calls. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CompanySize } from './company.ts';
import type { CrmReply, CrmRequest } from './crm-process.ts';

/** A running CRM. */
export interface Crm {
  url: string;
  /** People, accounts, registrations and touches. */
  loadSurroundings(size: CompanySize): Promise<void>;
  /** The opportunities arrive: all of them changed within the last minutes. */
  loadOpportunities(size: CompanySize): Promise<void>;
  record(file: string | null): Promise<void>;
  latency(ms: number): Promise<void>;
  advance(ms: number): Promise<void>;
  /** API calls answered since the last reset, tokens and clock probes left out. */
  calls(): Promise<number>;
  /** Changes of opportunities, accounts and tasks since the last reset. */
  changes(): Promise<number>;
  resetCalls(): Promise<void>;
  /** A call of the control plane (sandbox/README.md). */
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** What no budget counts: tokens, and the versions list by which the clock is read. */
const uncounted = /oauth2|^GET \/services\/data\/?$|^GET \/$/;

/** Starts an empty CRM. */
export async function startCrm(): Promise<Crm> {
  const child = fork(fileURLToPath(new URL('./crm-process.ts', import.meta.url)), {
    execArgv: ['--max-old-space-size=8192'],
  });
  const [ready] = (await once(child, 'message')) as [CrmReply];
  const url = ready.kind === 'ready' ? ready.url : '';
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/__sandbox${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`The bench's CRM refused ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    control,
    loadSurroundings: (size) => ask(child, { kind: 'surroundings', size }),
    loadOpportunities: (size) => ask(child, { kind: 'opportunities', size }),
    record: (file) => ask(child, { kind: 'record', file }),
    latency: (ms) => control('PUT', '/latency', { ms }),
    advance: (ms) => control('POST', '/clock/advance', { ms }),
    async calls() {
      const { byOperation } = await control<{ byOperation: Record<string, number> }>(
        'GET',
        '/calls',
      );
      return Object.entries(byOperation)
        .filter(([operation]) => !uncounted.test(operation))
        .reduce((sum, [, n]) => sum + n, 0);
    },
    async changes() {
      let changed = 0;
      for (const object of ['Opportunity', 'Account', 'Task']) {
        const log = await control<{ entries: unknown[] }>('GET', `/writes?object=${object}`);
        changed += log.entries.length;
      }
      return changed;
    },
    async resetCalls() {
      await control('DELETE', '/writes');
      await control('POST', '/calls/reset', {});
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function ask(child: ChildProcess, request: CrmRequest): Promise<void> {
  const done = once(child, 'message');
  child.send(request);
  await done;
}
