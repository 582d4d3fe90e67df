/** `undo`: restores what a run wrote where the CRM still holds it, and keeps it restored. */
import { ApplicationFailure } from '@temporalio/common';
import { saysTheSame } from '../rules/diff.ts';
import type { CanonicalValue, DecidedObject } from '../rules/types.ts';
import type { DesiredWrite, FieldChange, RunRow, Store, WrittenRecord } from '../store/types.ts';
import { addTo, type OpenConnection } from './context.ts';
import type { LegResult, RunRef } from './contract.ts';
import { refreshRecords } from './refresh.ts';
import type { LeftField, UndoLeg } from './undo-leg.ts';
import { cancelTasks, restoreTasks } from './undo-tasks.ts';

/** Records read and taken back at a time. */
const batchSize = 500;
/** Left fields the command's answer names; their number is always whole. */
const leftShown = 1_000;
/** A stamp of when a result changed: it comes back with a value, it is none itself. */
const stamp = 'attribution_evaluated_at';
/** Runs that write what they decide; an undo itself is taken back by `--release`. */
const undoable: ReadonlySet<RunRow['kind']> = new Set([
  'sync',
  'backfill',
  'reconcile',
  'apply',
  'retry',
]);

/**
 * Queues the way back of everything the run wrote, reading each record first: `before` is restored
 * only where the CRM holds our `after`. What changed since is left alone and named in the
 * command's answer. Repeating it does the rest. Throws Request.Invalid, ConnectorError.
 */
export async function undoRunWrites(leg: UndoLeg): Promise<LegResult> {
  const run = await undoneRun(leg.store, leg.open.name, leg.undoRunId);
  const field = fieldKey(leg.open, leg.field);
  const counts: Record<string, number> = {};
  const left: LeftField[] = [];
  let after: string | null = null;
  for (;;) {
    const ref = { connection: leg.open.name, runId: run.id, undoRunId: leg.runId };
    const page: WrittenRecord[] = await leg.store.writtenRecords(ref, batchSize, after);
    if (page.length === 0) {
      break;
    }
    after = page.at(-1)!.recordId;
    await undoPage(leg, run, field, page, counts, left);
    leg.clock.beat(counts);
    if (leg.clock.isOver()) {
      return { done: false, counts };
    }
  }
  if (field === null) {
    addTo(counts, 'tasksCancelled', await cancelTasks(leg, run));
    const tasks = await restoreTasks(leg, run);
    addTo(counts, 'tasksCancelled', tasks.cancelled);
    addTo(counts, 'tasksRestored', tasks.restored);
    addTo(counts, 'already', tasks.already);
    left.push(...tasks.left);
  }
  addTo(counts, 'left', left.length);
  await answer(leg, run, counts, left);
  return { done: true, counts };
}

/** After the way back is written: an undone apply gives its place to the version before it. */
export async function undoVersion(
  store: Store,
  input: RunRef & { undoRunId: string; field: string | null },
): Promise<LegResult> {
  const run = await undoneRun(store, input.connection, input.undoRunId);
  const plan = run.planId === null ? undefined : await store.plan(run.planId);
  const version = plan && (await store.version(plan.version));
  // The plan's own instant is the version's: this very plan activated it, and nothing since.
  const activatedIt = version?.state === 'active' && version.activatedAt === plan?.createdAt;
  if (run.kind !== 'apply' || input.field !== null || !activatedIt) {
    return { done: true, counts: {} };
  }
  const earlier = (await store.versions(input.connection))
    .filter(({ id, activatedAt }) => id !== version.id && activatedAt !== null)
    .sort((a, b) => (a.activatedAt! < b.activatedAt! ? 1 : -1))[0];
  const now = new Date().toISOString();
  await store.replaceVersion(input.connection, version.id, earlier?.id ?? null, now);
  return { done: true, counts: { versionsRestored: earlier ? 1 : 0 } };
}

/** `undo --release`: the decided values of an undone run may be written again. */
export async function releaseRun(
  store: Store,
  input: RunRef & { undoRunId: string },
): Promise<LegResult> {
  const run = await undoneRun(store, input.connection, input.undoRunId);
  const { released } = await store.releaseHolds(input.connection, run.id);
  return { done: true, counts: { released } };
}

/** The run to take back. Throws Request.Invalid where there is none that can be. */
export async function undoneRun(store: Store, connection: string, runId: string): Promise<RunRow> {
  const run = await store.run(runId);
  if (run === undefined || run.connection !== connection) {
    throw invalid(`${connection} has no run ${runId}. See "partner-sync status" for its runs.`);
  }
  if (!undoable.has(run.kind)) {
    const how =
      run.kind === 'undo'
        ? 'Let its values be written again with "partner-sync undo RUN --release", RUN being the ' +
          'run that it had undone.'
        : 'It wrote no values to records.';
    throw invalid(`A run of kind "${run.kind}" cannot be undone. ${how}`);
  }
  return run;
}

