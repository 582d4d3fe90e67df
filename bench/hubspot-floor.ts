/** The floor on HubSpot (floor.ts), the least calls, and how much of the allowed rate was used. */
import { readFileSync } from 'node:fs';
import { batchesAtOnce } from '../activities/write.ts';
import { defaultPrivateToken } from '../sandbox/hubspot/portals.ts';
import type { Crm } from './crm.ts';
import type { RecordedCall } from './crm-process.ts';
import type { Floor } from './floor.ts';

/** What HubSpot takes and gives a call at most (crm-apis.md). */
const searchRows = 200;
const listRows = 100;
const readInputs = 1_000;
const writeRows = 100;
const labelRows = 2_000;
/** Its limits on an account of an upper tier. */
const searchesPerSecond = 5;
const burst = { calls: 190, seconds: 10 };

interface Answer {
  results?: unknown[];
  paging?: { next?: { after?: string } };
}

/**
 * Makes the calls recorded in `file` again: reads one after another, from the first write on four
 * at once, as the engine does. Throws where one is refused.
 */
export async function hubspotFloorOf(crm: Crm, file: string): Promise<Floor> {
  const calls = recordedIn(file);
  const rows = new Map<string, number>();
  const headers = {
    authorization: `Bearer ${defaultPrivateToken}`,
    'content-type': 'application/json',
  };
  const send = async (call: RecordedCall): Promise<void> => {
    const { method, path, body } = call;
    const response = await fetch(`${crm.url}${path}`, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`The floor was refused ${method} ${path}: ${text}`);
    const { results = [] } = text === '' ? {} : (JSON.parse(text) as Answer);
    const key = pagedBy(call);
    if (key !== null) rows.set(key, (rows.get(key) ?? 0) + results.length);
  };
  const firstWrite = calls.findIndex(isWrite);
  const reads = firstWrite < 0 ? calls : calls.slice(0, firstWrite);
  const rest = calls.slice(reads.length);
  const began = performance.now();
  for (const call of reads) await send(call);
  const sender = async () => {
    for (let call = rest.shift(); call; call = rest.shift()) await send(call);
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, sender));
  const seconds = (performance.now() - began) / 1_000;
  return {
    seconds,
    rows: [...rows.values()].reduce((sum, n) => sum + n, 0),
    calls: calls.length,
    leastCalls: leastReads(rows) + leastBatches(calls),
  };
}

/** Of the rates HubSpot allows, the share a run under its limits kept; how often it was refused. */
export interface KeptRate {
  /** Of the searches a second. */
  searches: number;
  /** Of the other calls, once there were more than may come at once; null: never so many. */
  others: number | null;
  refused: number;
}

/** Measured from the first to the last call of each kind, as the portal answered them. */
export function keptRateIn(file: string): KeptRate {
  const calls = recordedIn(file);
  const searches = calls.filter(isSearch);
  const writes = calls.slice(Math.max(0, calls.findIndex(isWrite))).filter((one) => !isSearch(one));
  const perSecond = burst.calls / burst.seconds;
  const beyond = writes.slice(burst.calls);
  return {
    searches: share(searches.length - 1, spanSeconds(searches) * searchesPerSecond),
    others:
      beyond.length < burst.calls ? null : share(beyond.length, spanSeconds(writes) * perSecond),
    refused: calls.filter(({ status }) => status === 429).length,
  };
}

function share(made: number, allowed: number): number {
  return allowed > 0 ? Math.round((100 * made) / allowed) / 100 : 0;
}

function spanSeconds(calls: RecordedCall[]): number {
  return ((calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0)) / 1_000;
}

function recordedIn(file: string): RecordedCall[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as RecordedCall)
    .filter(({ path }) => path.startsWith('/crm/'))
    .sort((a, b) => a.at - b.at);
}

const isSearch = ({ path }: RecordedCall) => path.endsWith('/search');
const isWrite = ({ path }: RecordedCall) =>
  /\/batch\/(create|update|upsert|archive|labels\/archive)$/.test(path);

/** What a read's pages are counted under; null for what has none: labels, properties, batches. */
function pagedBy(call: RecordedCall): string | null {
  const [path = ''] = call.path.split('?');
  if (isSearch(call)) return `${searchRows} ${path}`;
  if (call.method !== 'GET' || !/\/(objects|owners)\//.test(`${path}/`)) return null;
  return `${listRows} ${path} ${/archived=\w+/.exec(call.path)?.[0] ?? ''}`;
}

/** Whole pages of the rows read; an object that has none is asked all the same. */
function leastReads(rows: Map<string, number>): number {
  return [...rows].reduce(
    (sum, [key, n]) => sum + Math.max(1, Math.ceil(n / Number.parseInt(key, 10))),
    0,
  );
}

/** Whole batches of what was sent to each address: records, labels, ids whose links are read. */
function leastBatches(calls: RecordedCall[]): number {
  const inputs = new Map<string, number>();
  for (const { path, body } of calls) {
    if (body === null || !path.includes('/batch/')) continue;
    const { inputs: sent = [] } = JSON.parse(body) as { inputs?: unknown[] };
    inputs.set(path, (inputs.get(path) ?? 0) + sent.length);
  }
  return [...inputs].reduce((sum, [path, n]) => sum + Math.ceil(n / sizeOf(path)), 0);
}

function sizeOf(path: string): number {
  if (path.includes('/associations/')) {
    if (path.endsWith('/batch/read')) return readInputs;
    if (path.endsWith('/batch/create')) return labelRows;
  }
  return writeRows;
}
