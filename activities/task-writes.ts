/** Tasks as outbox rows: opened with all they say, closed by their status alone. */
import { endOfBusinessAfter } from '../rules/business-calendar.ts';
import type { CanonicalValue, Instant } from '../rules/types.ts';
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

/** Due at the end of business the policy allows, by the default calendar; a calendar date. */
export function dueDate(leg: Pick<DecideLeg, 'open' | 'now'>): string {
  const { policy } = leg.open.mapping;
  const calendar = policy.calendars[policy.defaultCalendar];
  const due: Instant = calendar
    ? endOfBusinessAfter(calendar, leg.now, Math.max(1, policy.alerts.dueBusinessDays))
    : leg.now;
  return due.slice(0, 10);
}

/** A task in a plan is one row: its subject, and what it will say. */
export function taskPlanRow(
  write: Pick<DesiredWrite, 'recordId' | 'fields'>,
): Omit<PlanRow, 'plan'> {
  const opens = 'subject' in write.fields;
  return {
    object: 'task',
    recordId: write.recordId,
    recordName: opens ? 'New task' : 'Task done',
    field: opens ? 'subject' : 'status',
    old: opens ? null : 'open',
    new: opens ? write.fields['subject']!.value : 'done',
    kind: 'task',
    reason: String(write.fields['body']?.value ?? 'The condition has cleared.'),
    rule: 'alert',
    inputHash: '',
    moneyMoved: '0',
  };
}
