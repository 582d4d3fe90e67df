/** What a user may do: object permissions, tasks, and fields made by API (field-level security). */
import type { FieldDef } from './field-def.ts';
import type { ObjectDef } from './schema.ts';
import type { Actor, OrgState } from './state.ts';

interface Grant {
  read: boolean;
  edit: boolean;
}

/** What object permissions tell apart. */
export type ObjectRight = 'read' | 'create' | 'edit' | 'delete';
type ObjectRights = Record<ObjectRight, boolean>;

/** Everything, and nothing. */
const allRights: ObjectRights = { read: true, create: true, edit: true, delete: true };
const noRights: ObjectRights = { read: false, create: false, edit: false, delete: false };
/** Objects that object permissions are given for, beside custom ones; others follow these. */
const permitted = new Set(['account', 'campaign', 'contact', 'lead', 'opportunity', 'product2']);
/** The profile that permits nothing by itself; the other two permit all objects and tasks. */
const minimumProfile = 'Minimum Access - Salesforce';

/** Reads permissions once per user and metadata version. */
export class Access {
  readonly #state: OrgState;
  #grants = new Map<string, Map<string, Grant>>();
  #objects = new Map<string, Map<string, ObjectRights> | null>();
  #version = 0;

  constructor(state: OrgState) {
    this.#state = state;
  }

  /**
   * Whether the user may do so to records of the object. Tasks and events have no object permissions:
   * "Access Activities" and "Edit Tasks" (Edit Events) stand for them.
   */
  may(object: ObjectDef, right: ObjectRight, actor: Actor): boolean {
    const name = object.name.toLowerCase();
    const isActivity = name === 'task' || name === 'event';
    if (actor.system || !(object.custom || permitted.has(name) || isActivity)) return true;
    const rights = this.#objectsOf(actor.userId);
    return rights === null || (rights.get(name) ?? noRights)[right];
  }

  canRead(object: ObjectDef, field: FieldDef, actor: Actor): boolean {
    if (!field.gated || actor.system) return true;
    return this.#grantsOf(actor.userId).get(grantKey(object.name, field.name))?.read ?? false;
  }

  canEdit(object: ObjectDef, field: FieldDef, actor: Actor): boolean {
    if (!field.gated || actor.system) return true;
    return this.#grantsOf(actor.userId).get(grantKey(object.name, field.name))?.edit ?? false;
  }

  /** The field, if the actor may see it: a hidden one is as if it did not exist. */
  field(object: ObjectDef, name: string, actor: Actor): FieldDef | undefined {
    const field = object.field(name);
    return field && this.canRead(object, field, actor) ? field : undefined;
  }

  /** null: the profile permits all objects. */
  #objectsOf(userId: string): Map<string, ObjectRights> | null {
    this.#forgetOld();
    let rights = this.#objects.get(userId);
    if (rights === undefined) {
      rights = hasMinimumProfile(this.#state, userId) ? readRights(this.#state, userId) : null;
      this.#objects.set(userId, rights);
    }
    return rights;
  }

  #forgetOld(): void {
    if (this.#version === this.#state.metadataVersion) return;
    this.#grants.clear();
    this.#objects.clear();
    this.#version = this.#state.metadataVersion;
  }

  #grantsOf(userId: string): Map<string, Grant> {
    this.#forgetOld();
    let grants = this.#grants.get(userId);
    if (!grants) {
      grants = readGrants(this.#state, userId);
      this.#grants.set(userId, grants);
    }
    return grants;
  }
}

/** Custom fields of activities are granted under Task, Event or Activity alike. */
function grantKey(object: string, field: string): string {
  const owner = object === 'Task' || object === 'Event' ? 'activity' : object.toLowerCase();
  return `${owner}.${field.toLowerCase()}`;
}

function readGrants(state: OrgState, userId: string): Map<string, Grant> {
  const grants = new Map<string, Grant>();
  const permissions = state.object('FieldPermissions');
  const slot = (name: string) => permissions.field(name)!.slot;
  const [parent, fieldName, read, edit] = [
    slot('ParentId'),
    slot('Field'),
    slot('PermissionsRead'),
    slot('PermissionsEdit'),
  ];
  for (const setId of permissionSetsOf(state, userId)) {
    for (const row of state.table(permissions).matching(parent, setId)) {
      if (row[1] === true) continue;
      const [object = '', field = ''] = String(row[fieldName]).split('.');
      const key = grantKey(object === 'Activity' ? 'Task' : object, field);
      const present = grants.get(key) ?? { read: false, edit: false };
      grants.set(key, {
        read: present.read || row[read] === true,
        edit: present.edit || row[edit] === true,
      });
    }
  }
  return grants;
}

function hasMinimumProfile(state: OrgState, userId: string): boolean {
  const [user, profile] = [state.object('User'), state.object('Profile')];
  const id = state.table(user).get(userId)?.[user.field('ProfileId')!.slot];
  const name = state.table(profile).get(String(id))?.[profile.field('Name')!.slot];
  return name === minimumProfile;
}

/** Rights by lower-case object: what any of the user's permission sets gives. */
function readRights(state: OrgState, userId: string): Map<string, ObjectRights> {
  const rights = new Map<string, ObjectRights>();
  const give = (object: string, given: ObjectRights) => {
    const present = rights.get(object) ?? noRights;
    const either = (right: ObjectRight) => present[right] || given[right];
    rights.set(object, {
      read: either('read'),
      create: either('create'),
      edit: either('edit'),
      delete: either('delete'),
    });
  };
  const permissions = state.object('ObjectPermissions');
  const sets = state.object('PermissionSet');
  const slot = (of: ObjectDef, name: string) => of.field(name)!.slot;
  for (const setId of permissionSetsOf(state, userId)) {
    for (const row of state.table(permissions).matching(slot(permissions, 'ParentId'), setId)) {
      if (row[1] === true) continue;
      const has = (name: string) => row[slot(permissions, `Permissions${name}`)] === true;
      const [read, create, edit] = [has('Read'), has('Create'), has('Edit')];
      const object = String(row[slot(permissions, 'SobjectType')]).toLowerCase();
      give(object, { read, create, edit, delete: has('Delete') });
    }
    const set = state.table(sets).get(setId);
    const may = (name: string) => set?.[slot(sets, `Permissions${name}`)] === true;
    if (may('ModifyAllData')) {
      for (const { name } of state.objects.values()) give(name.toLowerCase(), allRights);
    }
    for (const [object, edit] of [
      ['task', may('EditTask')],
      ['event', may('EditEvent')],
    ] as const) {
      give(object, {
        ...noRights,
        read: may('ActivitiesAccess'),
        create: edit,
        edit,
        delete: edit,
      });
    }
  }
  return rights;
}

function permissionSetsOf(state: OrgState, userId: string): string[] {
  const assignment = state.object('PermissionSetAssignment');
  const assigned = state
    .table(assignment)
    .matching(assignment.field('AssigneeId')!.slot, userId)
    .filter((row) => row[1] !== true)
    .map((row) => String(row[assignment.field('PermissionSetId')!.slot]));
  const user = state.object('User');
  const profileId = state.table(user).get(userId)?.[user.field('ProfileId')!.slot];
  if (typeof profileId !== 'string') return assigned;
  const set = state.object('PermissionSet');
  const ofProfile = state
    .table(set)
    .matching(set.field('ProfileId')!.slot, profileId)
    .map((row) => String(row[0]));
  return [...assigned, ...ofProfile];
}
