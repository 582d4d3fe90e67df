/**
 * Data in and out of an org from outside: load, write as somebody, merge, snapshot, read the log.
 */
import type { Hono } from 'hono';
import type { Dataset } from '../dataset.ts';
import { convertLead } from '../salesforce/dml/convert.ts';
import type { RecordInput } from '../salesforce/dml/save.ts';
import { ApiError } from '../salesforce/errors.ts';
import type { Org } from '../salesforce/org.ts';
import { sampleCompany } from '../seed/sample-company.ts';
import { bodyOf, orgOf, type Reach, textOf, textsOf, userIdOf } from './input.ts';

/** Mounts the data routes. */
export function mountData(control: Hono, { clock, tenants }: Reach): void {
  control.post('/load', async (c) => {
    const org = orgOf(c, tenants);
    const dataset = (await bodyOf(c)) as unknown as Dataset;
    if (!Array.isArray(dataset.objects)) throw new Error('Expected a dataset with "objects".');
    org.load(dataset);
    return c.json({ org: org.id, objects: countsOf(org) });
  });
  control.post('/seed', async (c) => {
    const { seed } = await bodyOf(c);
    if (!Number.isInteger(seed)) throw new Error('Expected "seed" as a whole number.');
    const org = orgOf(c, tenants);
    org.load(sampleCompany(Number(seed), clock.iso().slice(0, 10)));
    return c.json({ org: org.id, objects: countsOf(org) });
  });
  control.post('/dml', async (c) => c.json(dml(orgOf(c, tenants), await bodyOf(c))));
  control.get('/query', (c) => {
    const all = c.req.query('all') === 'true';
    return c.json(orgOf(c, tenants).query(c.req.query('q') ?? '', { all }));
  });
  control.get('/writes', (c) => {
    const since = Number(c.req.query('since') ?? 0);
    const object = c.req.query('object');
    const entries = orgOf(c, tenants).writeLog();
    const wanted = entries.filter(
      (entry) => entry.seq > since && (object === undefined || entry.object === object),
    );
    return c.json({ total: entries.length, entries: wanted });
  });
  control.delete('/writes', (c) => {
    orgOf(c, tenants).log.clear();
    return c.json({ ok: true });
  });
  control.get('/history/:object/:id', (c) =>
    c.json(orgOf(c, tenants).history(c.req.param('object'), c.req.param('id'))),
  );
  control.post('/snapshot', async (c) => {
    const name = textOf(await bodyOf(c), 'name');
    orgOf(c, tenants).snapshot(name);
    return c.json({ name });
  });
  control.post('/restore', async (c) => {
    const name = textOf(await bodyOf(c), 'name');
    if (!orgOf(c, tenants).restore(name)) throw new Error(`There is no snapshot "${name}".`);
    return c.json({ name });
  });
}

/** `{operation, object, as?, records|ids ...}`: what a person in the org could do. */
function dml(org: Org, body: Record<string, unknown>): unknown {
  const seconds = body['commitDelaySeconds'] ?? 0;
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    throw new Error('Expected "commitDelaySeconds" as a number of seconds.');
  }
  return org.transaction(() => {
    const results = dmlNow(org, body);
    if (seconds > 0) org.commitLate(seconds * 1000);
    return results;
  });
}

function dmlNow(org: Org, body: Record<string, unknown>): unknown {
  const actor = { userId: userIdOf(org, body['as']), via: 'control', system: true };
  const object = typeof body['object'] === 'string' ? body['object'] : '';
  const records = () => {
    if (Array.isArray(body['records'])) return body['records'] as RecordInput[];
    throw new Error('Expected "records" as a list.');
  };
  switch (body['operation']) {
    case 'insert':
      return org.insert(object, records(), actor);
    case 'update':
      return org.update(object, records(), actor);
    case 'upsert':
      return org.upsert(object, textOf(body, 'keyField'), records(), actor);
    case 'delete':
      return org.delete(object, textsOf(body, 'ids'), actor);
    case 'undelete':
      return org.undelete(textsOf(body, 'ids'), actor);
    case 'merge':
      return org.merge(
        object,
        {
          masterId: textOf(body, 'masterId'),
          duplicateIds: textsOf(body, 'duplicateIds'),
          ...(body['fields'] ? { fields: body['fields'] as RecordInput } : {}),
        },
        actor,
      );
    case 'convertLead':
      return convertLead(org, body, actor);
    default:
      throw new ApiError(
        400,
        'BAD_CONTROL_CALL',
        'operation must be insert, update, upsert, delete, undelete, merge or convertLead',
      );
  }
}

function countsOf(org: Org): Record<string, number> {
  return Object.fromEntries([...org.tables].map(([name, table]) => [name, table.liveCount]));
}
