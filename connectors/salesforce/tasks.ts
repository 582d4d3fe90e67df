/** Writes tasks under our own unique key, so that a second write changes the first one's task. */
import type { CallPriority } from '../budget.ts';
import type {
  FoundTask,
  ObjectDescription,
  TaskContent,
  TaskResult,
  TaskWrite,
} from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import { onlyCloses } from '../task.ts';
import type { SalesforceApi } from './api.ts';
import type { Describer } from './describe.ts';
import { queryRows } from './query.ts';
import type { Row } from './records.ts';
import { chunkByLength, encodedLength, queryAddressMax, quote } from './soql.ts';
import { type RowOutcome, sendCollection } from './write.ts';

/** The field that makes a task ours; `provision` creates it on Activity. */
export const taskKeyField = 'Partner_Sync_Key__c';
/** Characters of the key field, the most a unique text may have. */
export const taskKeyLength = 255;

/** Which of the org's own statuses say open, done and cancelled. */
interface TaskStatuses {
  open: string;
  done: string;
  cancelled: string;
}

/** Reads the org's task statuses once, and writes and finds tasks. */
export class TaskWriter {
  private readonly api: SalesforceApi;
  private readonly describer: Describer;
  private statuses: Promise<TaskStatuses> | null = null;

  constructor(options: { api: SalesforceApi; describer: Describer }) {
    this.api = options.api;
    this.describer = options.describer;
  }

  /** One result a task, in input order; a key given twice is sent once, as given last. */
  async upsert(tasks: TaskWrite[], priority: CallPriority): Promise<TaskResult[]> {
    if (tasks.length === 0) return [];
    const { description } = await this.describer.describe('Task');
    requireKeyField(description);
    this.statuses ??= this.readStatuses(description);
    const statuses = await this.statuses.catch((error: unknown) => {
      this.statuses = null;
      throw error;
    });
    const found = await this.foundOf(tasks);
    const gone = goneOf(tasks, found);
    const writable = tasks.filter(({ key }) => !gone.has(key));
    const byKey = new Map(writable.map((task) => [task.key, task] as const));
    const rows = [...byKey.values()].map((task) =>
      rowOf(found.has(task.key) ? task : whole(task), statuses, description),
    );
    const outcomes = await sendCollection(this.api, rows, {
      path: `/composite/sobjects/Task/${taskKeyField}`,
      operation: 'write tasks',
      object: 'Task',
      priority,
    });
    const results = new Map([...byKey.keys()].map((key, at) => [key, outcomes[at]] as const));
    return tasks.map(({ key }) =>
      gone.has(key) ? goneResult(key) : resultOf(key, results.get(key)),
    );
  }

  /** Tasks that are there, of those whose write depends on it: an upsert would make the others. */
  private async foundOf(tasks: TaskWrite[]): Promise<Map<string, FoundTask>> {
    const partial = tasks.filter(({ content, only }) => content === null || only !== undefined);
    return partial.length === 0 ? new Map() : this.find(partial.map(({ key }) => key));
  }

  /** Tasks that live, by key; archived ones too (queryAll), deleted ones not. */
  async find(keys: string[]): Promise<Map<string, FoundTask>> {
    const found = new Map<string, FoundTask>();
    const { description } = await this.describer.describe('Task');
    requireKeyField(description);
    const fields = `Id,${taskKeyField},IsClosed,Subject,Description,OwnerId,ActivityDate`;
    const select = `SELECT ${fields} FROM Task WHERE IsDeleted = false AND `;
    const room = queryAddressMax - encodedLength(select) - 100;
    for (const chunk of chunkByLength([...new Set(keys)].map(quote), room, 1_000)) {
      const soql = `${select}${taskKeyField} IN (${chunk.join(',')})`;
      const context = { operation: 'find tasks', object: 'Task', priority: 3 as const };
      for (const row of await queryRows(this.api, 'queryAll', soql, context)) {
        const open = row.IsClosed !== true;
        const content = contentIn(row);
        found.set(row[taskKeyField] as string, { id: row.Id as string, open, content });
      }
    }
    return found;
  }

  /** TaskStatus knows which statuses are closed; its labels are the org's own. */
  private async readStatuses(task: ObjectDescription): Promise<TaskStatuses> {
    const soql =
      'SELECT MasterLabel,ApiName,IsClosed,IsDefault,SortOrder FROM TaskStatus ORDER BY SortOrder';
    const context = { operation: 'read task statuses', object: 'TaskStatus', priority: 3 as const };
    const rows = await queryRows(this.api, 'query', soql, context).catch(noRowsWhenHidden);
    const statuses = rows.map((row) => ({
      value: String(row.ApiName ?? row.MasterLabel),
      closed: row.IsClosed === true,
      preferred: row.IsDefault === true,
    }));
    const picklist = task.fields.get('Status')?.picklist ?? [];
    return chooseStatuses(statuses.length > 0 ? statuses : standard(picklist), picklist);
  }
}

/**
 * Open is the default open status, done the default closed one. Cancelled is a closed status of
 * that name where the org has one, else done: the standard 'Deferred' counts as open in Salesforce,
 * and a cancelled task must leave people's open lists.
 */
