/** Which object a mapping's name means: HubSpot's own by table, custom ones by their schemas. */
import type { HubSpotApi } from './api.ts';
import { refusal } from './errors.ts';

/** An object type as calls name it. */
export interface ObjectType {
  /** What the mapping calls it. */
  name: string;
  /** '0-3'; '2-...' for custom objects. */
  typeId: string;
  /** How addresses name it: 'deals', '2-30000001'. */
  path: string;
  label: string;
  /** Moves with every change of a property (crm-apis.md, Timestamps). */
  modifiedProperty: string;
  createdProperty: string;
}

type Row = [typeId: string, plural: string, singular: string, created?: 'createdate'];

/** HubSpot docs, "Object type IDs"; those with a create date of their own have `createdate`. */
const standard: Row[] = [
  ['0-1', 'contacts', 'contact', 'createdate'],
  ['0-2', 'companies', 'company', 'createdate'],
  ['0-3', 'deals', 'deal', 'createdate'],
  ['0-5', 'tickets', 'ticket', 'createdate'],
  ['0-7', 'products', 'product', 'createdate'],
  ['0-8', 'line_items', 'line_item', 'createdate'],
  ['0-14', 'quotes', 'quote'],
  ['0-27', 'tasks', 'task'],
  ['0-46', 'notes', 'note'],
  ['0-47', 'meetings', 'meeting'],
  ['0-48', 'calls', 'call'],
  ['0-49', 'emails', 'email'],
  ['0-136', 'leads', 'lead'],
];

/** Custom objects appear rarely. */
const keptForMs = 3_600_000;

/** The objects of a portal. */
export class ObjectTypes {
  private readonly api: HubSpotApi;
  private readonly now: () => number;
  private custom: { at: number; types: Promise<Map<string, ObjectType>> } | null = null;

  constructor(api: HubSpotApi, now: () => number) {
    this.api = api;
    this.now = now;
  }

  /** Throws 'not-found' for a name no object of the portal has. */
  async resolve(name: string): Promise<ObjectType> {
    const lower = name.toLowerCase();
    const known = byName.get(lower);
    if (known) return { ...known, name };
    if (!/^([a-z]\w{0,79}|\d{1,3}-\d{1,12})$/.test(lower)) throw unknown(name);
    const found = (await this.customTypes()).get(lower);
    if (!found) throw unknown(name);
    return { ...found, name };
  }

  private customTypes(): Promise<Map<string, ObjectType>> {
    if (this.custom && this.now() - this.custom.at < keptForMs) return this.custom.types;
    const types = this.readSchemas();
    this.custom = { at: this.now(), types };
    types.catch(() => {
      this.custom = null;
    });
    return types;
  }

  private async readSchemas(): Promise<Map<string, ObjectType>> {
    const answer = await this.api.call<{ results?: Schema[] }>({
      method: 'GET',
      path: this.api.paths.schemas,
      operation: 'read custom objects',
      priority: 3,
    });
    const types = new Map<string, ObjectType>();
    for (const { objectTypeId, name, fullyQualifiedName, labels } of answer.results ?? []) {
      const type: ObjectType = {
        name,
        typeId: objectTypeId,
        path: objectTypeId,
        label: labels?.singular ?? name,
        modifiedProperty: 'hs_lastmodifieddate',
        createdProperty: 'hs_createdate',
      };
      for (const alias of [objectTypeId, name, fullyQualifiedName, `p_${name}`]) {
        types.set(alias.toLowerCase(), type);
      }
    }
    return types;
  }
}

interface Schema {
  objectTypeId: string;
  name: string;
  fullyQualifiedName: string;
  labels?: { singular?: string };
}

const byName = new Map(
  standard.flatMap(([typeId, plural, singular, created]) => {
    const type: ObjectType = {
      name: plural,
      typeId,
      path: plural,
      label: singular,
      modifiedProperty: plural === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate',
      createdProperty: created ?? 'hs_createdate',
    };
    return [typeId, plural, singular].map((alias) => [alias, type] as const);
  }),
);

function unknown(name: string): Error {
  return refusal(
    'not-found',
    { operation: 'find the object', object: name.slice(0, 80), code: 'OBJECT_NOT_FOUND' },
    `HubSpot has no object "${name.slice(0, 80)}", or does not show it to our app. Name it as ` +
      '"deals", "companies", or by the name or type id of a custom object; check read in the mapping.',
  );
}
