/** Workflow histories as JSON and back: what replay reads and what tests count. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

// historyToJSON of @temporalio/common wants to share one protobufjs with @temporalio/proto, which
// npm does not give it here ("type must be a Type"); protobuf's own conversion needs none.
const { History } = proto.temporal.api.history.v1;
export type History = ReturnType<typeof History.create>;

/** A history in JSON: enums by name, bytes in base64, instants as seconds and nanos. */
export interface HistoryJson {
  events: { eventType: string }[];
}

/** The whole history of a workflow's latest run, or of the run named. */
export async function historyOf(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<HistoryJson> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const options = { enums: String, bytes: String, longs: String };
  return History.toObject(History.fromObject(history), options) as HistoryJson;
}

/** A history as the replayer takes it. */
export function historyFrom(json: HistoryJson): History {
  return History.fromObject(json);
}

/** The events of a workflow's latest run, by type: 'ActivityTaskScheduled' and so on. */
export async function eventTypes(client: Client, workflowId: string): Promise<string[]> {
  const { events } = await historyOf(client, workflowId);
  return events.map(({ eventType }) =>
    eventType
      .replace('EVENT_TYPE_', '')
      .toLowerCase()
      .replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase()),
  );
}
