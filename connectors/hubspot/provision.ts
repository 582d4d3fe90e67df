/** Makes the properties and association labels the engine needs, and says what it did. */
import type { FieldDescription, ProvisionField, ProvisionStep } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import { associationField } from './association-labels.ts';
import type { Describer, PortalObject } from './describe.ts';
import { taskKeyProperty } from './tasks.ts';

/** The one group our properties are in. */
const group = { name: 'partner_sync', label: 'Partner Sync' };

/** What provisioning needs. */
export interface Provisioning {
  api: HubSpotApi;
  describer: Describer;
}

/**
 * Creates what is missing and leaves what exists; a failed step does not stop the others, and a
 * second run finds everything there. A dry run reads only. Throws 'not-found' for an object the
 * portal does not have.
 */
export async function provision(
  parts: Provisioning,
  asked: ProvisionField[],
  { dryRun }: { dryRun: boolean },
): Promise<ProvisionStep[]> {
  const fields = withTaskKey(asked);
  const steps: ProvisionStep[] = [];
  for (const name of new Set(fields.map(({ object }) => object))) {
    const object = await parts.describer.describe(name, { fresh: true });
    const own = fields.filter((field) => field.object === name);
    steps.push(...(await objectSteps(parts, object, { fields: own, dryRun })));
    // What was made shows in the next description.
    if (!dryRun) await parts.describer.describe(name, { fresh: true });
  }
  return [...steps, ...manualSteps(fields)];
}

/** Tasks are found again by their key, so its property belongs to every provisioning. */
function withTaskKey(fields: ProvisionField[]): ProvisionField[] {
  const key: ProvisionField = {
    object: 'tasks',
    name: taskKeyProperty,
    label: 'Partner Sync Key',
    description: 'By this key partner-sync finds its task again, so that none is made twice.',
    type: 'string',
    unique: true,
    usersEdit: false,
  };
  const others = fields.filter(({ object, name }) => object !== 'tasks' || name !== key.name);
  return [...others, key];
}

async function objectSteps(
  { api }: Provisioning,
  object: PortalObject,
  { fields, dryRun }: { fields: ProvisionField[]; dryRun: boolean },
): Promise<ProvisionStep[]> {
  const properties = fields.filter(({ name }) => associationField(name) === null);
  const missing = properties.filter(({ name }) => !object.description.fields.has(name));
  const steps: ProvisionStep[] = [];
  if (missing.length > 0) steps.push(await groupStep(api, object, dryRun));
  for (const field of fields) steps.push(await fieldStep(api, object, { field, dryRun }));
  return steps;
}

async function groupStep(
  api: HubSpotApi,
  { type }: PortalObject,
  dryRun: boolean,
): Promise<ProvisionStep> {
  const what = `property group ${group.label} of ${type.name}`;
  const path = `${api.paths.properties(type.path)}/groups`;
  const call = { object: type.name, priority: 3 as const };
  const groups = await api.call<{ results?: { name?: string }[] }>({
    ...call,
    method: 'GET',
    path,
    operation: 'read property groups',
  });
  const exists = groups.results?.some(({ name }) => name === group.name);
  if (exists) return { what, state: 'exists', detail: null };
  if (dryRun) return { what, state: 'would-create', detail: null };
  return attempt(what, () =>
    api.call({ ...call, method: 'POST', path, operation: 'create a property group', body: group }),
  );
}

async function fieldStep(
  api: HubSpotApi,
  object: PortalObject,
  { field, dryRun }: { field: ProvisionField; dryRun: boolean },
): Promise<ProvisionStep> {
  const { type, description } = object;
  const isLabel = associationField(field.name) !== null;
  const what = isLabel
    ? `association label ${type.name} ${field.name}`
    : `property ${type.name}.${field.name} (${field.type})`;
  const found = foldedGet(description.fields, field.name);
  if (found) {
    const detail = mismatch(field, found);
    return { what, state: detail === null ? 'exists' : 'failed', detail };
  }
  if (dryRun) return { what, state: 'would-create', detail: null };
  return attempt(what, () =>
    isLabel ? createLabel(api, object, field) : create(api, object, field),
  );
}

function foldedGet(
  fields: Map<string, FieldDescription>,
  name: string,
): FieldDescription | undefined {
  const lower = name.toLowerCase();
  return [...fields.values()].find((field) => field.name.toLowerCase() === lower);
}

