/**
 * The control plane under /__sandbox/: what a test or a person does to the sandbox from outside.
 */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { CallLog } from '../call-log.ts';
import { ApiError, RecordError } from '../salesforce/errors.ts';
import { mountClock } from './clock-routes.ts';
import { mountData } from './data-routes.ts';
import { bodyOf, type Reach } from './input.ts';
import { mountOrgSettings } from './org-routes.ts';

/** Settings that hold for every call. */
export interface Knobs {
  /** Waited before each API call, in milliseconds. */
  latencyMs: number;
}

/** What the control plane reaches. */
export interface Controlled extends Reach {
  calls: CallLog;
  knobs: Knobs;
}

/** Adds the control routes. Only for a sandbox that was asked to have them. */
export function mountControl(app: Hono, controlled: Controlled): void {
  const control = new Hono();
  mountClock(control, controlled.clock);
  mountData(control, controlled);
  mountOrgSettings(control, controlled);
  mountCalls(control, controlled);
  control.onError((error, c) => {
    if (error instanceof ApiError) {
      return c.json(error.entries, error.status as ContentfulStatusCode);
    }
    if (error instanceof RecordError) return c.json([error.error], 400);
    const message = error instanceof Error ? error.message : String(error);
    return c.json([{ errorCode: 'BAD_CONTROL_CALL', message }], 400);
  });
  app.route('/__sandbox', control);
}

function mountCalls(control: Hono, { calls, knobs }: Controlled): void {
  control.get('/calls', (c) => c.json({ ...calls.counts(), calls: calls.calls() }));
  control.post('/calls/reset', (c) => {
    calls.reset();
    return c.json({ ok: true });
  });
  control.get('/latency', (c) => c.json({ ms: knobs.latencyMs }));
  control.put('/latency', async (c) => {
    const { ms } = await bodyOf(c);
    if (typeof ms !== 'number' || !(ms >= 0)) throw new Error('Expected {"ms": milliseconds}.');
    knobs.latencyMs = ms;
    return c.json({ ms });
  });
}
