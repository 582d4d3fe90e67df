/** From an edit on a HubSpot record page to the field written because of it, by webhook. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runJob } from '../client/jobs.ts';
import { createOutput } from '../client/output.ts';
import { subscribeSandbox } from '../client/sandbox-webhooks.ts';
import { openSession, readToken } from '../client/session.ts';
import { type Stack, startStack } from '../embedded/stack.ts';
import { readEnv } from '../env.ts';
import { percentiles } from './latency.ts';

/** Seconds from edit to field. */
export interface WebhookLatency {
  p50Seconds: number;
  p95Seconds: number;
}

const connection = 'sandbox-hubspot';
const edits = 30;
const betweenEditsMs = 900;
/** How finely an arrival is timed. */
const lookEveryMs = 100;
const giveUpMs = 60_000;

/**
 * The stack as `up` starts it, with the sample company; people then move stale deals on, one by one,
 * and each is to lose its flag.
 */
export async function measureWebhookLatency(): Promise<WebhookLatency> {
  const home = mkdtempSync(join(tmpdir(), 'partner-sync-bench-'));
  const { SANDBOX_URL: _, ...env } = readEnv();
  const ports = { temporal: 0, ui: 0, sandbox: 0, server: 0 };
  const onProgress = () => undefined;
  const given = { ...env, PARTNER_SYNC_HOME: home };
  let stack: Stack | undefined;
  try {
    stack = await startStack({ home, sandbox: { seed: 7 }, env: given, onProgress, ports });
    await begin(given, stack);
    if ((await subscribeSandbox(given, stack)).length === 0) {
      throw new Error('The sandbox has no HubSpot connection to send webhooks for.');
    }
    const portal = await openPortal(stack.sandbox as string);
    const waits = await Promise.all(
      (await portal.staleDeals(edits)).map(async (deal, i) => {
        await sleep(i * betweenEditsMs);
        return portal.moveOn(deal);
      }),
    );
    return percentiles(waits);
  } finally {
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** provision, plan, apply and a sync, so that what follows is change alone. */
async function begin(env: ReturnType<typeof readEnv>, stack: Stack): Promise<void> {
  const session = await openSession(env, {
    temporalAddress: stack.temporal.address,
    serverUrl: stack.server,
    token: readToken(stack.tokenFile),
    uiUrl: null,
    sandboxUrl: stack.sandbox,
  });
  const output = { ...createOutput(true), progress: () => undefined };
  const common = { connection, actor: 'bench', args: { set: 'core' } };
  try {
    await runJob(session, { ...common, kind: 'provision' }, output);
    const plan = await runJob(session, { ...common, kind: 'plan' }, output);
    const { planId } = plan.result;
    if (planId === null) throw new Error(`No plan was made: ${plan.result.failure?.message}`);
    await runJob(session, { ...common, kind: 'apply', planId }, output);
    await runJob(session, { ...common, kind: 'sync' }, output);
  } finally {
    await session.close();
  }
}

/** A stale deal, and the open stage it is moved to. */
interface Move {
  id: string;
  stage: string;
}

/** The portal as its users and its API show it. */
async function openPortal(sandbox: string) {
  const api = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${sandbox}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`The sandbox refused ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { portalId } = await api<{ portalId: number }>('/account-info/v3/details');
  return {
    async staleDeals(n: number): Promise<Move[]> {
      const { results: pipelines } = await api<Pipelines>('/crm/v3/pipelines/deals');
      const filters = [{ propertyName: flag, operator: 'EQ', value: 'true' }];
      const { results: deals } = await api<Deals>('/crm/v3/objects/deals/search', {
        filterGroups: [{ filters }],
        properties: ['dealstage', 'pipeline'],
        limit: n,
      });
      if (deals.length < n) throw new Error(`The sample company has ${deals.length} stale deals.`);
      return deals.map(({ id, properties }) => {
        const stages = pipelines.find((one) => one.id === properties['pipeline'])?.stages ?? [];
        const open = stages.filter(({ metadata }) => metadata.isClosed !== 'true');
        return { id, stage: open.find((one) => one.id !== properties['dealstage'])!.id };
      });
    },
    /** Seconds until the deal has lost its flag after somebody saved another stage on its page. */
    async moveOn({ id, stage }: Move): Promise<number> {
      const page = `${sandbox}/contacts/${portalId}/record/0-3/${id}`;
      const [, seen = ''] =
        /name="_seen" value="(\d+)"/.exec(await (await fetch(page)).text()) ?? [];
      const form = new URLSearchParams({ _fields: 'dealstage', _seen: seen, dealstage: stage });
      const began = performance.now();
      const saved = await fetch(`${page}/edit`, { method: 'POST', body: form, redirect: 'manual' });
      if (saved.status !== 303) throw new Error(`Deal ${id} was not saved: ${saved.status}.`);
      for (;;) {
        const record = await fetch(`${sandbox}/__sandbox/hubspot/records/deals/${id}`);
        const { properties } = (await record.json()) as Deals['results'][number];
        const ms = performance.now() - began;
        if (properties[flag] !== 'true') return Math.round(ms / 10) / 100;
        if (ms > giveUpMs) throw new Error(`Deal ${id} was not written in time.`);
        await sleep(lookEveryMs);
      }
    },
  };
}

const token = 'pat-na1-sandbox';
const flag = 'partner_deal_stale';

interface Pipelines {
  results: { id: string; stages: { id: string; metadata: { isClosed?: string } }[] }[];
}

interface Deals {
  results: { id: string; properties: Record<string, string | null> }[];
}
