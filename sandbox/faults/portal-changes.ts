/** What happens in a HubSpot portal while an engine works: at once, or before a struck call. */
import { z } from 'zod';
import { associate, dissociate, plainType } from '../hubspot/links.ts';
import { mergeRecords } from '../hubspot/merge.ts';
import type { ObjectStore } from '../hubspot/object-store.ts';
import type { Portal } from '../hubspot/portal.ts';
import type { Portals } from '../hubspot/portals.ts';
import type { CrmRecord } from '../hubspot/record.ts';
import { archiveRecord, restoreRecord, type Scene, updateRecord } from '../hubspot/write.ts';
import type { Random } from '../seed/random.ts';
import { callFault, type FaultKind } from './kinds.ts';

/** Where a change happens. */
export interface PortalScene {
  portal: Portal;
  portals: Portals;
  random: Random;
}

interface PortalChange {
  about: string;
  source: string;
  params: z.ZodObject;
  make: (scene: PortalScene, params: never) => unknown;
}

function change<P extends z.ZodObject>(
  parts: Omit<PortalChange, 'params' | 'make'> & {
    params: P;
    make: (scene: PortalScene, params: z.infer<P>) => unknown;
  },
): PortalChange {
  return parts as PortalChange;
}

const text = z.string().min(1);
/** Which records: by id, or so many drawn from the seed. */
const which = {
  object: text.default('deals'),
  ids: z.array(text).optional(),
  rows: z.int().min(1).default(1),
};
const pickSchema = z.object(which);
type Pick = z.infer<typeof pickSchema>;
const equalRowsDefault = 25_000;

const recordChanges: Record<string, PortalChange> = {
  'records-changed': change({
    about: 'somebody sets properties of records',
    source: 'object-sync #137: a record changes while its page is processed',
    params: z.strictObject({ ...which, properties: z.record(text, z.string()) }),
    make: (scene, params) =>
      eachPicked(scene, params, (at, record) => updateRecord(at, record, params.properties)),
  }),
  'records-archived': change({
    about: 'records go into the recycle bin',
    source: 'HubSpot, CRM objects: delete',
    params: z.strictObject(which),
    make: (scene, params) => eachPicked(scene, params, archiveRecord),
  }),
  'records-restored': change({
    about: 'archived records come back',
    source: 'HubSpot Knowledge Base: restore deleted records',
    params: z.strictObject(which),
    make: (scene, params) => eachPicked(scene, params, restoreRecord, true),
  }),
  'records-merged': change({
    about: 'two records are merged into a third one; drawn where none are named',
    source: 'HubSpot changelog: updated merge functionality',
    params: z.strictObject({
      object: text.default('deals'),
      primaryId: text.optional(),
      mergedId: text.optional(),
    }),
    make: (scene, { object, primaryId, mergedId }) => {
      const store = scene.portal.store(object);
      const [one, two] = picked(scene, store, { object, rows: 2 }, false);
      const at = sceneAt(scene.portal, store);
      return { id: mergeRecords(at, primaryId ?? one!.id, mergedId ?? two!.id).id };
    },
  }),
  'timestamps-equal-portal': change({
    about: 'more than a search can show have one and the same modified timestamp',
    source: 'HubSpot, CRM search: limitations; supaglue #532',
    params: z.strictObject({
      ...which,
      rows: which.rows.unwrap().default(equalRowsDefault),
      at: text.optional(),
    }),
    make: (scene, params) => {
      const store = scene.portal.store(params.object);
      const at = params.at === undefined ? scene.portal.clock.now() : Date.parse(params.at);
      if (Number.isNaN(at)) throw new Error(`at: ${params.at} is no instant.`);
      const records = picked(scene, store, params, false);
      for (const record of records) store.put({ ...record, updatedAt: at });
      return { changed: records.length };
    },
  }),
  'association-changed': change({
    about: 'an association (or its label) comes or goes; no property and no timestamp moves',
    source: 'crm-apis.md: association changes do not move hs_lastmodifieddate',
    params: z.strictObject({
      object: text.default('deals'),
      id: text,
      toObject: text.default('companies'),
      toId: text,
      label: text.optional(),
      removed: z.boolean().default(false),
    }),
    make: ({ portal }, { object, id, toObject, toId, label, removed }) => {
      const [from, to] = [portal.store(object), portal.store(toObject)];
      const type = label
        ? portal.associations.types.labelled(from.type.name, to.type.name, label)
        : plainType(portal, from, to);
      if (!type) throw new Error(`There is no label "${label}".`);
      const pair = { from: { store: from, id }, to: { store: to, id: toId } };
      if (removed) dissociate(portal, pair, label ? [type] : null);
      else associate(portal, pair, [type]);
      return { ok: true };
    },
  }),
};