/** HubSpot keeps a property's type for ever: another type needs another property. */
function mismatch(field: ProvisionField, found: FieldDescription): string | null {
  const wanted = associationField(field.name) ? 'reference' : kinds[field.type];
  if (wanted !== undefined && wanted !== found.kind) {
    return (
      `It exists as ${found.vendorType}; the engine needs ${field.type}. Rename that property, ` +
      'or map another field.'
    );
  }
  return field.unique && !found.unique
    ? 'It exists, but its values need not be unique, and HubSpot cannot change that. Delete it, ' +
        'or map another field.'
    : null;
}

const kinds: Record<string, FieldDescription['kind']> = {
  bool: 'boolean',
  enumeration: 'picklist',
  string: 'text',
  number: 'decimal',
  date: 'date',
  datetime: 'datetime',
  owner: 'reference',
};

function create(api: HubSpotApi, { type }: PortalObject, field: ProvisionField): Promise<unknown> {
  return api.call({
    method: 'POST',
    path: api.paths.properties(type.path),
    operation: 'create a property',
    object: type.name,
    priority: 3,
    body: {
      name: field.name,
      label: field.label,
      description: field.description,
      groupName: group.name,
      type: field.type === 'owner' ? 'enumeration' : field.type,
      fieldType: fieldTypeOf(field),
      ...optionsOf(field),
      ...(field.unique ? { hasUniqueValue: true } : {}),
      formField: false,
    },
  });
}

/** Texts longer than a line are shown in an area. */
const lineLength = 120;

function fieldTypeOf({ type, length = 0 }: ProvisionField): string {
  switch (type) {
    case 'bool':
      return 'booleancheckbox';
    case 'enumeration':
    case 'owner':
      return 'select';
    case 'number':
      return 'number';
    case 'date':
    case 'datetime':
      return 'date';
    default:
      return length > lineLength ? 'textarea' : 'text';
  }
}

function optionsOf({ type, values = [] }: ProvisionField): object {
  if (type === 'bool') {
    return {
      options: [
        { label: 'Yes', value: 'true', displayOrder: 0, hidden: false },
        { label: 'No', value: 'false', displayOrder: 1, hidden: false },
      ],
    };
  }
  if (type === 'owner') return { externalOptions: true, referencedObjectType: 'OWNER' };
  const option = (value: string, displayOrder: number) => ({
    label: value,
    value,
    displayOrder,
    hidden: false,
  });
  return type === 'enumeration' ? { options: values.map(option) } : {};
}

/** A pair of labels: what the other record is called, and what this one is called from there. */
function createLabel(
  api: HubSpotApi,
  { type }: PortalObject,
  field: ProvisionField,
): Promise<unknown> {
  const { to = '', label = '' } = associationField(field.name) ?? {};
  return api.call({
    method: 'POST',
    path: `${api.paths.associations(type.path, to)}/labels`,
    operation: 'create an association label',
    object: type.name,
    priority: 3,
    body: {
      label,
      name: label.toLowerCase().replace(/[^a-z0-9]+/g, '_'),
      ...(field.relationshipName ? { inverseLabel: field.relationshipName } : {}),
    },
  });
}

function manualSteps(fields: ProvisionField[]): ProvisionStep[] {
  const objects = new Set(fields.map(({ object }) => object));
  objects.delete('tasks'); // the key of a task is not for people
  const cards = [...objects].map(
    (object): ProvisionStep => ({
      what: `record cards of ${object}`,
      state: 'manual',
      detail:
        `No API adds properties to record cards: Settings > Objects > ${object} > Record ` +
        'Customization, add a card "Partner Sync" with the properties.',
    }),
  );
  const rights: ProvisionStep = {
    what: 'make the properties of partner-sync read-only for users',
    state: 'manual',
    detail:
      'No API sets field-level permissions: Settings > Properties > group Partner Sync > Manage ' +
      'access (Professional and Enterprise), let users view them only.',
  };
  return [...cards, rights];
}

async function attempt(what: string, work: () => Promise<unknown>): Promise<ProvisionStep> {
  try {
    await work();
    return { what, state: 'created', detail: null };
  } catch (error) {
    return failedStep(what, error);
  }
}

/** Only a refusal is a step's failure; a lost session or a dead network ends the provisioning. */
function failedStep(what: string, error: unknown): ProvisionStep {
  const passing = new Set(['unauthorized', 'unavailable', 'quota-exhausted', 'rate-limited']);
  if (!(error instanceof ConnectorError) || passing.has(error.kind)) throw error;
  if (error.kind === 'conflict') return { what, state: 'exists', detail: null };
  return { what, state: 'failed', detail: error.message };
}