export function chooseStatuses(
  statuses: { value: string; closed: boolean; preferred: boolean }[],
  picklist: string[],
): TaskStatuses {
  const usable = statuses.filter(({ value }) => picklist.length === 0 || picklist.includes(value));
  const open = usable.filter(({ closed }) => !closed);
  const closed = usable.filter((status) => status.closed);
  const pick = (list: typeof usable) => (list.find(({ preferred }) => preferred) ?? list[0])?.value;
  const [openValue, doneValue] = [pick(open), pick(closed)];
  if (openValue === undefined || doneValue === undefined) throw noStatus();
  const cancelled = closed.find(({ value }) => /cancel/i.test(value))?.value ?? doneValue;
  return { open: openValue, done: doneValue, cancelled };
}

/** Without TaskStatus only the standard name tells the closed status from the open ones. */
function standard(picklist: string[]): { value: string; closed: boolean; preferred: boolean }[] {
  return picklist.map((value) => ({
    value,
    closed: value === 'Completed',
    preferred: value === 'Not Started',
  }));
}

function noRowsWhenHidden(error: unknown): Row[] {
  if (error instanceof ConnectorError && error.kind === 'not-found') return [];
  throw error;
}

/** A task that is not there is made whole. */
function whole({ only, ...task }: TaskWrite): TaskWrite {
  return task;
}

/** Keys to be closed whose task is gone: an upsert would make an empty one. */
function goneOf(tasks: TaskWrite[], found: Map<string, FoundTask>): Set<string> {
  const made = new Set(tasks.filter((task) => !onlyCloses(task)).map(({ key }) => key));
  const closing = tasks.filter(onlyCloses).map(({ key }) => key);
  return new Set(closing.filter((key) => !found.has(key) && !made.has(key)));
}

function rowOf(
  { key, status, content, only }: TaskWrite,
  statuses: TaskStatuses,
  description: ObjectDescription,
): Record<string, unknown> {
  return {
    attributes: { type: 'Task' },
    [taskKeyField]: key,
    ...(only?.has('status') === false ? {} : { Status: statuses[status] }),
    ...(content === null ? {} : contentOf(content, description, only)),
  };
}

function contentOf(
  content: TaskContent,
  description: ObjectDescription,
  only?: TaskWrite['only'],
): Record<string, unknown> {
  const lengthOf = (field: string) => description.fields.get(field)?.length ?? null;
  const priorities = description.fields.get('Priority')?.picklist ?? [];
  const priority = content.highPriority ? 'High' : 'Normal';
  const has = (part: keyof TaskContent) => only === undefined || only.has(part);
  const knowsPriority = priorities.length === 0 || priorities.includes(priority);
  return {
    ...(has('subject') ? { Subject: cut(content.subject, lengthOf('Subject') ?? 255) } : {}),
    ...(has('body') ? { Description: cut(content.body, lengthOf('Description') ?? 32_000) } : {}),
    ...(content.ownerId && has('ownerId') ? { OwnerId: content.ownerId } : {}),
    ...(content.aboutId && has('aboutId') ? { WhatId: content.aboutId } : {}),
    ...(has('dueOn') ? { ActivityDate: content.dueOn } : {}),
    ...(knowsPriority && has('highPriority') ? { Priority: priority } : {}),
  };
}

function contentIn(row: Row): FoundTask['content'] {
  const text = (field: string) => (typeof row[field] === 'string' ? (row[field] as string) : '');
  return {
    subject: text('Subject'),
    body: text('Description').replace(/\r\n/g, '\n').trim(),
    ownerId: text('OwnerId') || null,
    dueOn: text('ActivityDate'),
  };
}

function goneResult(key: string): TaskResult {
  return {
    key,
    outcome: 'failed',
    code: 'NOT_FOUND',
    fields: [],
    retryable: false,
    reason: 'The task was deleted in Salesforce, so there is nothing to close. Nothing to do.',
  };
}

function resultOf(key: string, outcome: RowOutcome | undefined): TaskResult {
  if (!outcome || outcome.outcome === 'unclear') return { key, outcome: 'unclear' };
  if (outcome.outcome === 'failed') return { ...outcome, key };
  return outcome.id === null
    ? { key, outcome: 'unclear' }
    : { key, outcome: 'written', id: outcome.id, created: outcome.created };
}

/** A text too long for its field would fail the task; its end says that something was cut. */
function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

function requireKeyField(task: ObjectDescription): void {
  if (task.fields.has(taskKeyField)) return;
  const call = { crm: 'salesforce' as const, operation: 'write tasks', object: 'Task' };
  throw new ConnectorError(
    'invalid-field',
    { ...call, code: 'INVALID_FIELD', fields: [taskKeyField] },
    `Salesforce tasks have no field ${taskKeyField} (or our user may not see it), so a task ` +
      'could be written twice. Run "partner-sync provision", then try again.',
  );
}

function noStatus(): ConnectorError {
  const call = {
    crm: 'salesforce' as const,
    operation: 'read task statuses',
    object: 'TaskStatus',
  };
  return new ConnectorError(
    'rejected',
    call,
    'The org has no open or no closed task status. Check Setup > Object Manager > Task > Status.',
  );
}
