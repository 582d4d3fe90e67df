/** Properties and property groups (developers.hubspot.com, CRM properties). */
import { z } from 'zod';
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Portal } from '../portal.ts';
import {
  completeOption,
  fieldTypes,
  type PropertyDef,
  type PropertyInput,
  propertyTypes,
} from '../property.ts';
import {
  batchAnswer,
  batchInputs,
  families,
  flagQuery,
  type HubSpotApi,
  type HubSpotCall,
  jsonBody,
  needsSchemaScope,
  storeOf,
} from './call.ts';

/** Unique properties an object can have. */
const uniqueMax = 10;

const optionSchema = z.object({
  label: z.string().min(1),
  value: z.string().min(1),
  displayOrder: z.number().optional(),
  hidden: z.boolean().optional(),
  description: z.string().optional(),
});
const createSchema = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'must begin with a letter: a-z, 0-9 and _ only'),
  label: z.string().min(1),
  groupName: z.string().min(1),
  type: z.enum(propertyTypes),
  fieldType: z.enum(fieldTypes),
  description: z.string().optional(),
  options: z.array(optionSchema).optional(),
  hasUniqueValue: z.boolean().optional(),
  hidden: z.boolean().optional(),
  displayOrder: z.number().optional(),
  formField: z.boolean().optional(),
  externalOptions: z.boolean().optional(),
  referencedObjectType: z.string().optional(),
  calculationFormula: z.string().optional(),
});
const updateSchema = createSchema
  .omit({ name: true, hasUniqueValue: true, externalOptions: true, referencedObjectType: true })
  .partial();

