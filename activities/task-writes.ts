/** Tasks as outbox rows: opened with all they say, closed by their status alone. */
import { endOfBusinessAfter } from '../rules/business-calendar.ts';
import type { CanonicalValue, FieldValues, Instant } from '../rules/types.ts';
import type { DesiredWrite, PlanRow } from '../store/types.ts';
import type { DecideLeg } from './decide-leg.ts';

/** An open task under its external key: made once, however often it is asked for. */
export function taskWrite(key: string, fields: Record<string, CanonicalValue>): DesiredWrite {
  const all = { ...fields, status: 'open', high_priority: false };
  return {
    object: 'task',
    recordId: key,
    fields: Object.fromEntries(
      Object.entries(all).map(([field, value]) => [field, { value, before: null }]),
    ),
    kind: 'task',
    inputHash: '',
    priority: 1,
  };
}

/** The task's condition has cleared. */
export function closeTask(key: string): DesiredWrite {
  return {
    object: 'task',
    recordId: key,
    fields: { status: { value: 'done', before: 'open' } },
    kind: 'task',
    inputHash: '',
    priority: 1,
  };
}

/**
 * A task that ends with a word of why, before what it said: on a CRM without a status of that name
 * nothing else tells a cancelled task from one that somebody has done.
 */
export function endTask(
  key: string,
  status: 'done' | 'cancelled',
  why: string,
  said: FieldValues,
): DesiredWrite {
  const [subject, body] = [said['subject'] ?? null, said['body'] ?? null];
  const marked = status === 'cancelled' ? `Cancelled: ${subject ?? ''}` : subject;
  return {
    object: 'task',
    recordId: key,
    fields: {
      status: { value: status, before: 'open' },
      subject: { value: marked, before: subject },
      body: { value: body === null || body === '' ? why : `${why}\n\n${body}`, before: body },
    },
    kind: 'task',
    inputHash: '',
    priority: status === 'done' ? 1 : 3,
  };
}

/** Due at the end of business the policy allows, by the default calendar; a calendar date. */
export function dueDate(leg: Pick<DecideLeg, 'open' | 'now'>): string {
  const { policy } = leg.open.mapping;
  const calendar = policy.calendars[policy.defaultCalendar];
  const due: Instant = calendar
    ? endOfBusinessAfter(calendar, leg.now, Math.max(1, policy.alerts.dueBusinessDays))
    : leg.now;
  return due.slice(0, 10);
}

/** Parts of a task that a plan shows, in the order in which they are told. */
const shownParts = ['subject', 'body', 'due_on'];

/**
 * A task in a plan: one row for a new one (its subject, and as the reason what it will say) and for
 * one that is closed; for one of an earlier run a row each part that will read otherwise.
 * @param known what the task says now; undefined where there is none yet
 */
export function taskPlanRows(
  write: Pick<DesiredWrite, 'recordId' | 'fields'>,
  known: FieldValues | undefined,
): Omit<PlanRow, 'plan'>[] {
  const { recordId, fields } = write;
  const common = { object: 'task', recordId, kind: 'task', rule: 'alert' } as const;
  const row = { ...common, inputHash: '', moneyMoved: '0' };
  const parts = shownParts.filter((part) => part in fields);
  const subject = known?.['subject'] ?? null;
  if (parts.length === 0) {
    const recordName = subject === null ? 'Task' : `Task "${subject}"`;
    const reason = 'The condition has cleared.';
    return [{ ...row, recordName, field: 'status', old: 'open', new: 'done', reason }];
  }
  if (subject === null) {
    const { value } = fields['subject'] ?? { value: null };
    const reason = String(fields['body']?.value ?? '');
    return [{ ...row, recordName: 'New task', field: 'subject', old: null, new: value, reason }];
  }
  return parts
    .map((field) => ({ field, old: known?.[field] ?? null, new: fields[field]!.value }))
    .filter((part) => part.old !== part.new)
    .map((part) => ({
      ...row,
      ...part,
      recordName: `Task "${subject}"`,
      reason: 'Changes a task that an earlier run has made.',
    }));
}
