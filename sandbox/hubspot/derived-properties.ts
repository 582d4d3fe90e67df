/** Properties HubSpot computes: stamps, merged ids, and what follows from a deal's stage. */
import type { ObjectType } from './object-types.ts';
import type { Pipelines } from './pipelines.ts';
import { complete, type PropertyDef, type PropertySet, type PropertyType } from './property.ts';
import type { CrmRecord } from './record.ts';

type Derive = (record: CrmRecord) => string | null;
const iso = (at: number | null | undefined) =>
  at === null || at === undefined ? null : new Date(at).toISOString();

/** Adds what every object has, and a deal's stage properties. */
export function addDerivedProperties(
  set: PropertySet,
  type: ObjectType,
  scene: { pipelines: Pipelines; now: () => number },
): void {
  const groupName = [...set.groups.keys()][0]!;
  const add = (name: string, label: string, kind: PropertyType, derive: Derive) =>
    set.put(computed({ name, label, type: kind, groupName, derive }), scene.now());
  const stamp = (name: string, label: string, order: (record: CrmRecord) => number) => {
    const def = add(name, label, 'datetime', (r) => iso(order(r)));
    def.order = order;
  };
  const created = (r: CrmRecord) => r.createdAt;
  const modified = (r: CrmRecord) => r.updatedAt;
  add('hs_object_id', 'Record ID', 'number', (r) => r.id).order = (r) => r.number;
  stamp('hs_createdate', 'Object create date/time', created);
  if (type.createdProperty === 'createdate') stamp('createdate', 'Create Date', created);
  stamp('hs_lastmodifieddate', 'Last Modified Date', modified);
  if (type.modifiedProperty === 'lastmodifieddate') {
    stamp('lastmodifieddate', 'Last Modified Date', modified);
  }
  add('hs_updated_by_user_id', 'Updated by user ID', 'number', (r) =>
    r.author.userId === null ? null : String(r.author.userId),
  );
  add('hs_merged_object_ids', 'Merged Record IDs', 'enumeration', (r) =>
    r.mergedIds ? r.mergedIds.join(';') : null,
  );
  if (type.name === 'deal') addDealProperties(set, add, scene);
}

function computed(
  parts: Pick<PropertyDef, 'name' | 'label' | 'type' | 'groupName'> & { derive: Derive },
) {
  const fieldType = { datetime: 'date', enumeration: 'checkbox' }[parts.type as string] ?? 'text';
  return {
    ...parts,
    fieldType: parts.type === 'number' ? 'number' : fieldType,
    hubspotDefined: true,
    readOnlyValue: true,
    externalOptions: parts.type === 'enumeration',
  };
}

function addDealProperties(
  set: PropertySet,
  add: (name: string, label: string, kind: PropertyType, derive: Derive) => PropertyDef,
  { pipelines, now }: { pipelines: Pipelines; now: () => number },
): void {
  const stageSlot = set.get('dealstage')!.slot;
  const amountSlot = set.get('amount')!.slot;
  const stage = (r: CrmRecord) => pipelines.stage('deal', r.values[stageSlot] ?? '');
  const probability = (r: CrmRecord) => Number(stage(r)?.metadata['probability'] ?? Number.NaN);
  const closed = (r: CrmRecord) => stage(r)?.metadata['isClosed'] === 'true';
  const won = (r: CrmRecord) => closed(r) && probability(r) === 1;
  const text = (value: boolean) => String(value);
  add('hs_is_closed', 'Is Deal Closed?', 'bool', (r) => text(closed(r)));
  add('hs_is_closed_won', 'Is Closed Won', 'bool', (r) => text(won(r)));
  add('hs_is_closed_lost', 'Is Closed Lost', 'bool', (r) => text(closed(r) && !won(r)));
  add('hs_deal_stage_probability', 'Deal Stage Probability', 'number', (r) => {
    const value = probability(r);
    return Number.isNaN(value) ? null : String(value);
  });
  add('hs_closed_amount', 'Closed Deal Amount', 'number', (r) =>
    won(r) ? (r.values[amountSlot] ?? '0') : '0',
  );
  add('hs_v2_date_entered_current_stage', 'Date entered current stage', 'datetime', (r) =>
    iso(r.visits?.at(-1)?.at),
  );
  add('hs_v2_time_in_current_stage', 'Time in current stage', 'datetime', (r) =>
    iso(r.visits?.at(-1)?.at),
  );
  set.lookUp = (name) => stageProperty(name, { set, pipelines, now });
  set.listed = () =>
    pipelines
      .stagesOf('deal')
      .flatMap(({ id }) => stageKinds.flatMap(({ prefix }) => set.lookUp(`${prefix}${id}`) ?? []));
}

type Visits = NonNullable<CrmRecord['visits']>;
type StageValue = (visits: Visits, i: number, now: number) => number | null;
const leftAt: StageValue = (visits, i) => visits[i + 1]?.at ?? null;
const stay: StageValue = (visits, i, now) => (visits[i + 1]?.at ?? now) - visits[i]!.at;

/** Properties there are once a stage; the instant ones are of the latest stay in the stage. */
const stageKinds: { prefix: string; label: string; type: PropertyType; value: StageValue }[] = [
  {
    prefix: 'hs_v2_date_entered_',
    label: 'Date entered',
    type: 'datetime',
    value: (visits, i) => visits[i]!.at,
  },
  { prefix: 'hs_v2_date_exited_', label: 'Date exited', type: 'datetime', value: leftAt },
  { prefix: 'hs_v2_latest_time_in_', label: 'Latest time in', type: 'number', value: stay },
  {
    prefix: 'hs_v2_cumulative_time_in_',
    label: 'Cumulative time in',
    type: 'number',
    value: (visits, i, now) =>
      visits.reduce(
        (sum, { stageId }, n) =>
          stageId === visits[i]!.stageId ? sum + stay(visits, n, now)! : sum,
        0,
      ),
  },
  {
    prefix: 'hs_date_entered_',
    label: 'Date entered',
    type: 'datetime',
    value: (visits, i) => visits[i]!.at,
  },
  { prefix: 'hs_date_exited_', label: 'Date exited', type: 'datetime', value: leftAt },
  { prefix: 'hs_time_in_', label: 'Time in', type: 'number', value: stay },
];

/** The property of a name such as `hs_v2_date_entered_closedwon`, made when it is asked for. */
function stageProperty(
  name: string,
  { set, pipelines, now }: { set: PropertySet; pipelines: Pipelines; now: () => number },
): PropertyDef | undefined {
  const kind = stageKinds.find(({ prefix }) => name.startsWith(prefix));
  const stage = kind && pipelines.stage('deal', name.slice(kind.prefix.length));
  if (!kind || !stage) return undefined;
  const derive: Derive = ({ visits }) => {
    const i = visits?.findLastIndex(({ stageId }) => stageId === stage.id) ?? -1;
    const value = i < 0 ? null : kind.value(visits!, i, now());
    if (value === null) return null;
    return kind.type === 'datetime' ? iso(value) : String(value);
  };
  const label = `${kind.label} "${stage.label}"`;
  const groupName = set.get('dealstage')!.groupName;
  return complete(computed({ name, label, type: kind.type, groupName, derive }), stage.createdAt);
}