/** What every type may be shown as; HubSpot refuses other pairs. */
const fieldTypesOf: Record<string, readonly string[]> = {
  bool: ['booleancheckbox', 'calculation_equation'],
  enumeration: ['booleancheckbox', 'checkbox', 'radio', 'select', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  number: ['number', 'calculation_equation'],
  string: ['file', 'text', 'textarea', 'html', 'phonenumber', 'calculation_equation'],
  phone_number: ['phonenumber'],
  json: ['text'],
  object_coordinates: ['text'],
};

/** List, read, create, update, archive, batches and groups. */
export function mountProperties(api: HubSpotApi): void {
  for (const base of families('properties')) {
    const path = `${base}/:objectType`;
    api.post(`${path}/batch/read`, batchRead);
    api.post(`${path}/batch/create`, batchCreate);
    api.post(`${path}/batch/archive`, batchArchive);
    api.get(`${path}/:name`, (c) => c.json(propertyRow(named(c, 'read'))));
    api.patch(`${path}/:name`, update);
    api.delete(`${path}/:name`, archive);
    api.get(path, list);
    api.post(path, create);
  }
}

/** A property as JSON. */
export function propertyRow(def: PropertyDef): Record<string, unknown> {
  const iso = (at: number) => new Date(at).toISOString();
  const { hubspotDefined, readOnlyValue, calculationFormula, referencedObjectType } = def;
  return {
    updatedAt: iso(def.updatedAt),
    createdAt: iso(def.createdAt),
    name: def.name,
    label: def.label,
    type: def.type,
    fieldType: def.fieldType,
    description: def.description,
    groupName: def.groupName,
    options: def.options,
    ...(def.createdUserId === null ? {} : { createdUserId: def.createdUserId }),
    ...(referencedObjectType === undefined ? {} : { referencedObjectType }),
    ...(calculationFormula === undefined ? {} : { calculationFormula }),
    displayOrder: def.displayOrder,
    calculated: def.calculated,
    externalOptions: def.externalOptions,
    archived: def.archived,
    ...(def.archivedAt === null ? {} : { archivedAt: iso(def.archivedAt) }),
    hasUniqueValue: def.hasUniqueValue,
    hidden: def.hidden,
    hubspotDefined,
    modificationMetadata: {
      archivable: !hubspotDefined,
      readOnlyDefinition: hubspotDefined,
      readOnlyOptions: hubspotDefined,
      readOnlyValue,
    },
    formField: def.formField,
    dataSensitivity: 'non_sensitive',
  };
}

function list(c: HubSpotCall): Response {
  const store = storeOf(c);
  needsSchemaScope(c, store, 'read');
  const archived = flagQuery(c, 'archived');
  const all = store.properties.all().filter((def) => def.archived === archived);
  return c.json({ results: all.map((def) => propertyRow(shown(c.get('portal'), store, def))) });
}

function named(c: HubSpotCall, right: 'read' | 'write'): PropertyDef {
  const store = storeOf(c);
  needsSchemaScope(c, store, right);
  const name = c.req.param('name') ?? '';
  const def = store.properties.find(name);
  if (!def || def.archived !== flagQuery(c, 'archived')) {
    throw notFound(`Property ${name} does not exist for object type ${store.type.id}`);
  }
  return shown(c.get('portal'), store, def);
}

/** Pipelines and stages are options of their properties. */
function shown(portal: Portal, store: ObjectStore, def: PropertyDef): PropertyDef {
  const pipelines = [...(portal.pipelines.of(store.type.name)?.values() ?? [])];
  const options = (all: { id: string; label: string }[]) =>
    all.map(({ id, label }, i) => completeOption({ label, value: id }, i));
  switch (def.name) {
    case 'pipeline':
    case 'hs_pipeline':
      return { ...def, options: options(pipelines) };
    case 'dealstage':
    case 'hs_pipeline_stage':
      return { ...def, options: options(pipelines.flatMap(({ stages }) => stages)) };
    default:
      return def;
  }
}

async function create(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsSchemaScope(c, store, 'write');
  return c.json(propertyRow(made(c, store, await jsonBody(c))), 201);
}

function made(c: HubSpotCall, store: ObjectStore, body: unknown): PropertyDef {
  const read = createSchema.safeParse(body);
  if (!read.success) throw invalid(read.error);
  const input = read.data;
  if (store.properties.get(input.name)) {
    throw new HubSpotError(
      409,
      'OBJECT_ALREADY_EXISTS',
      `A property named '${input.name}' already exists.`,
      { subCategory: 'PropertyValidationError.PROPERTY_EXISTS', context: { name: [input.name] } },
    );
  }
  checkShape(store, input);
  const unique = store.properties.stored().filter((def) => def.hasUniqueValue);
  if (input.hasUniqueValue && unique.length >= uniqueMax) {
    throw badRequest(`At most ${uniqueMax} properties of an object can have unique values.`);
  }
  const own = { ...input, createdUserId: String(c.get('grant').userId) };
  return store.properties.put(withoutUndefined(own), c.get('portal').clock.now());
}

/** The group must be there, and the field type must fit the type. */
function checkShape(store: ObjectStore, input: z.infer<typeof createSchema>): void {
  const { groupName, type, fieldType, options = [], name } = input;
  if (!store.properties.groups.has(groupName)) {
    throw badRequest(`Property group "${groupName}" does not exist.`, {
      errors: [{ message: `Group ${groupName} does not exist`, code: 'GROUP_DOES_NOT_EXIST' }],
    });
  }
  if (!(fieldTypesOf[type] ?? []).includes(fieldType)) {
    throw badRequest(`The field type "${fieldType}" is not valid for the type "${type}".`);
  }
  if (/^hs_/.test(name)) throw badRequest('Names that begin with "hs_" are reserved.');
  const needsOptions = type === 'enumeration' && !input.externalOptions && options.length === 0;
  if (needsOptions) throw badRequest(`Enumeration property "${name}" needs options.`);
  if (input.hasUniqueValue && !['string', 'number'].includes(type)) {
    throw badRequest('Only text and number properties can have unique values.');
  }
  const seen = new Set<string>();
  const twice = options.find(({ value }) => seen.size === seen.add(value).size);
  if (twice) throw badRequest(`Option values must be unique: "${twice.value}" is there twice.`);
}

async function update(c: HubSpotCall): Promise<Response> {
  const def = named(c, 'write');
  const store = storeOf(c);
  const read = updateSchema.safeParse(await jsonBody(c));
  if (!read.success) throw invalid(read.error);
  if (def.hubspotDefined) throw badRequest(`Property "${def.name}" is read only.`);
  const now = c.get('portal').clock.now();
  const input = withoutUndefined({ ...def, ...read.data });
  checkShape(store, createSchema.parse(input));
  return c.json(propertyRow(store.properties.put({ ...input, updatedAt: now }, now)));
}

function archive(c: HubSpotCall): Response {
  archiveOne(c, named(c, 'write'));
  return c.body(null, 204);
}

function archiveOne(c: HubSpotCall, def: PropertyDef): void {
  if (def.hubspotDefined) throw badRequest(`Property "${def.name}" cannot be archived.`);
  const now = c.get('portal').clock.now();
  storeOf(c).properties.put({ ...def, archived: true, archivedAt: now }, now);
}

async function batchRead(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsSchemaScope(c, store, 'read');
  const { body, inputs } = await batchInputs(c, 100);
  const archived = body['archived'] === true;
  const results: unknown[] = [];
  const missing: string[] = [];
  for (const { name } of inputs) {
    const def = store.properties.find(String(name));
    if (!def || def.archived !== archived) missing.push(String(name));
    else results.push(propertyRow(shown(c.get('portal'), store, def)));
  }
  const errors = missing.map((name) =>
    notFound(`Property ${name} does not exist`).rowBody({ id: name }),
  );
  return batchAnswer(c, { results, errors });
}

async function batchCreate(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsSchemaScope(c, store, 'write');
  const { inputs } = await batchInputs(c, 100);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    try {
      results.push(propertyRow(made(c, store, input)));
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      errors.push(error.rowBody({ id: String(input['name']) }));
    }
  }
  return batchAnswer(c, { results, errors }, 201);
}

async function batchArchive(c: HubSpotCall): Promise<Response> {
  const store = storeOf(c);
  needsSchemaScope(c, store, 'write');
  const { inputs } = await batchInputs(c, 100);
  for (const { name } of inputs) {
    const def = store.properties.get(String(name));
    if (def) archiveOne(c, def);
  }
  return c.body(null, 204);
}

function invalid(error: z.ZodError): HubSpotError {
  const [first] = error.issues;
  const place = first?.path.join('.') ?? '';
  return badRequest(`Invalid input JSON on line 1, column 1: ${place}: ${first?.message}`, {
    errors: error.issues.map(({ path, message }) => ({ message, in: path.join('.') })),
  });
}

function withoutUndefined(input: object): PropertyInput {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as PropertyInput;
}
