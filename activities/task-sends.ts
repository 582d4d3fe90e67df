/** Tasks from their outbox rows: made whole, changed by what is new, closed by their status alone. */
import type { FoundTask, TaskContent, TaskWrite } from '../connectors/connector.ts';
import type { FieldValues } from '../rules/types.ts';
import type { Store, WriteRow } from '../store/types.ts';
import type { OpenConnection } from './context.ts';
import { sourceOf } from './read-source.ts';

/** A part of a task, and the field of an outbox row that holds it. */
const parts: Record<string, keyof TaskContent> = {
  subject: 'subject',
  body: 'body',
  owner: 'ownerId',
  about: 'aboutId',
  due_on: 'dueOn',
  high_priority: 'highPriority',
};

/**
 * The rows' tasks, in their order. A row holds what the CRM is to be told anew: of a task that was
 * written before, the rest is in the ledger, and is sent only where the task has to be made again.
 */
export async function tasksOf(
  store: Store,
  open: OpenConnection,
  rows: readonly WriteRow[],
): Promise<TaskWrite[]> {
  const changing = rows.filter(saysSomething).map(({ recordId }) => recordId);
  const known = await store.writtenTasks(open.name, changing);
  return rows.map((row) => taskOf(open, row, known.get(row.recordId)));
}

/** Whether a task that was found is what the row wanted of it. */
export function isAsWanted(row: WriteRow, found: FoundTask): boolean {
  const { status, subject } = row.fields;
  return (
    (status !== undefined || subject !== undefined) &&
    (status === undefined || found.open === (status.value === 'open')) &&
    (subject === undefined || found.content.subject === String(subject.value).trim())
  );
}

function saysSomething({ fields }: WriteRow): boolean {
  return Object.keys(fields).some((field) => field in parts);
}

function taskOf(open: OpenConnection, row: WriteRow, known: FieldValues | undefined): TaskWrite {
  const changed = Object.fromEntries(
    Object.entries(row.fields).map(([field, { value }]) => [field, value]),
  );
  const values: FieldValues = { ...known, ...changed };
  const status = (values['status'] ?? 'open') as TaskWrite['status'];
  const { recordId: key } = row;
  if (!saysSomething(row)) {
    return { key, status, content: null };
  }
  const about = values['about_object'] === 'partner' ? 'partner' : 'opportunity';
  const content: TaskContent = {
    subject: String(values['subject'] ?? ''),
    body: String(values['body'] ?? ''),
    ownerId: (values['owner'] as string | null) ?? null,
    aboutId: (values['about'] as string | null) ?? null,
    aboutObject: sourceOf(open.mapping, about).crmObject,
    dueOn: String(values['due_on'] ?? ''),
    highPriority: values['high_priority'] === true,
  };
  if (known === undefined || !('subject' in known)) {
    return { key, status, content };
  }
  const only = Object.keys(changed).flatMap((field) => parts[field] ?? []);
  return {
    key,
    status,
    content,
    only: new Set([...only, ...('status' in changed ? (['status'] as const) : [])]),
  };
}
