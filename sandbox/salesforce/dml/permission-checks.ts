/**
 * What Salesforce checks when permissions are given: the field exists, edit implies read, once
 * each.
 */
import { RecordError } from '../errors.ts';
import type { OrgState } from '../state.ts';
import type { Value } from '../values.ts';
import type { Candidate } from './validation.ts';

/** Throws RecordError for a permission Salesforce would refuse; other objects pass. */
export function checkPermissions(state: OrgState, candidate: Candidate): void {
  switch (candidate.object.name) {
    case 'FieldPermissions':
      checkField(state, candidate);
      checkOnce(state, candidate, ['ParentId', 'Field']);
      break;
    case 'ObjectPermissions':
      checkObject(state, candidate);
      checkOnce(state, candidate, ['ParentId', 'SobjectType']);
      break;
    case 'PermissionSetAssignment':
      checkOnce(state, candidate, ['PermissionSetId', 'AssigneeId']);
      break;
    default:
  }
}

function valueIn({ object, after }: Candidate, name: string): Value {
  return after[object.field(name)!.slot] ?? null;
}

function checkField(state: OrgState, candidate: Candidate): void {
  const [owner = '', name = ''] = String(valueIn(candidate, 'Field')).split('.');
  const type = String(valueIn(candidate, 'SobjectType'));
  const object = state.findObject(owner === 'Activity' ? 'Task' : owner);
  const field = object?.field(name);
  if (!object || !field) {
    throw badChoice('Field Name', String(valueIn(candidate, 'Field')), 'Field');
  }
  const typeName = state.findObject(type === 'Activity' ? 'Task' : type)?.name;
  if (typeName !== object.name) throw badChoice('Sobject Type Name', type, 'SobjectType');
  if (!field.custom || field.required) {
    throw new RecordError(
      'FIELD_INTEGRITY_EXCEPTION',
      `You cannot deploy to a required field: ${owner}.${field.name}`,
      ['Field'],
    );
  }
  const [read, edit] = [
    valueIn(candidate, 'PermissionsRead'),
    valueIn(candidate, 'PermissionsEdit'),
  ];
  if (edit === true && read !== true) {
    throw new RecordError(
      'FIELD_INTEGRITY_EXCEPTION',
      'Permission Edit Field depends on permission(s): Read Field',
      ['PermissionsEdit'],
    );
  }
}

function checkObject(state: OrgState, candidate: Candidate): void {
  const type = String(valueIn(candidate, 'SobjectType'));
  if (!state.findObject(type)) throw badChoice('Sobject Type Name', type, 'SobjectType');
}

function badChoice(label: string, value: string, field: string): RecordError {
  return new RecordError(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${label}: bad value for restricted picklist field: ${value}`,
    [field],
  );
}

function checkOnce(state: OrgState, candidate: Candidate, key: [string, string]): void {
  const { object, after } = candidate;
  const [first, second] = key.map((name) => object.field(name)!.slot) as [number, number];
  const same = (value: Value | undefined) => String(value ?? '').toLowerCase();
  const twin = state
    .table(object)
    .matching(first, String(after[first]))
    .find(
      (row) => row[0] !== after[0] && row[1] !== true && same(row[second]) === same(after[second]),
    );
  if (!twin) return;
  throw new RecordError(
    'DUPLICATE_VALUE',
    'duplicate value found: <unknown> duplicates value on record with id: <unknown>',
    [],
  );
}
