/** Writes tasks under our own unique property, so that a second write changes the first one's task. */
import type { CallPriority } from '../budget.ts';
import type { FoundTask, TaskContent, TaskResult, TaskWrite } from '../connector.ts';
import { onlyCloses } from '../task.ts';
import type { HubSpotApi } from './api.ts';
import { type LabelType, labelsBetween } from './association-labels.ts';
import { batchRead } from './batch-read.ts';
import { type BatchInput, type RowOutcome, sendRows } from './batch-write.ts';
import type { Describer } from './describe.ts';
import { refusal } from './errors.ts';
import type { ObjectType, ObjectTypes } from './objects.ts';

/** The property that makes a task ours; `provision` creates it. */
export const taskKeyProperty = 'partner_sync_key';

/** Type ids of HubSpot's own task associations (HubSpot docs, "Association type IDs"). */
const standardTypeIds: Record<string, number> = { '0-1': 204, '0-2': 192, '0-3': 216, '0-5': 230 };

/** Writes and finds tasks. */
export class TaskWriter {
  private readonly api: HubSpotApi;
  private readonly describer: Describer;
  private readonly types: ObjectTypes;
  private readonly customTypes = new Map<string, Promise<LabelType>>();

  constructor(options: { api: HubSpotApi; describer: Describer; types: ObjectTypes }) {
    this.api = options.api;
    this.describer = options.describer;
    this.types = options.types;
  }

  /**
   * One result a task, in input order; a key given twice is sent once, as given last. Keys are looked
   * up by id read, which lags behind nothing; a new task is created with its association in one
   * call, so that none is ever there without its record.
   */
  async upsert(tasks: TaskWrite[], priority: CallPriority): Promise<TaskResult[]> {
    if (tasks.length === 0) return [];
    const type = await this.keyedTasks();
    const byKey = new Map(tasks.map((task) => [task.key, task] as const));
    const found = await this.findIn(type, [...byKey.keys()], priority);
    const results = new Map<string, TaskResult>();
    const created = [...byKey.values()].filter((task) => !found.has(task.key) && !onlyCloses(task));
    const changed = [...byKey.values()].filter(({ key }) => found.has(key));
    const call = { operation: 'write tasks', object: type.name, priority };
    const path = this.api.paths.objects(type.path);
    const updates = changed.map((task) => updateOf(task, found.get(task.key) as FoundTask));
    const creations: BatchInput[] = [];
    for (const task of created) creations.push(await this.creationOf(task));
    const writes = [
      { tasks: changed, rows: updates, path: `${path}/batch/update`, creates: false },
      { tasks: created, rows: creations, path: `${path}/batch/create`, creates: true },
    ];
    for (const { tasks: own, rows, path: to, creates } of writes) {
      const outcomes = await sendRows(this.api, rows, { ...call, path: to, creates }).catch(
        (error: unknown) => {
          if (results.size === 0) throw error;
          return rows.map((): RowOutcome => ({ outcome: 'unclear' }));
        },
      );
      for (const [at, { key }] of own.entries()) results.set(key, resultOf(key, outcomes[at]));
    }
    return tasks.map(({ key }) => results.get(key) ?? goneResult(key));
  }

  /** Tasks that live, by key. */
  async find(keys: string[]): Promise<Map<string, FoundTask>> {
    return this.findIn(await this.keyedTasks(), [...new Set(keys)], 3);
  }

  private async findIn(
    type: ObjectType,
    keys: string[],
    priority: CallPriority,
  ): Promise<Map<string, FoundTask>> {
    const { rows } = await batchRead(
      this.api,
      {
        type,
        ids: keys,
        properties: [taskKeyProperty, 'hs_task_status', ...contentProperties],
        idProperty: taskKeyProperty,
      },
      { operation: 'find tasks', priority },
    );
    const given = new Map(keys.map((key) => [key.toLowerCase(), key]));
    const found = new Map<string, FoundTask>();
    for (const { id, properties } of rows) {
      const key = given.get(properties[taskKeyProperty]?.toLowerCase() ?? '');
      if (!key) continue;
      const open = properties.hs_task_status !== 'COMPLETED';
      found.set(key, { id, open, content: contentIn(properties) });
    }
    return found;
  }

  /** Throws 'invalid-field' where the key cannot be kept: a task could be made twice. */
  private async keyedTasks(): Promise<ObjectType> {
    const { type, description } = await this.describer.describe('tasks');
    if (description.fields.get(taskKeyProperty)?.unique) return type;
    throw refusal(
      'invalid-field',
      {
        operation: 'write tasks',
        object: 'tasks',
        code: 'PROPERTY_DOESNT_EXIST',
        fields: [taskKeyProperty],
      },
      `HubSpot tasks have no unique property ${taskKeyProperty} (or our app may not see it), so a ` +
        'task could be written twice. Run "partner-sync provision", then try again.',
    );
  }

  private async creationOf({ key, status, content }: TaskWrite): Promise<BatchInput> {
    const { aboutId = null, aboutObject = '' } = content ?? {};
    const about = aboutId === null ? [] : [await this.associationTo(aboutObject, aboutId)];
    const properties = {
      [taskKeyProperty]: key,
      hs_task_type: 'TODO',
      hs_task_status: statuses[status],
      ...(content ? contentOf(content) : {}),
    };
    return { trace: key, id: null, body: { properties, associations: about } };
  }

