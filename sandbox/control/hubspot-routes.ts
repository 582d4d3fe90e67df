/** The HubSpot part of the control plane, under /__sandbox/hubspot/. */
import { Hono } from 'hono';
import type { HubSpotDataset } from '../hubspot/dataset.ts';
import { loadPortal } from '../hubspot/load.ts';
import type { Portal, RequiredRule } from '../hubspot/portal.ts';
import { defaultApp, type Grant, integrationUserId, type Portals } from '../hubspot/portals.ts';
import { samplePortal } from '../seed/sample-company.ts';
import { mountPortalData } from './hubspot-data-routes.ts';
import { portalOf } from './hubspot-input.ts';
import { mountWebhookControl } from './hubspot-webhook-routes.ts';
import { bodyOf, textOf } from './input.ts';

/** Mounts portals, data, settings, tokens and webhooks. `?portal=ID` names another portal. */
export function mountHubSpotControl(control: Hono, portals: Portals): void {
  const hub = new Hono();
  hub.get('/portals', (c) =>
    c.json([...portals.portals.values()].map(({ id, name }) => ({ id, name }))),
  );
  hub.post('/portals', async (c) => {
    const { id, name } = portals.addPortal(textOf(await bodyOf(c), 'name'));
    return c.json({ id, name }, 201);
  });
  hub.post('/seed', async (c) => {
    const { seed } = await bodyOf(c);
    if (!Number.isInteger(seed)) throw new Error('Expected "seed" as a whole number.');
    const portal = portalOf(c, portals);
    loadPortal(portal, samplePortal(Number(seed), portal.clock.iso().slice(0, 10)));
    return c.json({ portal: portal.id, objects: countsOf(portal) });
  });
  hub.post('/load', async (c) => {
    const portal = portalOf(c, portals);
    const given = (await bodyOf(c)) as Partial<HubSpotDataset>;
    if (!Array.isArray(given.objects)) throw new Error('Expected a dataset with "objects".');
    loadPortal(portal, { ...emptyDataset(portal), ...given });
    return c.json({ portal: portal.id, objects: countsOf(portal) });
  });
  mountPortalData(hub, portals);
  mountSettings(hub, portals);
  mountTokens(hub, portals);
  mountWebhookControl(hub, portals);
  control.route('/hubspot', hub);
}

/** What a dataset that says nothing of it leaves as it is. */
function emptyDataset(portal: Portal): HubSpotDataset {
  return {
    today: portal.clock.iso().slice(0, 10),
    companyCurrency: portal.companyCurrency,
    exchangeRates: portal.exchangeRates.map((rate) => ({
      ...rate,
      effectiveAt: new Date(rate.effectiveAt).toISOString(),
    })),
    owners: [],
    dealPipelines: [],
    objects: [],
    labels: [],
    associations: [],
  };
}

function countsOf(portal: Portal): Record<string, number> {
  return Object.fromEntries([...portal.stores].map(([name, store]) => [name, store.liveCount]));
}

function mountSettings(hub: Hono, portals: Portals): void {
  const limits = (portal: Portal) => ({
    ...portal.limiter.settings,
    usedToday: portal.limiter.usedToday,
  });
  hub.get('/limits', (c) => c.json(limits(portalOf(c, portals))));
  hub.put('/limits', async (c) => {
    const { limiter } = portalOf(c, portals);
    const { usedToday, enforced, ...numbers } = await bodyOf(c);
    const known = Object.keys(limiter.settings);
    for (const [name, value] of Object.entries(numbers)) {
      if (!known.includes(name) || typeof value !== 'number' || !(value >= 0)) {
        throw new Error(`Expected numbers of ${known.join(', ')}, not ${name}: ${value}.`);
      }
    }
    Object.assign(limiter.settings, numbers);
    if (enforced !== undefined) limiter.settings.enforced = enforced === true;
    if (typeof usedToday === 'number') limiter.usedToday = usedToday;
    return c.json(limits(portalOf(c, portals)));
  });
  hub.put('/index-lag', async (c) => {
    const { seconds } = await bodyOf(c);
    if (typeof seconds !== 'number' || !(seconds >= 0)) throw new Error('Expected "seconds".');
    portalOf(c, portals).indexLagMs = seconds * 1000;
    return c.json({ seconds });
  });
  hub.get('/required-rules', (c) => c.json(portalOf(c, portals).requiredRules));
  hub.put('/required-rules', async (c) => {
    const { rules } = await bodyOf(c);
    if (!Array.isArray(rules)) throw new Error('Expected "rules" as a list.');
    const portal = portalOf(c, portals);
    for (const { object, requires } of rules as RequiredRule[]) {
      portal.store(object);
      if (!Array.isArray(requires)) throw new Error('A rule needs "requires" as a list.');
    }
    portal.requiredRules = rules as RequiredRule[];
    return c.json(portal.requiredRules);
  });
}

function mountTokens(hub: Hono, portals: Portals): void {
  hub.post('/apps', async (c) => {
    const body = await bodyOf(c);
    const app = {
      appId: Number(body['appId'] ?? defaultApp.appId + portals.apps.size),
      clientId: textOf(body, 'clientId'),
      clientSecret: String(body['clientSecret'] ?? crypto.randomUUID()),
      name: String(body['name'] ?? textOf(body, 'clientId')),
    };
    return c.json(portals.addApp(app), 201);
  });
  hub.post('/tokens', async (c) => {
    const body = await bodyOf(c);
    const portal = portalOf(c, portals);
    const kind = (body['kind'] ?? 'private-app') as Grant['kind'];
    if (!['private-app', 'service-key', 'oauth'].includes(kind)) {
      throw new Error('kind must be private-app, service-key or oauth.');
    }
    const seconds = body['expiresInSeconds'];
    const grant: Grant = {
      portalId: portal.id,
      kind,
      appId: Number(body['appId'] ?? defaultApp.appId),
      userId: Number(body['userId'] ?? integrationUserId),
      scopes: Array.isArray(body['scopes']) ? body['scopes'].map(String) : null,
      expiresAt: typeof seconds === 'number' ? portal.clock.now() + seconds * 1000 : null,
    };
    const given = typeof body['token'] === 'string' ? body['token'] : undefined;
    const token =
      kind === 'oauth' && given === undefined
        ? portals.openAccess(grant)
        : portals.addToken(grant, given);
    const refreshToken = kind === 'oauth' ? portals.openRefresh(grant) : null;
    return c.json({ token, refreshToken, portalId: portal.id }, 201);
  });
  hub.delete('/tokens/:token', (c) => c.json({ revoked: portals.revoke(c.req.param('token')) }));
}
