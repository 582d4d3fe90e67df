/** People and programs that change engine fields in the CRM, for the tests of this folder. */
import { id } from '../support/small-company.ts';
import { connection, type Job, type World } from '../support/world.ts';

/** Ben Osei, who owns nothing and edits everything. */
export const ben = id.user(2);

/** A change by a person on the record page, some CRM time after the last one. */
export function edit(
  world: World,
  object: string,
  record: string,
  fields: Record<string, unknown>,
  by: string = ben,
): void {
  world.advance(10 * 60_000);
  const actor = { userId: by, system: true };
  const result = world.org.update(object, [{ Id: record, ...fields }], actor)[0]!;
  if (!result.success) {
    throw new Error(`The org refused the edit: ${JSON.stringify(result)}`);
  }
}

/** A sync some CRM time later, so that the edit is outside the lag. */
export async function sync(world: World): Promise<Job> {
  world.advance(10 * 60_000);
  const job = await world.job('sync');
  if (job.failure !== null) {
    throw job.failure;
  }
  return job;
}

/** Our own user in the CRM. */
export async function ourUser(world: World): Promise<string> {
  return (await world.store.connection(connection))!.userId!;
}

/** Fields that runs have written since, as 'id field' -> value. */
export async function written(world: World, runId: string): Promise<Record<string, unknown>> {
  const rows = (await world.writes(runId)).filter(({ object }) => object !== 'task');
  return Object.fromEntries(
    rows.flatMap((row) =>
      Object.entries(row.fields)
        .filter(([field]) => field !== 'attribution_evaluated_at')
        .map(([field, change]) => [`${row.recordId} ${field}`, change.value]),
    ),
  );
}

/** What the answer to `undo` says. */
export interface UndoAnswer {
  runId: string;
  counts: Record<string, number>;
  /** 'id field' of what was left alone. */
  left: string[];
}

let undos = 900;

/** `partner-sync undo RUN` as its workflow runs it (workflows/undo.ts). */
export async function undo(
  world: World,
  undoRunId: string,
  options: { field?: string; release?: boolean } = {},
): Promise<UndoAnswer> {
  undos += 1;
  const runId = `undo/${connection}/${undos}`;
  const commandId = `undo-command-${undos}`;
  const createdAt = new Date().toISOString();
  const command = { id: commandId, kind: 'undo', connection, actor: 'test', createdAt };
  await world.store.saveCommand({ ...command, args: {} });
  const run = { connection, runId };
  const opening = { connection, kind: 'undo' as const, commandId, planId: null };
  await world.activity('openRun', opening, { runId });
  const ref = { ...run, undoRunId, field: options.field ?? null };
  if (options.release) {
    await world.activity('releaseHolds', ref);
  } else {
    await world.activity('undoChanges', ref);
    await world.activity('writeChanges', { ...run, planId: null }, { activityId: 'write-undo' });
    await world.activity('undoVersion', ref);
  }
  await world.activity('decideRecords', run);
  await world.activity('decideAlerts', { ...run, planId: null });
  await world.activity('writeChanges', { ...run, planId: null });
  const closed = await world.activity('closeRun', { ...run, failure: null });
  const { result } = (await world.store.command(commandId))!;
  const said = result as { left: { recordId: string; field: string }[] } | null;
  const left = said?.left.map(({ recordId, field }) => `${recordId} ${field}`) ?? [];
  return { runId, counts: closed.counts, left };
}