const settingChanges: Record<string, PortalChange> = {
  'label-missing': change({
    about: 'an admin deletes an association label',
    source: 'HubSpot, Associations schema: delete a label',
    params: z.strictObject({
      from: text.default('deals'),
      to: text.default('companies'),
      label: text.default('Sourcing partner'),
    }),
    make: ({ portal }, { from, to, label }) => {
      const names = [portal.store(from).type.name, portal.store(to).type.name] as const;
      const type = portal.associations.types.labelled(names[0], names[1], label);
      if (!type) throw new Error(`There is no label "${label}".`);
      portal.associations.dropType(type);
      return { typeId: type.typeId };
    },
  }),
  'required-rule-added': change({
    about: 'an admin makes properties required, for the API from 2026-09 on',
    source: 'HubSpot changelog, 8 September 2026',
    params: z.strictObject({
      object: text.default('deals'),
      requires: z.array(text).min(1),
      when: z.strictObject({ property: text, values: z.array(z.string()).min(1) }).optional(),
      onCreate: z.boolean().default(false),
    }),
    make: ({ portal }, { when, ...rule }) => {
      portal.requiredRules.push({ ...rule, ...(when ? { when } : {}) });
      return { rules: portal.requiredRules.length };
    },
  }),
  'webhook-duplicates': webhookTrouble(
    'the next "events" events are sent twice',
    z.strictObject({ events: z.int().min(1).default(10) }),
    ({ events }) => ({ duplicates: events }),
  ),
  'webhook-reorder': webhookTrouble(
    'events are sent newest first',
    z.strictObject({ on: z.boolean().default(true) }),
    ({ on }) => ({ reorder: on }),
  ),
  'webhook-late': webhookTrouble(
    'events are held back by "seconds" of real time',
    z.strictObject({ seconds: z.number().min(0).default(10) }),
    ({ seconds }) => ({ lateMs: seconds * 1000 }),
  ),
  'webhook-bad-signature': webhookTrouble(
    'the next "deliveries" are signed with another secret',
    z.strictObject({ deliveries: z.int().min(1).default(1) }),
    ({ deliveries }) => ({ badSignatures: deliveries }),
  ),
  'webhook-old': webhookTrouble(
    'deliveries say they are "seconds" old',
    z.strictObject({ seconds: z.number().min(0).default(600) }),
    ({ seconds }) => ({ ageMs: seconds * 1000 }),
  ),
};

function webhookTrouble<P extends z.ZodObject>(
  about: string,
  params: P,
  trouble: (params: z.infer<P>) => Partial<ReturnType<Portals['webhooksOf']>['troubles']>,
): PortalChange {
  return change<P>({
    about,
    source: 'HubSpot, Webhooks: at least once, in any order; Validating requests',
    params,
    make: ({ portal, portals }, given) =>
      Object.assign(portals.webhooksOf(portal).troubles, trouble(given)),
  });
}

const changes: Record<string, PortalChange> = { ...recordChanges, ...settingChanges };

/** Makes a change now. Throws Error where it is unknown, or cannot be made. */
export function makePortalChange(name: string, scene: PortalScene, params: unknown): unknown {
  const one = changes[name];
  if (!one) {
    throw new Error(`There is no change "${name}". There are ${Object.keys(changes).join(', ')}.`);
  }
  const read = one.params.safeParse(params);
  if (!read.success) throw new Error(`${name}: ${z.prettifyError(read.error)}`);
  return one.make(scene, read.data as never);
}

/** Each change as a fault: it happens before the call that is struck, which then runs. */
export const portalChangeFaults: Record<string, FaultKind> = Object.fromEntries(
  Object.entries(changes).map(([name, { about, source, params, make }]) => [
    name,
    callFault({
      about,
      source,
      count: 1,
      params,
      at: ({ vendor, path }) => vendor === 'hubspot' && !path.startsWith('/oauth/'),
      apply: async ({ call, scene, params: given }, proceed) => {
        const { portals, random } = scene;
        make({ portal: call.portal ?? portals.defaultPortal, portals, random }, given as never);
        return proceed();
      },
    }),
  ]),
);

function sceneAt(portal: Portal, store: ObjectStore): Scene {
  const author = { sourceType: 'CRM_UI' as const, sourceId: null, userId: null, appId: null };
  return { portal, store, writer: { author, apiVersion: 'v3', via: 'control' } };
}

function eachPicked(
  scene: PortalScene,
  params: Pick,
  work: (at: Scene, record: CrmRecord) => CrmRecord,
  archived = false,
): { ids: string[] } {
  const store = scene.portal.store(params.object);
  const at = sceneAt(scene.portal, store);
  const ids = picked(scene, store, params, archived).map((record) => work(at, record).id);
  return { ids };
}

/** Throws Error where there are none. */
function picked(
  { random }: PortalScene,
  store: ObjectStore,
  { ids, rows }: Pick,
  archived: boolean,
): CrmRecord[] {
  const all = ids
    ? ids.flatMap((id) => store.resolve(id) ?? [])
    : [...store.listAfter(0, archived)];
  if (all.length === 0) throw new Error(`There are no such ${store.type.plural}.`);
  if (ids || rows >= all.length) return all;
  const drawn = new Set<CrmRecord>();
  while (drawn.size < rows) drawn.add(random.pick(all));
  return [...drawn];
}