  private async associationTo(object: string, id: string): Promise<object> {
    const target = await this.types.resolve(object);
    const standard = standardTypeIds[target.typeId];
    const type =
      standard === undefined
        ? await this.customType(target)
        : { category: 'HUBSPOT_DEFINED', typeId: standard };
    return {
      to: { id },
      types: [{ associationCategory: type.category, associationTypeId: type.typeId }],
    };
  }

  /** A custom object's plain association with tasks has an id of the portal's own. */
  private customType(target: ObjectType): Promise<LabelType> {
    const known = this.customTypes.get(target.typeId);
    if (known) return known;
    const reading = this.types.resolve('tasks').then(async (tasks) => {
      const plain = (await labelsBetween(this.api, tasks, target.path)).find(
        ({ label }) => label === null,
      );
      if (plain) return plain;
      throw refusal(
        'rejected',
        { operation: 'write tasks', object: target.name, code: 'NO_ASSOCIATION' },
        `HubSpot tasks cannot be associated with ${target.name}. Allow it in the object's settings.`,
      );
    });
    this.customTypes.set(target.typeId, reading);
    reading.catch(() => this.customTypes.delete(target.typeId));
    return reading;
  }
}

/**
 * HubSpot's statuses are fixed (NOT_STARTED, IN_PROGRESS, WAITING, COMPLETED, DEFERRED), and only a
 * completed task leaves people's lists and reminders: a deferred one is still to be done. So a
 * cancelled task is completed, as on a Salesforce org without a closed status of that name; its
 * subject says what became of it.
 */
const statuses: Record<TaskWrite['status'], string> = {
  open: 'NOT_STARTED',
  done: 'COMPLETED',
  cancelled: 'COMPLETED',
};

function updateOf({ key, status, content, only }: TaskWrite, found: FoundTask): BatchInput {
  const wantsOpen = status === 'open';
  // A task somebody has begun stays begun.
  const keeps = wantsOpen === found.open || only?.has('status') === false;
  const properties = {
    ...(keeps ? {} : { hs_task_status: statuses[status] }),
    ...(content ? contentOf(content, only) : {}),
  };
  return { trace: key, id: found.id, body: { id: found.id, properties } };
}

/** Parts of a task and the properties that hold them; what it is about is an association. */
const propertyOf = {
  subject: 'hs_task_subject',
  body: 'hs_task_body',
  ownerId: 'hubspot_owner_id',
  dueOn: 'hs_timestamp',
  highPriority: 'hs_task_priority',
} as const;
const contentProperties = ['hs_task_subject', 'hs_task_body', 'hubspot_owner_id', 'hs_timestamp'];

function contentOf(content: TaskContent, only?: TaskWrite['only']): Record<string, string> {
  const values: Record<keyof typeof propertyOf, string | null> = {
    subject: content.subject,
    body: htmlOf(content.body),
    ownerId: content.ownerId,
    // Due is a day, the property an instant: at noon it is that day from UTC-12 to UTC+11.
    dueOn: `${content.dueOn}T12:00:00.000Z`,
    highPriority: content.highPriority ? 'HIGH' : 'MEDIUM',
  };
  const properties: Record<string, string> = {};
  for (const part of Object.keys(propertyOf) as (keyof typeof propertyOf)[]) {
    const value = values[part];
    if (value && (only === undefined || only.has(part))) properties[propertyOf[part]] = value;
  }
  return properties;
}

function contentIn(properties: Record<string, string | null>): FoundTask['content'] {
  const due = Date.parse(properties.hs_timestamp ?? '');
  return {
    subject: properties.hs_task_subject ?? '',
    body: textOf(properties.hs_task_body ?? ''),
    ownerId: properties.hubspot_owner_id || null,
    dueOn: Number.isNaN(due) ? '' : new Date(due).toISOString().slice(0, 10),
  };
}

/** The body is shown as HTML. */
function htmlOf(text: string): string {
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\n': '<br>' };
  return text.replace(/[&<>\n]/g, (found) => escapes[found] ?? found);
}

/** The text of a body: HubSpot's editor keeps paragraphs where we wrote line breaks. */
function textOf(html: string): string {
  const characters: Record<string, string> = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&nbsp;': ' ',
  };
  return html
    .replace(/<br\s*\/?>|<\/(p|div)>(?=.)/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (found) => characters[found] ?? found)
    .trim();
}

function goneResult(key: string): TaskResult {
  return {
    key,
    outcome: 'failed',
    code: 'NOT_FOUND',
    fields: [],
    retryable: false,
    reason: 'The task was deleted in HubSpot, so there is nothing to close. Nothing to do.',
  };
}

function resultOf(key: string, outcome: RowOutcome | undefined): TaskResult {
  if (!outcome || outcome.outcome === 'unclear') return { key, outcome: 'unclear' };
  if (outcome.outcome === 'failed') return { ...outcome, key };
  return { key, outcome: 'written', id: outcome.id, created: outcome.created };
}
