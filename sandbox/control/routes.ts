/**
 * The control plane under /__sandbox/: what a test or a person does to the sandbox from outside.
 */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Knobs } from '../api-calls.ts';
import type { CallLog } from '../call-log.ts';
import type { FaultRegistry } from '../faults.ts';
import { HubSpotError } from '../hubspot/errors.ts';
import type { Portals } from '../hubspot/portals.ts';
import { ApiError, RecordError } from '../salesforce/errors.ts';
import { random } from '../seed/random.ts';
import { mountClock } from './clock-routes.ts';
import { mountData } from './data-routes.ts';
import { mountFaults } from './fault-routes.ts';
import { mountHubSpotControl } from './hubspot-routes.ts';
import { bodyOf, type Reach } from './input.ts';
import { mountOrgSettings } from './org-routes.ts';

/** What the control plane reaches. */
export interface Controlled extends Reach {
  calls: CallLog;
  faults: FaultRegistry;
  knobs: Knobs;
  portals: Portals;
}

/** Adds the control routes. Only for a sandbox that was asked to have them. */
export function mountControl(app: Hono, controlled: Controlled): void {
  const control = new Hono();
  mountClock(control, controlled.clock);
  mountData(control, controlled);
  mountOrgSettings(control, controlled);
  mountCalls(control, controlled);
  mountFaults(control, controlled);
  mountHubSpotControl(control, controlled.portals);
  control.onError((error, c) => {
    if (error instanceof ApiError) {
      return c.json(error.entries, error.status as ContentfulStatusCode);
    }
    if (error instanceof HubSpotError) {
      return c.json(error.body(), error.status as ContentfulStatusCode);
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
  const latency = () => ({ ms: knobs.latencyMs, jitterMs: knobs.jitterMs });
  control.get('/latency', (c) => c.json(latency()));
  control.put('/latency', async (c) => {
    const { ms, jitterMs = 0, seed = 1 } = await bodyOf(c);
    const ok = [ms, jitterMs].every((one) => typeof one === 'number' && one >= 0);
    if (!ok || !Number.isInteger(seed)) {
      throw new Error('Expected {"ms": milliseconds, "jitterMs"?: milliseconds, "seed"?: n}.');
    }
    knobs.latencyMs = Number(ms);
    knobs.jitterMs = Number(jitterMs);
    knobs.jitter = random(Number(seed), 'latency');
    return c.json(latency());
  });
}
