/** Webhooks from outside: where they go, what they tell, how they go wrong, what was sent. */
import type { Hono } from 'hono';
import type { Portals } from '../hubspot/portals.ts';
import { portalOf } from './hubspot-input.ts';
import { bodyOf, textOf } from './input.ts';

/** GET·PUT /webhooks, POST /webhooks/subscriptions, DELETE /webhooks/subscriptions/:id. */
export function mountWebhookControl(hub: Hono, portals: Portals): void {
  hub.get('/webhooks', (c) => {
    const { targetUrl, subscriptions, deliveries, troubles, app } = portals.webhooksOf(
      portalOf(c, portals),
    );
    const { appId, clientSecret } = app;
    return c.json({ targetUrl, appId, clientSecret, subscriptions, troubles, deliveries });
  });
  hub.put('/webhooks', async (c) => {
    const webhooks = portals.webhooksOf(portalOf(c, portals));
    const body = await bodyOf(c);
    if ('targetUrl' in body) {
      const { targetUrl } = body;
      webhooks.targetUrl = targetUrl === null ? null : new URL(String(targetUrl)).toString();
    }
    for (const name of ['gatherMs', 'retryMs'] as const) {
      const ms = body[name];
      if (typeof ms === 'number' && ms >= 0) webhooks[name] = ms;
    }
    const { targetUrl, gatherMs, retryMs } = webhooks;
    return c.json({ targetUrl, gatherMs, retryMs });
  });
  hub.post('/webhooks/subscriptions', async (c) => {
    const body = await bodyOf(c);
    const portal = portalOf(c, portals);
    const { propertyName, objectType } = body;
    // By name where the type's id is not known: those of custom objects are the portal's own.
    const objectTypeId =
      typeof objectType === 'string' ? portal.store(objectType).type.id : body['objectTypeId'];
    const subscription = portals.webhooksOf(portal).subscribe({
      eventType: textOf(body, 'eventType'),
      ...(typeof propertyName === 'string' ? { propertyName } : {}),
      ...(typeof objectTypeId === 'string' ? { objectTypeId } : {}),
    });
    return c.json(subscription, 201);
  });
  hub.delete('/webhooks/subscriptions/:id', (c) => {
    const webhooks = portals.webhooksOf(portalOf(c, portals));
    const before = webhooks.subscriptions.length;
    webhooks.subscriptions = webhooks.subscriptions.filter(
      ({ id }) => String(id) !== c.req.param('id'),
    );
    return c.json({ removed: before - webhooks.subscriptions.length });
  });
}
