/**
 * The CRM of a measurement as a process of its own: a sandbox, told by its parent what to load,
 * and able to write down the calls it answers so that the floor can make the same ones.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createSandbox } from '../sandbox/server.ts';
import { type CompanySize, opportunitySlice, surroundings } from './company.ts';

/** What the parent asks. */
export type CrmRequest =
  | { kind: 'surroundings'; size: CompanySize }
  | { kind: 'opportunities'; size: CompanySize }
  /** Calls are written to this file from now on; null: no more. */
  | { kind: 'record'; file: string | null };

/** What it answers: its address once, then one reply a request. */
export type CrmReply = { kind: 'ready'; url: string } | { kind: 'done' };

/** A recorded call, a line of JSON each. Reads have no body. */
export interface RecordedCall {
  method: string;
  /** Path and query. */
  path: string;
  body: string | null;
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
  switch (request.kind) {
    case 'surroundings':
      defaultOrg.load(surroundings(request.size));
      return;
    case 'opportunities':
      for (let from = 0; from < request.size.opportunities; from += sliceSize) {
        const to = Math.min(from + sliceSize, request.size.opportunities);
        defaultOrg.load(opportunitySlice(request.size, from, to));
      }
      return;
    case 'record':
      if (recording !== null) closeSync(recording);
      recording = request.file === null ? null : openSync(request.file, 'w');
  }
}

async function answer(request: Request, env: object): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (recording === null || !pathname.startsWith('/services/data/v')) {
    return sandbox.app.fetch(request, env);
  }
  const read = request.method === 'GET';
  const body = read ? null : await request.text();
  const call: RecordedCall = { method: request.method, path: pathname + search, body };
  writeSync(recording, `${JSON.stringify(call)}\n`);
  const { method, headers } = request;
  const same = read ? request : new Request(request.url, { method, headers, body });
  return sandbox.app.fetch(same, env);
}

function say(reply: CrmReply): void {
  process.send?.(reply);
}