async function undoPage(
  leg: UndoLeg,
  run: RunRow,
  field: string | null,
  page: WrittenRecord[],
  counts: Record<string, number>,
  left: LeftField[],
): Promise<void> {
  const writes: DesiredWrite[] = [];
  const holds: Parameters<Store['takeBack']>[0]['holds'] = [];
  for (const object of ['opportunity', 'partner'] as const) {
    const records = page.filter((record) => record.object === object);
    if (records.length === 0) {
      continue;
    }
    const ids = records.map((record) => record.recordId);
    await refreshRecords(leg, object, ids);
    const rows = new Map(
      (await leg.store.mirror(leg.open.name, object, ids)).map((row) => [row.id, row]),
    );
    for (const record of records) {
      const row = rows.get(record.recordId);
      const name = String(row?.fields['name'] ?? record.recordId);
      const gone = row === undefined || row.deleted;
      const back = wayBack(record, field, gone ? null : row.fields);
      addTo(counts, 'already', back.already);
      for (const { key, change, found } of back.left) {
        const why = gone ? ('record gone' as const) : ('changed since' as const);
        const { recordId } = record;
        left.push({ object, recordId, name, field: key, wrote: change.value, found, why });
      }
      const fields = Object.entries(back.fields);
      if (fields.length > 0) {
        writes.push(undoWrite(object, record.recordId, back.fields));
        const real = fields.filter(([key]) => key !== stamp);
        addTo(counts, 'restoredFields', real.length);
        addTo(counts, 'restored', 1);
        holds.push(
          ...real.map(([key, { before }]) => ({
            object,
            recordId: record.recordId,
            field: key,
            value: before,
          })),
        );
      }
    }
  }
  await leg.store.takeBack({
    connection: leg.open.name,
    runId: run.id,
    undoRunId: leg.runId,
    now: new Date().toISOString(),
    writes,
    holds,
    cancelled: [],
    locks: field === null || field === 'attribution_locked_at',
    rest: false,
  });
}

/** Which fields go back: those that the CRM holds as the run left them. */
function wayBack(
  record: WrittenRecord,
  only: string | null,
  held: Record<string, CanonicalValue> | null,
) {
  const fields: Record<string, FieldChange> = {};
  const left: { key: string; change: FieldChange; found: CanonicalValue }[] = [];
  let already = 0;
  for (const [key, change] of Object.entries(record.fields)) {
    const found = held?.[key] ?? null;
    if (key === stamp || (only !== null && key !== only)) {
      continue;
    }
    if (held !== null && found === change.value) {
      fields[key] = { value: change.before, before: change.value };
    } else if (held === null || !saysTheSame(found, change.before)) {
      left.push({ key, change, found });
    } else {
      already += 1;
    }
  }
  const stamped = record.fields[stamp];
  if (stamped && only === null && Object.keys(fields).length > 0) {
    fields[stamp] = { value: stamped.before, before: held?.[stamp] ?? null };
  }
  return { fields, left, already };
}

function undoWrite(
  object: DecidedObject,
  recordId: string,
  fields: Record<string, FieldChange>,
): DesiredWrite {
  return { object, recordId, fields, kind: 'undo', inputHash: '', priority: 3 };
}

async function answer(
  leg: UndoLeg,
  run: RunRow,
  counts: Record<string, number>,
  left: LeftField[],
): Promise<void> {
  const { commandId } = (await leg.store.run(leg.runId)) ?? { commandId: null };
  if (commandId !== null) {
    const result = { undone: run.id, counts, left: left.slice(0, leftShown), of: left.length };
    await leg.store.finishCommand(commandId, result, new Date().toISOString());
  }
}

/** A field by its engine key or its name in the CRM. Throws Request.Invalid for another. */
function fieldKey({ mapping }: OpenConnection, name: string | null): string | null {
  if (name === null) {
    return null;
  }
  const fields = [
    ...Object.entries(mapping.write.opportunity),
    ...Object.entries(mapping.write.partner),
  ];
  const found = fields.find(([key, { crmField }]) => key === name || crmField === name);
  if (found === undefined) {
    throw invalid(
      `The mapping of ${mapping.connection} writes no field ${name}. ` +
        `It writes: ${[...new Set(fields.map(([key]) => key))].sort().join(', ')}.`,
    );
  }
  return found[0];
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'Request.Invalid');
}
