/**
 * Settings of an org from outside: tenants, apps, tokens, rules, locks, limits, page size, fields.
 */
import type { Hono } from 'hono';
import type { DatasetField, ValidationRule } from '../dataset.ts';
import { closeCursors } from '../salesforce/api/query.ts';
import { newObject } from '../salesforce/load.ts';
import { addDatasetField } from '../salesforce/metadata.ts';
import type { Org } from '../salesforce/org.ts';
import { bodyOf, orgOf, type Reach, textOf, textsOf, userIdOf } from './input.ts';

/** Mounts the settings. */
export function mountOrgSettings(control: Hono, { tenants }: Reach): void {
  mountTenants(control, { tenants });
  control.get('/validation-rules', (c) => c.json(orgOf(c, tenants).validationRules));
  control.post('/validation-rules', async (c) => {
    const org = orgOf(c, tenants);
    const body = await bodyOf(c);
    const rule = { ...body, message: textOf(body, 'message') } as unknown as ValidationRule;
    org.object(textOf(body, 'object'));
    textOf(body, 'name');
    if (typeof rule.when !== 'object') throw new Error('Expected "when" as a predicate.');
    org.validationRules = [...org.validationRules.filter((one) => one.name !== rule.name), rule];
    return c.json(rule);
  });
  control.delete('/validation-rules/:name', (c) => {
    const org = orgOf(c, tenants);
    org.validationRules = org.validationRules.filter((one) => one.name !== c.req.param('name'));
    return c.json({ ok: true });
  });
  control.post('/locks', async (c) => {
    const body = await bodyOf(c);
    const org = orgOf(c, tenants);
    for (const id of textsOf(body, 'ids')) {
      if (body['locked'] === false) org.lockedIds.delete(id);
      else org.lockedIds.add(id);
    }
    return c.json({ locked: [...org.lockedIds] });
  });
  control.put('/short-page', async (c) => {
    const { rows } = await bodyOf(c);
    if (rows !== null && !(Number.isInteger(rows) && Number(rows) > 0)) {
      throw new Error('Expected "rows" as a whole number above 0, or null.');
    }
    orgOf(c, tenants).shortPageRows = rows as number | null;
    return c.json({ rows });
  });
  control.put('/commit-delay', async (c) => {
    const { seconds, object = null } = await bodyOf(c);
    if (typeof seconds !== 'number' || !(seconds >= 0)) throw new Error('Expected "seconds".');
    const org = orgOf(c, tenants);
    const name = object === null ? null : org.object(String(object)).name;
    org.commitDelay = { ms: seconds * 1000, object: name };
    return c.json({ seconds, object: name });
  });
  control.put('/limits', async (c) => {
    const org = orgOf(c, tenants);
    const { max = org.dailyCalls.max, used = org.dailyCalls.used } = await bodyOf(c);
    const day = org.clock.iso().slice(0, 10);
    org.dailyCalls = { day, max: Number(max), used: Number(used) };
    return c.json(org.dailyCalls);
  });
  control.post('/cursors/close', (c) => {
    closeCursors(orgOf(c, tenants));
    return c.json({ ok: true });
  });
  mountMetadata(control, { tenants });
}

/** Objects and fields as an admin would make them in Setup: visible at once. */
function mountMetadata(control: Hono, { tenants }: Pick<Reach, 'tenants'>): void {
  control.post('/objects', async (c) => {
    const org = orgOf(c, tenants);
    const body = await bodyOf(c);
    const name = textOf(body, 'name');
    const object = org.findObject(name) ?? newObject(org, { name, label: textOf(body, 'label') });
    for (const field of (body['fields'] ?? []) as DatasetField[]) addDatasetField(object, field);
    org.touchMetadata();
    return c.json({ name: object.name, keyPrefix: object.keyPrefix });
  });
  control.delete('/objects/:object/fields/:field', (c) => {
    const org = orgOf(c, tenants);
    const removed = org.object(c.req.param('object')).remove(c.req.param('field'));
    if (!removed) throw new Error(`There is no custom field ${c.req.param('field')}.`);
    org.touchMetadata();
    return c.json({ ok: true });
  });
  control.post('/objects/:object/fields/:field/gate', async (c) => {
    const org = orgOf(c, tenants);
    const { gated } = await bodyOf(c);
    gate(org, c.req.param('object'), c.req.param('field'), gated !== false);
    return c.json({ gated: gated !== false });
  });
}

/** A gated field is seen only by users whose permission sets grant it. */
function gate(org: Org, object: string, name: string, gated: boolean): void {
  const definition = org.object(object);
  const field = definition.field(name);
  if (!field) throw new Error(`${object} has no field ${name}.`);
  definition.put({ name: field.name, type: field.type, gated });
  org.touchMetadata();
}

function mountTenants(control: Hono, { tenants }: Pick<Reach, 'tenants'>): void {
  control.get('/tenants', (c) =>
    c.json([...tenants.orgs.values()].map((org) => ({ id: org.id, name: org.name }))),
  );
  control.post('/tenants', async (c) => {
    const org = tenants.addOrg(textOf(await bodyOf(c), 'name'));
    return c.json({ id: org.id, name: org.name }, 201);
  });
  control.post('/apps', async (c) => {
    const body = await bodyOf(c);
    const org = orgOf(c, tenants);
    const present = tenants.apps.get(textOf(body, 'clientId'));
    const secret = body['clientSecret'] ?? present?.clientSecret;
    const pem = body['publicKeyPem'] ?? present?.publicKeyPem ?? null;
    const app = tenants.addApp({
      clientId: textOf(body, 'clientId'),
      clientSecret: typeof secret === 'string' ? secret : crypto.randomUUID(),
      orgId: present?.orgId ?? org.id,
      runAsUserId:
        body['runAs'] === undefined
          ? (present?.runAsUserId ?? org.integrationUserId)
          : userIdOf(org, body['runAs']),
      publicKeyPem: pem === null ? null : String(pem),
    });
    return c.json(app, 201);
  });
  control.post('/tokens', async (c) => {
    const body = await bodyOf(c);
    const org = orgOf(c, tenants);
    const who = body['as'];
    const session = {
      orgId: org.id,
      userId: who === undefined ? org.integrationUserId : userIdOf(org, who),
      clientId: typeof body['clientId'] === 'string' ? body['clientId'] : null,
    };
    const asked = body['token'];
    const token = tenants.openSession(session, typeof asked === 'string' ? asked : undefined);
    const refresh = session.clientId ? tenants.openRefreshToken(session) : null;
    return c.json({ token, refreshToken: refresh, userId: session.userId, orgId: org.id }, 201);
  });
  control.delete('/tokens', (c) => {
    for (const [token, session] of tenants.sessions) {
      if (session.orgId === orgOf(c, tenants).id) tenants.sessions.delete(token);
    }
    return c.json({ ok: true });
  });
  control.delete('/tokens/:token', (c) =>
    c.json({ revoked: tenants.revoke(c.req.param('token')) }),
  );
}
