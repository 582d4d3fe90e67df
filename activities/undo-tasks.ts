/** The tasks of an undone run: those it made are cancelled, those it changed say what they said. */
import type { FoundTask } from '../connectors/connector.ts';
import type { CanonicalValue } from '../rules/types.ts';
import type { DesiredWrite, FieldChange, RunRow } from '../store/types.ts';
import { endTask } from './task-writes.ts';
import type { LeftField, UndoLeg } from './undo-leg.ts';

/** Keys asked for at a time. */
const batchSize = 500;

/** Tasks of the run that are still open in the CRM; one a person has closed stays closed. */
export async function cancelTasks(leg: UndoLeg, run: RunRow): Promise<number> {
  const keys = await leg.store.tasksMadeBy(leg.open.name, run.id);
  const open = [...(await find(leg, keys))].filter(([, task]) => task.open);
  const { enqueued } = await leg.store.takeBack({
    ...backOf(leg, run),
    writes: open.map(([key, task]) => cancellation(key, task)),
    cancelled: open.map(([key]) => key),
    rest: true,
  });
  return enqueued;
}

function cancellation(key: string, { content }: FoundTask): DesiredWrite {
  const why =
    'Cancelled by partner-sync, not done by anybody: the run that made this task was undone.';
  return endTask(key, 'cancelled', why, { subject: content.subject, body: content.body });
}

/** What became of the tasks that the run and other runs had written. */
export interface RestoredTasks {
  restored: number;
  cancelled: number;
  already: number;
  left: LeftField[];
}

/**
 * Gives tasks that the run changed, and that an earlier run had made, their words back, where they
 * still say what the run wrote. One it made itself is cancelled, when what later runs made of it has
 * been taken back. Its status is no matter of words: a task that is closed stays so.
 */
export async function restoreTasks(leg: UndoLeg, run: RunRow): Promise<RestoredTasks> {
  const changed = await leg.store.tasksChangedBy(leg.open.name, run.id);
  const keys = changed.map(({ key }) => key);
  const found = await find(leg, keys);
  const result: RestoredTasks = { restored: 0, cancelled: 0, already: 0, left: [] };
  const writes: DesiredWrite[] = [];
  const cancelled: string[] = [];
  for (const { key, fields } of changed) {
    const task = found.get(key);
    if (task !== undefined && isAsMade(fields, task)) {
      if (task.open) {
        writes.push(cancellation(key, task));
        cancelled.push(key);
      }
      continue;
    }
    const back = wayBack(key, fields, task, result);
    if (Object.keys(back).length > 0) {
      const restored = { object: 'task' as const, recordId: key, fields: back };
      writes.push({ ...restored, kind: 'task', inputHash: '', priority: 3 });
    }
  }
  await leg.store.takeBack({ ...backOf(leg, run), writes, cancelled });
  result.cancelled = cancelled.length;
  result.restored = writes.length - cancelled.length;
  return result;
}

/** The run made the task, and it says what the run wrote. */
function isAsMade(changes: Record<string, FieldChange>, { content }: FoundTask): boolean {
  const { subject, body } = changes;
  return (
    subject?.before === null &&
    same(content.subject, subject.value) &&
    same(content.body, body?.value ?? null)
  );
}

function wayBack(
  key: string,
  changes: Record<string, FieldChange>,
  task: FoundTask | undefined,
  result: RestoredTasks,
): Record<string, FieldChange> {
  const back: Record<string, FieldChange> = {};
  for (const [field, change] of Object.entries(changes)) {
    const part = field in held ? (field as keyof typeof held) : null;
    if (part === null) {
      continue;
    }
    const now: CanonicalValue = task === undefined ? null : held[part](task.content);
    const name = task?.content.subject ?? String(change.value ?? key);
    const leave = (why: LeftField['why']) =>
      result.left.push({
        object: 'task',
        recordId: key,
        name,
        field: part,
        wrote: change.value,
        found: now,
        why,
      });
    if (task === undefined) {
      leave('record gone');
    } else if (same(now, change.before)) {
      result.already += 1;
    } else if (!same(now, change.value)) {
      leave('changed since');
    } else if (change.before !== null) {
      // A task is never without an owner or a day: what it had not is not taken from it.
      back[field] = { value: change.before, before: change.value };
    }
  }
  return back;
}

/** The fields of a task's row that say something, and where the CRM's task has them. */
const held = {
  subject: (content: FoundTask['content']) => content.subject,
  body: (content: FoundTask['content']) => content.body,
  owner: (content: FoundTask['content']) => content.ownerId,
  due_on: (content: FoundTask['content']) => content.dueOn,
};

/** CRMs trim texts, and end lines in their own way. */
function same(a: CanonicalValue, b: CanonicalValue): boolean {
  const plain = (value: CanonicalValue) =>
    String(value ?? '')
      .replace(/\r\n/g, '\n')
      .trim();
  return plain(a) === plain(b);
}

async function find(leg: UndoLeg, keys: readonly string[]): Promise<Map<string, FoundTask>> {
  const found = new Map<string, FoundTask>();
  for (let from = 0; from < keys.length; from += batchSize) {
    const some = await leg.open.connector.findTasks(keys.slice(from, from + batchSize));
    for (const [key, task] of some) {
      found.set(key, task);
    }
    leg.clock.beat({ tasks: found.size });
  }
  return found;
}

/** An undo's part without records, holds and locks. */
function backOf(leg: UndoLeg, run: RunRow) {
  return {
    connection: leg.open.name,
    runId: run.id,
    undoRunId: leg.runId,
    now: new Date().toISOString(),
    writes: [],
    holds: [],
    cancelled: [],
    locks: false,
    rest: false,
  };
}
