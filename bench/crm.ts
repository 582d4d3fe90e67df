/** The parent's end of crm-process.ts: starts a CRM, loads it, arms latency, counts its calls. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CompanySize } from './company.ts';
import type { CrmName, CrmReply, CrmRequest } from './crm-process.ts';

/** A running CRM. */
export interface Crm {
  crm: CrmName;
  /** HubSpot's limits are enforced; else none are. */
  limited: boolean;
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

/**
 * What no budget counts: tokens and what they stand for, and the calls by which the clock is read
 * (HubSpot's is one without a token, and refused).
 */
const uncounted = {
  salesforce: /oauth2|^GET \/services\/data\/?$|^GET \/$/,
  hubspot: /oauth|^GET \/account-info/,
};

/** More calls in ten seconds than any engine makes: HubSpot's headers name it, and it is kept to. */
const noLimit = 1_000_000;

/** Starts an empty CRM. */
export async function startCrm(crm: CrmName = 'salesforce', limited = false): Promise<Crm> {
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
  if (crm === 'hubspot') {
    const burst = limited ? {} : { privateBurst: noLimit };
    await control('PUT', '/hubspot/limits', { enforced: limited, ...burst });
  }
  return {
    crm,
    limited,
    url,
    control,
    loadSurroundings: (size) => ask(child, { kind: 'surroundings', crm, size }),
    loadOpportunities: (size) => ask(child, { kind: 'opportunities', crm, size }),
    record: (file) => ask(child, { kind: 'record', file }),
    latency: (ms) => control('PUT', '/latency', { ms }),
    advance: (ms) => control('POST', '/clock/advance', { ms }),
    async calls() {
      const { byOperation } = await control<{ byOperation: Record<string, number> }>(
        'GET',
        '/calls',
      );
      return Object.entries(byOperation)
        .filter(([operation]) => !uncounted[crm].test(operation))
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
      await control('DELETE', crm === 'hubspot' ? '/hubspot/writes' : '/writes');
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
