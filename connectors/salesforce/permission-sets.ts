/** Two permission sets: our user may edit the engine's fields, users read them (inputs: edit). */
import type { ProvisionField, ProvisionStep } from '../connector.ts';
import type { SalesforceApi } from './api.ts';
import { visibleObject } from './custom-field.ts';
import { rowReason, toVendorError } from './errors.ts';
import { queryRows } from './query.ts';
import { chunkByLength, encodedLength, queryAddressMax, quote } from './soql.ts';
import { writeBatchSize } from './write.ts';

/** A permission set of ours and who may edit what through it. */
export interface PermissionSet {
  name: string;
  label: string;
  description: string;
  mayEdit(field: ProvisionField): boolean;
}

/** For the user the engine logs in as. */
export const integrationSet: PermissionSet = {
  name: 'Partner_Sync_Integration',
  label: 'Partner Sync Integration',
  description: 'For the integration user of partner-sync: reads and edits the fields it keeps.',
  mayEdit: () => true,
};

/** For people: they read what the engine decides, and edit what is theirs to say. */
export const userSet: PermissionSet = {
  name: 'Partner_Sync_User',
  label: 'Partner Sync User',
  description: 'For users: reads the fields partner-sync keeps, edits the inputs among them.',
  mayEdit: (field) => field.usersEdit,
};

/** Id of a set, or null when it does not exist. */
export async function findSet(api: SalesforceApi, set: PermissionSet): Promise<string | null> {
  const soql = `SELECT Id FROM PermissionSet WHERE Name = ${quote(set.name)}`;
  const [row] = await queryRows(api, 'query', soql, contextOf('PermissionSet'));
  return typeof row?.Id === 'string' ? row.Id : null;
}

/** Creates a set and gives its id. */
export async function createSet(api: SalesforceApi, set: PermissionSet): Promise<string> {
  const answer = await api.call<{ id: string }>({
    ...contextOf('PermissionSet'),
    method: 'POST',
    path: '/sobjects/PermissionSet',
    body: { Name: set.name, Label: set.label, Description: set.description },
  });
  return answer.id;
}

/** Whether a user has a set. */
export async function isAssigned(
  api: SalesforceApi,
  { setId, userId }: { setId: string; userId: string },
): Promise<boolean> {
  const soql =
    'SELECT Id FROM PermissionSetAssignment ' +
    `WHERE PermissionSetId = ${quote(setId)} AND AssigneeId = ${quote(userId)}`;
  const rows = await queryRows(api, 'query', soql, contextOf('PermissionSetAssignment'));
  return rows.length > 0;
}

/** Gives a user a set. */
export async function assign(
  api: SalesforceApi,
  { setId, userId }: { setId: string; userId: string },
): Promise<void> {
  await api.call({
    ...contextOf('PermissionSetAssignment'),
    method: 'POST',
    path: '/sobjects/PermissionSetAssignment',
    body: { PermissionSetId: setId, AssigneeId: userId },
  });
}

/** A permission that is missing (`id` null) or says too little or too much. */
export interface PermissionChange {
  id: string | null;
  field: ProvisionField;
  edit: boolean;
}

/** What a set lacks; all of it when the set does not exist yet. */
export async function missingPermissions(
  api: SalesforceApi,
  set: PermissionSet,
  { setId, fields }: { setId: string | null; fields: ProvisionField[] },
): Promise<PermissionChange[]> {
  const found = setId === null ? new Map() : await readPermissions(api, setId, fields);
  return fields.flatMap((field): PermissionChange[] => {
    const edit = set.mayEdit(field);
    const now = found.get(permissionName(field).toLowerCase());
    return now && now.edit === edit ? [] : [{ id: now?.id ?? null, field, edit }];
  });
}

/** Applies changes to a set; one step a field, in their order. */
export async function applyPermissions(
  api: SalesforceApi,
  { set, setId }: { set: PermissionSet; setId: string },
  changes: PermissionChange[],
): Promise<ProvisionStep[]> {
  const made = changes.filter(({ id }) => id === null);
  const changed = changes.filter(({ id }) => id !== null);
  const steps = new Map<PermissionChange, ProvisionStep>();
  for (const [method, list] of [
    ['POST', made],
    ['PATCH', changed],
  ] as const) {
    for (let at = 0; at < list.length; at += writeBatchSize) {
      const batch = list.slice(at, at + writeBatchSize);
      const answers = await api.call<{ success: boolean; errors?: unknown[] }[]>({
        ...contextOf('FieldPermissions'),
        method,
        path: '/composite/sobjects',
        body: { allOrNone: false, records: batch.map((change) => permissionRow(setId, change)) },
      });
      batch.forEach((change, index) => {
        steps.set(change, permissionStep(set, change, answers[index]));
      });
    }
  }
  return changes.flatMap((change) => steps.get(change) ?? []);
}

/** 'let Partner Sync User read Opportunity.Partner_Sourced__c'. */
export function permissionWords(set: PermissionSet, { field, edit }: PermissionChange): string {
  return `let ${set.label} ${edit ? 'edit' : 'read'} ${permissionName(field)}`;
}

async function readPermissions(
  api: SalesforceApi,
  setId: string,
  fields: ProvisionField[],
): Promise<Map<string, { id: string; edit: boolean }>> {
  const select =
    'SELECT Id,Field,PermissionsEdit FROM FieldPermissions ' +
    `WHERE ParentId = ${quote(setId)} AND SobjectType IN `;
  const objects = [...new Set(fields.map((field) => visibleObject(field.object)))].map(quote);
  const found = new Map<string, { id: string; edit: boolean }>();
  const room = queryAddressMax - encodedLength(select) - 50;
  for (const chunk of chunkByLength(objects, room, objects.length)) {
    const soql = `${select}(${chunk.join(',')})`;
    for (const row of await queryRows(api, 'query', soql, contextOf('FieldPermissions'))) {
      const edit = row.PermissionsEdit === true;
      found.set(String(row.Field).toLowerCase(), { id: String(row.Id), edit });
    }
  }
  return found;
}

function permissionRow(setId: string, { id, field, edit }: PermissionChange): object {
  const attributes = { type: 'FieldPermissions' };
  const permissions = { PermissionsRead: true, PermissionsEdit: edit };
  if (id !== null) return { attributes, id, ...permissions };
  return {
    attributes,
    ParentId: setId,
    SobjectType: visibleObject(field.object),
    Field: permissionName(field),
    ...permissions,
  };
}

function permissionStep(
  set: PermissionSet,
  change: PermissionChange,
  answer: { success: boolean; errors?: unknown[] } | undefined,
): ProvisionStep {
  const what = permissionWords(set, change);
  if (answer?.success) return { what, state: 'created', detail: null };
  const detail = rowReason((answer?.errors ?? []).flatMap(toVendorError));
  return { what, state: 'failed', detail };
}

function permissionName(field: ProvisionField): string {
  return `${visibleObject(field.object)}.${field.name}`;
}

function contextOf(object: string) {
  return { operation: 'provision', object, priority: 3 as const };
}
