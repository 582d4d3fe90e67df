/**
 * The CRM of a measurement as a process of its own: a sandbox, told by its parent what to load,
 * and able to write down the calls it answers so that the floor can make the same ones.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { loadPortal } from '../sandbox/hubspot/load.ts';
import { createSandbox } from '../sandbox/server.ts';
import { type CompanySize, opportunitySlice, surroundings } from './company.ts';
import { portalSlice, portalSurroundings } from './portal.ts';

/** What the parent asks. */
export type CrmRequest =
  | { kind: 'surroundings'; crm: CrmName; size: CompanySize }
  | { kind: 'opportunities'; crm: CrmName; size: CompanySize }
  /** Calls are written to this file from now on; null: no more. */
  | { kind: 'record'; file: string | null };

/** Which of its halves. */
export type CrmName = 'salesforce' | 'hubspot';

/** What it answers: its address once, then one reply a request. */
export type CrmReply = { kind: 'ready'; url: string } | { kind: 'done' };

/** A recorded call, a line of JSON each. Reads have no body. */
export interface RecordedCall {
  method: string;
  /** Path and query. */
  path: string;
  body: string | null;
  /** When it came, ms, and how it was answered. */
  at: number;
  status: number;
}

/** Rows made at a time: a million row objects at once would be most of the process's memory. */
const sliceSize = 20_000;
/** As the sandbox's own server: headers larger than Salesforce's limit are its to refuse. */
const headerBytesMax = 65_536;

const sandbox = createSandbox({ control: true });
let recording: number | null = null;

const server = serve(
  {
    fetch: (request, env) => answer(request, env),
    port: 0,
    hostname: '127.0.0.1',
    serverOptions: { maxHeaderSize: headerBytesMax },
  },
  ({ port }: AddressInfo) => say({ kind: 'ready', url: `http://127.0.0.1:${port}` }),
);

process.on('message', (request: CrmRequest) => {
  obey(request);
  say({ kind: 'done' });
});
process.once('disconnect', () => {
  server.close();
  process.exit(0);
});

function obey(request: CrmRequest): void {
  const { defaultOrg } = sandbox.tenants;
  const { defaultPortal } = sandbox.portals;
  switch (request.kind) {
    case 'surroundings':
      if (request.crm === 'hubspot') loadPortal(defaultPortal, portalSurroundings(request.size));
      else defaultOrg.load(surroundings(request.size));
      return;
    case 'opportunities':
      for (let from = 0; from < request.size.opportunities; from += sliceSize) {
        const to = Math.min(from + sliceSize, request.size.opportunities);
        if (request.crm === 'hubspot')
          loadPortal(defaultPortal, portalSlice(request.size, from, to));
        else defaultOrg.load(opportunitySlice(request.size, from, to));
      }
      return;
    case 'record':
      if (recording !== null) closeSync(recording);
      recording = request.file === null ? null : openSync(request.file, 'w');
  }
}

async function answer(request: Request, env: object): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (recording === null || !/^\/(services\/data\/v|crm\/)/.test(pathname)) {
    return sandbox.app.fetch(request, env);
  }
  const at = performance.now();
  const { method, headers } = request;
  const body = method === 'GET' ? null : await request.text();
  const same = body === null ? request : new Request(request.url, { method, headers, body });
  const response = await sandbox.app.fetch(same, env);
  const call: RecordedCall = { method, path: pathname + search, body, at, status: response.status };
  if (recording !== null) writeSync(recording, `${JSON.stringify(call)}\n`);
  return response;
}

function say(reply: CrmReply): void {
  process.send?.(reply);
}
