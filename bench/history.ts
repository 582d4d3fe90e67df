/** What a run was to Temporal: its events, its activities, and how long each of them took. */
import type { Client } from '@temporalio/client';

/** A run's history in numbers; times are the server's own. */
export interface RunHistory {
  events: number;
  activities: number;
  startedMs: number;
  endedMs: number;
  /** Milliseconds in each activity, all its calls together. */
  spentMs: Record<string, number>;
}

type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;

/** Reads a finished run, continued runs included. */
export async function runHistory(client: Client, workflowId: string): Promise<RunHistory> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const names = new Map<string, string>();
  const started = new Map<string, number>();
  const spentMs: Record<string, number> = {};
  for (const event of events ?? []) {
    const at = msOf(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    const begun = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    if (scheduled) names.set(String(event.eventId), scheduled.activityType?.name ?? '');
    if (begun) started.set(String(begun.scheduledEventId), at);
    if (completed) {
      const id = String(completed.scheduledEventId);
      const name = names.get(id) ?? '';
      spentMs[name] = (spentMs[name] ?? 0) + at - (started.get(id) ?? at);
    }
  }
  return {
    events: events?.length ?? 0,
    activities: names.size,
    startedMs: msOf(events?.[0]?.eventTime),
    endedMs: msOf(events?.at(-1)?.eventTime),
    spentMs,
  };
}

function msOf(time: Time): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}
