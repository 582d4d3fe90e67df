/** Arming faults and making changes from outside. */
import type { Hono } from 'hono';
import { z } from 'zod';
import type { ArmingInput } from '../faults/arming.ts';
import { catalog } from '../faults/catalog.ts';
import { makeChange } from '../faults/changes.ts';
import { makePortalChange } from '../faults/portal-changes.ts';
import type { FaultRegistry } from '../faults.ts';
import type { Portals } from '../hubspot/portals.ts';
import { random } from '../seed/random.ts';
import { portalOf } from './hubspot-input.ts';
import { bodyOf, orgOf, type Reach, textOf } from './input.ts';

/** GET·POST·DELETE /faults, GET /faults/kinds, DELETE /faults/:id, POST [/hubspot]/changes. */
export function mountFaults(
  control: Hono,
  {
    faults,
    tenants,
    portals,
  }: Pick<Reach, 'tenants'> & { faults: FaultRegistry; portals: Portals },
): void {
  control.get('/faults', (c) => c.json(faults.list()));
  control.get('/faults/kinds', (c) => c.json(kinds()));
  control.post('/faults', async (c) => {
    const body = await bodyOf(c);
    textOf(body, 'name');
    return c.json(faults.arm(body as ArmingInput), 201);
  });
  control.delete('/faults', (c) => c.json({ disarmed: faults.disarm() }));
  control.delete('/faults/:id', (c) => {
    const disarmed = faults.disarm(c.req.param('id'));
    if (disarmed === 0) throw new Error(`No fault ${c.req.param('id')} is armed.`);
    return c.json({ disarmed });
  });
  control.post('/changes', async (c) => {
    const { name, seed = 1, ...params } = await bodyOf(c);
    if (!Number.isInteger(seed)) throw new Error('Expected "seed" as a whole number.');
    const named = textOf({ name }, 'name');
    const scene = { org: orgOf(c, tenants), tenants, random: random(Number(seed), named) };
    return c.json({ name: named, result: makeChange(named, scene, params) ?? null });
  });
  control.post('/hubspot/changes', async (c) => {
    const { name, seed = 1, ...params } = await bodyOf(c);
    if (!Number.isInteger(seed)) throw new Error('Expected "seed" as a whole number.');
    const named = textOf({ name }, 'name');
    const chance = random(Number(seed), named);
    const scene = { portal: portalOf(c, portals), portals, random: chance };
    return c.json({ name: named, result: makePortalChange(named, scene, params) ?? null });
  });
}

function kinds() {
  return Object.entries(catalog).map(([name, { about, source, count, strikes, params }]) => ({
    name,
    about,
    source,
    strikes,
    count,
    params: z.toJSONSchema(params, { io: 'input' }),
  }));
}
