/** Field-level security: which fields made by API a user may see and edit. */
import type { FieldDef } from './field-def.ts';
import type { ObjectDef } from './schema.ts';
import type { Actor, OrgState } from './state.ts';

interface Grant {
  read: boolean;
  edit: boolean;
}

/** Reads FieldPermissions once per user and metadata version. */
export class Access {
  readonly #state: OrgState;
  #grants = new Map<string, Map<string, Grant>>();
  #version = 0;

  constructor(state: OrgState) {
    this.#state = state;
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

  #grantsOf(userId: string): Map<string, Grant> {
    if (this.#version !== this.#state.metadataVersion) {
      this.#grants.clear();
      this.#version = this.#state.metadataVersion;
    }
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
