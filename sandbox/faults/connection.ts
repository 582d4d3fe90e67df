/** Faults of the line between a client and a CRM: slow, cut, silent, garbled. Of any vendor. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ConnectionCut } from './call.ts';
import { callFault, type FaultKind } from './kinds.ts';

const anyCall = () => true;
const ms = z.number().min(0);
const none = z.strictObject({});
/** A silence longer than any client's patience, in seconds. */
const silenceMax = 3600;

/** Their kinds by name. */
export const connectionFaults = {
  latency: callFault({
    about: 'an answer that takes longer, by ms and up to jitterMs more, drawn from the seed',
    source: 'any network',
    count: null,
    params: z.strictObject({ ms, jitterMs: ms.default(0) }),
    at: anyCall,
    apply: async ({ params, scene }, proceed) => {
      await sleep(params.ms + scene.random.next() * params.jitterMs);
      return proceed();
    },
  }),
  'cut-before': callFault({
    about: 'the connection breaks before the CRM has done anything',
    source: 'any network',
    count: 1,
    params: none,
    at: anyCall,
    apply: async () => {
      throw new ConnectionCut();
    },
  }),
  'cut-after-commit': callFault({
    about: 'the work is done, then the connection breaks without an answer',
    source: 'any network; segment-docs #3459, jsforce #298',
    count: 1,
    params: none,
    at: anyCall,
    apply: async (_strike, proceed) => {
      await proceed();
      throw new ConnectionCut();
    },
  }),
  'cut-in-answer': callFault({
    about: 'the work is done, the connection breaks in the middle of the answer',
    source: 'any network',
    count: 1,
    params: none,
    at: anyCall,
    apply: async ({ call }, proceed) => {
      const { response, bytes } = await bytesOf(await proceed());
      const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
      return withBody(
        response,
        dripping(half, { chunk: half.length, everyMs: 0, cut: call.hangUp }),
      );
    },
  }),
  hang: callFault({
    about: 'no answer for so many seconds of real time, then the connection breaks',
    source: 'any network; api-client-node #387',
    count: 1,
    params: z.strictObject({
      seconds: z.number().min(0).max(silenceMax).default(600),
      /** When the call is worked on: before the silence, after it (and answered), or never. */
      work: z.enum(['first', 'last', 'never']).default('never'),
    }),
    at: anyCall,
    apply: async ({ params }, proceed) => {
      if (params.work === 'first') await proceed();
      // Unreferenced: a silent call must not keep a process alive.
      await sleep(params.seconds * 1000, undefined, { ref: false });
      if (params.work === 'last') return proceed();
      throw new ConnectionCut();
    },
  }),
  'slow-drip': callFault({
    about: 'the answer arrives a few bytes at a time',
    source: 'any network',
    count: 1,
    params: z.strictObject({ chunkBytes: z.int().min(1).default(64), everyMs: ms.default(20) }),
    at: anyCall,
    apply: async ({ params }, proceed) => {
      const { response, bytes } = await bytesOf(await proceed());
      const { chunkBytes: chunk, everyMs } = params;
      return withBody(response, dripping(bytes, { chunk, everyMs }));
    },
  }),
  'malformed-json': callFault({
    about: 'the work is done, the answer is cut JSON with the right length (a broken proxy)',
    source: 'any proxy',
    count: 1,
    params: z.strictObject({ keep: z.number().min(0).max(1).default(0.5) }),
    at: anyCall,
    apply: async ({ params }, proceed) => {
      const { response, bytes } = await bytesOf(await proceed());
      const kept = new Uint8Array(bytes.subarray(0, Math.floor(bytes.length * params.keep)));
      return withBody(response, kept);
    },
  }),
  'html-answer': callFault({
    about: 'a page of HTML with status 200 in place of the API (a proxy, a login page)',
    source: 'any proxy',
    count: 1,
    params: z.strictObject({ title: z.string().default('Sign in') }),
    at: anyCall,
    apply: async ({ params }) =>
      new Response(`<!DOCTYPE html><html><head><title>${params.title}</title></head></html>`, {
        headers: { 'Content-Type': 'text/html; charset=UTF-8' },
      }),
  }),
} satisfies Record<string, FaultKind>;

async function bytesOf(response: Response): Promise<{ response: Response; bytes: Uint8Array }> {
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
}

/** The same status and headers around another body; its length is the new body's. */
function withBody(
  response: Response,
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
): Response {
  const headers = new Headers(response.headers);
  headers.delete('Content-Length');
  const empty = response.status === 204 || response.status === 304;
  return new Response(empty ? null : body, { status: response.status, headers });
}

/** Bytes in portions; `cut` ends the connection after them. */
function dripping(
  bytes: Uint8Array,
  { chunk, everyMs, cut }: { chunk: number; everyMs: number; cut?: () => boolean },
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at < bytes.length) {
        if (at > 0) await sleep(everyMs, undefined, { ref: false });
        controller.enqueue(bytes.subarray(at, at + chunk));
        at += chunk;
      } else if (cut) {
        // Later than the bytes before it, or they would be dropped with the connection.
        await sleep(20);
        if (cut()) controller.close();
        else controller.error(new ConnectionCut());
      } else controller.close();
    },
  });
}
