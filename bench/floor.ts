/**
 * The floor: a bare HTTP loop that fetches the pages and sends the batches that a run of the
 * engine did, on a CRM in the same state, at the engine's own concurrency, and does nothing else.
 */
import { readFileSync } from 'node:fs';

import { batchesAtOnce } from '../activities/write.ts';
import type { Crm } from './crm.ts';
import type { RecordedCall } from './crm-process.ts';

/** What the floor took, and what the recorded run cannot have done with less. */
export interface Floor {
  seconds: number;
  /** Rows the pages held. */
  rows: number;
  calls: number;
  /** Whole pages of the rows returned plus whole batches of the rows sent. */
  leastCalls: number;
}

/** Salesforce's largest page and largest Collections batch. */
const pageRows = 2_000;
const batchRows = 200;

interface Page {
  records?: unknown[];
  nextRecordsUrl?: string;
}

/** Replays the calls recorded in `file` on `crm`. Throws where a call is refused. */
export async function floorOf(crm: Crm, file: string): Promise<Floor> {
  const recorded = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const calls = recorded.map((line) => JSON.parse(line) as RecordedCall);
  const headers = await signedIn(crm);
  const floor: Floor = { seconds: 0, rows: 0, calls: 0, leastCalls: 0 };
  const send = async (call: RecordedCall): Promise<unknown> => {
    floor.calls += 1;
    const init = { method: call.method, headers, body: call.body };
    const response = await fetch(`${crm.url}${call.path}`, init);
    if (response.ok) return response.json();
    // The engine asks for some things that an org may not have, and the floor asks as it does.
    if (call.method === 'GET') return {};
    throw new Error(`The floor was refused ${call.method} ${call.path}: ${await response.text()}`);
  };
  const began = performance.now();
  for (const stretch of stretches(calls)) {
    if (stretch[0]!.method === 'GET') {
      for (const call of stretch) floor.rows += await readAll(call, send, floor);
    } else {
      await sendAll(stretch, send);
    }
  }
  floor.seconds = (performance.now() - began) / 1_000;
  floor.leastCalls += leastBatches(calls);
  return floor;
}

async function signedIn(crm: Crm): Promise<Record<string, string>> {
  const form = { grant_type: 'client_credentials', client_id: 'sandbox' };
  const body = new URLSearchParams({ ...form, client_secret: 'sandbox-secret' });
  const response = await fetch(`${crm.url}/services/oauth2/token`, { method: 'POST', body });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
}

/** A query's pages are chained by locators of its own; other reads are single. Rows read. */
async function readAll(
  call: RecordedCall,
  send: (call: RecordedCall) => Promise<unknown>,
  floor: Floor,
): Promise<number> {
  if (/\/query(All)?\/\w/.test(call.path)) return 0; // A later page: follows its first one.
  let rows = 0;
  let page = (await send(call)) as Page;
  for (;;) {
    rows += page.records?.length ?? 0;
    if (!page.nextRecordsUrl) break;
    page = (await send({ ...call, path: page.nextRecordsUrl })) as Page;
  }
  if (page.records) floor.leastCalls += Math.max(1, Math.ceil(rows / pageRows));
  return rows;
}

async function sendAll(
  stretch: RecordedCall[],
  send: (call: RecordedCall) => Promise<unknown>,
): Promise<void> {
  const left = [...stretch];
  const sender = async () => {
    for (let call = left.shift(); call; call = left.shift()) await send(call);
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, sender));
}

/** Runs of reads and runs of writes, in their order. */
function stretches(calls: RecordedCall[]): RecordedCall[][] {
  const all: RecordedCall[][] = [];
  for (const call of calls) {
    const last = all.at(-1);
    if (last && (last[0]!.method === 'GET') === (call.method === 'GET')) last.push(call);
    else all.push([call]);
  }
  return all;
}

/** Rows sent by address and object, in whole batches. */
function leastBatches(calls: RecordedCall[]): number {
  const rows = new Map<string, number>();
  for (const { path, body } of calls) {
    const records = body === null ? [] : ((JSON.parse(body) as { records?: Sent[] }).records ?? []);
    for (const record of records) {
      const key = `${path} ${record.attributes?.type}`;
      rows.set(key, (rows.get(key) ?? 0) + 1);
    }
  }
  return [...rows.values()].reduce((sum, n) => sum + Math.ceil(n / batchRows), 0);
}

interface Sent {
  attributes?: { type?: string };
}
