/** Tells people what became of their edits of engine fields: one task an edit. */
import { labelOf } from '../mappings/field-set.ts';
import {
  type EditTaskEnd,
  type EditTold,
  editTask,
  endOfPutBack,
  type HumanEditRule,
} from '../rules/ownership.ts';
import type {
  CanonicalValue,
  DecidedObject,
  Decision,
  FieldHistory,
  PartnerFact,
} from '../rules/types.ts';
import type { DesiredWrite, FieldChange, MirrorRow } from '../store/types.ts';
import type { DecideLeg } from './decide-leg.ts';
import { dueDate, endTask, taskWrite } from './task-writes.ts';

/** An edit counted in this batch. */
export interface CountedEdit {
  row: MirrorRow;
  decision: Decision;
  field: string;
  change: FieldChange;
  seen: FieldHistory;
  rule: HumanEditRule;
}

/** The tasks of a batch's counted edits. */
export async function editTasks(
  leg: DecideLeg,
  object: DecidedObject,
  edits: CountedEdit[],
): Promise<DesiredWrite[]> {
  if (edits.length === 0) {
    return [];
  }
  const users = await usersOf(leg, edits);
  const told = edits.map((edit) => ({ edit, told: toldOf(leg, object, edit, users) }));
  const made = told.flatMap((one) => newTask(leg, object, one, users));
  const ends = told.flatMap((one) => endOfPutBack(one.told, one.edit.seen) ?? []);
  return [...made, ...(await closing(leg, ends))];
}

interface Told {
  edit: CountedEdit;
  told: EditTold;
}

function toldOf(
  leg: DecideLeg,
  object: DecidedObject,
  { row, decision, field, change, rule }: CountedEdit,
  users: Map<string, MirrorRow>,
): EditTold {
  return {
    connection: leg.open.name,
    object,
    recordId: row.id,
    recordName: String(row.fields['name'] ?? row.id),
    field,
    label: labelOf(field),
    who: userName(users.get(row.modifiedBy ?? '')),
    at: row.modifiedAt,
    found: shown(change.before, leg.facts.partners),
    wanted: shown(change.value, leg.facts.partners),
    reason: decision.reason,
    rule,
  };
}

function newTask(
  leg: DecideLeg,
  object: DecidedObject,
  { edit, told }: Told,
  users: Map<string, MirrorRow>,
): DesiredWrite[] {
  const task = editTask(told, edit.seen);
  if (task === null) {
    return [];
  }
  const owner = task.forFallbackOwner ? null : activeOwner(users, edit.row);
  if (!mayHaveOneMore(leg, owner ?? '')) {
    return [];
  }
  const write = taskWrite(task.key, {
    subject: task.subject,
    body: task.body,
    owner: owner ?? leg.open.mapping.policy.alerts.fallbackOwnerId,
    about: edit.row.id,
    about_object: object,
    due_on: dueDate(leg),
  });
  return [write];
}

/** Closes those of the tasks that were made and that we have not closed yet. */
async function closing(leg: DecideLeg, ends: EditTaskEnd[]): Promise<DesiredWrite[]> {
  if (ends.length === 0) {
    return [];
  }
  const keys = ends.map(({ key }) => key);
  const known = await leg.store.writtenTasks(leg.open.name, keys);
  return ends.flatMap(({ key, why }) => {
    const task = known.get(key);
    return task === undefined || task['status'] !== 'open' ? [] : endTask(key, 'done', why, task);
  });
}

/** Tasks about edits this leg has made, by owner. */
const made = new WeakMap<DecideLeg, Map<string, number>>();

/**
 * A field emptied on a thousand records (recreated, mass-edited) is put back a thousand times but
 * told of only as often as the policy allows an owner a day; `explain` tells of all of them.
 */
function mayHaveOneMore(leg: DecideLeg, owner: string): boolean {
  const counts = made.get(leg) ?? new Map<string, number>();
  made.set(leg, counts);
  const count = (counts.get(owner) ?? 0) + 1;
  counts.set(owner, count);
  return count <= leg.open.mapping.policy.alerts.maxNewTasksPerOwnerPerDay;
}

async function usersOf(leg: DecideLeg, edits: CountedEdit[]): Promise<Map<string, MirrorRow>> {
  const ids = new Set(
    edits.flatMap(({ row }) => [ownerOf(row), row.modifiedBy].filter((id) => id !== null)),
  );
  const users = await leg.store.mirror(leg.open.name, 'user', [...ids]);
  return new Map(users.map((user) => [user.id, user]));
}

function ownerOf(row: MirrorRow): string | null {
  const owner = row.fields['owner'] ?? row.fields['manager'];
  return typeof owner === 'string' ? owner : null;
}

/** A CRM takes no task for a user who has left. */
function activeOwner(users: Map<string, MirrorRow>, row: MirrorRow): string | null {
  const id = ownerOf(row);
  const user = id === null ? undefined : users.get(id);
  const gone = user !== undefined && (user.deleted || user.fields['is_active'] === false);
  return gone ? null : id;
}

function userName(user: MirrorRow | undefined): string {
  return typeof user?.fields['name'] === 'string' ? user.fields['name'] : 'Somebody';
}

function shown(value: CanonicalValue, partners: ReadonlyMap<string, PartnerFact>): string {
  if (value === null || value === '') {
    return 'empty';
  }
  if (typeof value === 'boolean') {
    return value ? 'ticked' : 'not ticked';
  }
  return `"${partners.get(String(value))?.name ?? value}"`;
}
