/** Moving the sandbox's clock. */
import type { Context, Hono } from 'hono';
import type { Clock } from '../clock.ts';
import { bodyOf } from './input.ts';

const unitMs: Record<string, number> = {
  ms: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** GET /clock, POST /clock/advance|freeze|resume|set. */
export function mountClock(control: Hono, clock: Clock): void {
  const show = (c: Context) => c.json({ now: clock.iso(), frozen: clock.frozen });
  control.get('/clock', show);
  control.post('/clock/advance', async (c) => {
    clock.advance(durationOf(await bodyOf(c)));
    return show(c);
  });
  control.post('/clock/freeze', async (c) => {
    const { at } = await bodyOf(c);
    clock.freeze(at === undefined ? undefined : instantOf(at));
    return show(c);
  });
  control.post('/clock/resume', (c) => {
    clock.resume();
    return show(c);
  });
  control.post('/clock/set', async (c) => {
    clock.set(instantOf((await bodyOf(c))['at']));
    return show(c);
  });
}

/** `{"days": 2, "hours": 3}` in milliseconds. */
function durationOf(body: Record<string, unknown>): number {
  const parts = Object.entries(body);
  const ok = parts.every(([unit, n]) => unit in unitMs && typeof n === 'number');
  if (parts.length === 0 || !ok) {
    throw new Error(`Expected numbers of ${Object.keys(unitMs).join(', ')}.`);
  }
  return parts.reduce((sum, [unit, n]) => sum + Number(n) * unitMs[unit]!, 0);
}

function instantOf(at: unknown): number {
  const ms = typeof at === 'number' ? at : Date.parse(String(at));
  if (!Number.isFinite(ms)) throw new Error('Expected "at" as an ISO instant.');
  return ms;
}
