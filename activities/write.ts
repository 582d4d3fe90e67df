/** The write leg: outbox rows to the CRM in its own batch size, each row's result stored. */
import { randomUUID } from 'node:crypto';
import { onlyCloses, type RecordWrite } from '../connectors/connector.ts';
import { toCrm } from '../mappings/translate.ts';
import type { FieldValues, WritableObject } from '../rules/types.ts';
import type { Settlement, Store, WriteRow } from '../store/types.ts';
import { addTo, type LegClock, type OpenConnection } from './context.ts';
import type { DrainResult } from './contract.ts';
import { inLanes, type StepResult } from './lanes.ts';
import { type Lease, type Life, whileHeld } from './lease.ts';
import { createReader, sourceOf } from './read-source.ts';
import { waitForRowsInHand } from './rows-in-hand.ts';
import { settle } from './settle.ts';
import { isAsWanted, tasksOf } from './task-sends.ts';

/** Longer than twice any HTTP time-out (130 s): no second holder sends while a first one waits. */
const leaseMs = 5 * 60_000;

/**
 * Batches under way at once: while one is claimed or settled the others are with the CRM. Far
 * below the 25 long calls an org allows, and few enough that rows rarely wait for each other's
 * locks; a row that does is refused with UNABLE_TO_LOCK_ROW and tried again.
 */
export const batchesAtOnce = 4;

/** How a connector says that a task to be closed is not there any more. */
const goneCode = 'NOT_FOUND';

/** One drain of a connection's outbox. */
export interface WriteLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  planId: string | null;
  clock: LegClock;
  /** The worker's present life, where several share the store. */
  life?: (() => Life) | undefined;
}

/**
 * Writes what is due, records before the tasks about them, until nothing is or time is over.
 * Throws ConnectorError when the CRM refuses the call as a whole: its rows are released first.
 */
export async function drainOutbox(leg: WriteLeg): Promise<DrainResult> {
  const { store, clock } = leg;
  const counts: Record<string, number> = {};
  const inHand = () => ({ store, connection: leg.open.name, life: leg.life?.(), clock });
  do {
    for (const object of ['opportunity', 'partner', 'task'] as const) {
      const emptied = await inLanes(batchesAtOnce, (openLane) =>
        writeBatch(leg, object, counts, openLane),
      );
      if (!emptied) {
        return result(leg, counts, false);
      }
    }
  } while (await waitForRowsInHand(inHand(), counts));
  return result(leg, counts, true);
}

async function writeBatch(
  leg: WriteLeg,
  object: WritableObject,
  counts: Record<string, number>,
  openLane: () => void,
): Promise<StepResult> {
  const leaseId = randomUUID();
  // The life that claims is the one that must last until the rows are sent.
  const life = leg.life?.();
  try {
    return await writeClaimed(leg, object, counts, openLane, { leaseId, life });
  } catch (error) {
    // A store that was away for a moment: its rows need not wait for the end of the lease.
    life?.leave(leaseId);
    throw error;
  }
}

async function writeClaimed(
  leg: WriteLeg,
  object: WritableObject,
  counts: Record<string, number>,
  openLane: () => void,
  { leaseId, life }: { leaseId: string; life: Life | undefined },
): Promise<StepResult> {
  const { store, open } = leg;
  const claimedAt = Date.now();
  const rows = await store.claimWrites({
    connection: open.name,
    object,
    runId: leg.runId,
    leaseId,
    limit: open.connector.writeBatchSize,
    leaseMs,
    ...(life === undefined ? {} : { worker: life.id }),
    now: new Date(claimedAt).toISOString(),
    ...(leg.planId === null ? {} : { planId: leg.planId }),
  });
  if (rows.length === 0) {
    return 'empty';
  }
  if (rows.length === open.connector.writeBatchSize) {
    openLane();
  }
  const lease = { id: leaseId, until: claimedAt + leaseMs, life };
  const settlements = await send(leg, object, rows, lease);
  const now = new Date().toISOString();
  await store.settleWrites(open.name, leaseId, leg.runId, settlements, now);
  count(counts, object, rows, settlements);
  leg.clock.beat(counts);
  return leg.clock.isOver() ? 'time-over' : 'done';
}

/** Rows whose fate is unknown are read back first; the others are sent. */
async function send(
  leg: WriteLeg,
  object: WritableObject,
  rows: WriteRow[],
  lease: Lease,
): Promise<Settlement[]> {
  try {
    const unclear = rows.filter((row) => row.wasUnclear);
    const held = new Map<number, Set<string>>();
    const done = unclear.length > 0 ? await readBack(leg, object, unclear, held) : [];
    const known = new Set(done.map((settlement) => settlement.seq));
    const toSend = rows
      .filter((row) => !known.has(row.seq))
      .map((row) => withoutHeld(row, held.get(row.seq)));
    if (toSend.length === 0) {
      return done;
    }
    const sent =
      object === 'task'
        ? await sendTasks(leg, toSend, lease)
        : await sendRecords(leg, object, toSend, lease);
    return [...done, ...sent];
  } catch (error) {
    // Nothing of this batch was accepted: the rows go back before the failure goes up.
    const released = rows.map((row) => ({ seq: row.seq, outcome: 'released' as const }));
    const now = new Date().toISOString();
    await leg.store.settleWrites(leg.open.name, lease.id, leg.runId, released, now);
    throw error;
  }
}

async function sendRecords(
  leg: WriteLeg,
  object: 'opportunity' | 'partner',
  rows: WriteRow[],
  lease: Lease,
): Promise<Settlement[]> {
  const { mapping, connector } = leg.open;
  const crmObject = sourceOf(mapping, object).crmObject;
  const description = await connector.describe(crmObject);
  const writes: RecordWrite[] = rows.map((row) => ({
    id: row.recordId,
    values: toCrm(mapping, object, valuesOf(row), description.fields),
  }));
  const results = await whileHeld(lease, () =>
    connector.writeRecords(crmObject, writes, priorityOf(rows)),
  );
  return rows.map((row, index) => settle(row, results[index], null));
}

async function sendTasks(leg: WriteLeg, rows: WriteRow[], lease: Lease): Promise<Settlement[]> {
  const tasks = await tasksOf(leg.store, leg.open, rows);
  const results = await whileHeld(lease, () =>
    leg.open.connector.upsertTasks(tasks, priorityOf(rows)),
  );
  return rows.map((row, index) => {
    const found = results[index];
    if (found?.outcome === 'failed' && found.code === goneCode && onlyCloses(tasks[index]!)) {
      // Deleted with its record, or by a person: there is nothing left to close.
      return { seq: row.seq, outcome: 'written', createdId: null };
    }
    return settle(row, found, found?.outcome === 'written' ? found.id : null);
  });
}

/**
 * What is already as wanted in the CRM was written after all; the rest is sent again. A newer
 * change may have joined a row since: `held` gets the fields of it that the CRM holds already.
 */
async function readBack(
  leg: WriteLeg,
  object: WritableObject,
  rows: WriteRow[],
  held: Map<number, Set<string>>,
): Promise<Settlement[]> {
  const { connector, mapping } = leg.open;
  if (object === 'task') {
    const found = await connector.findTasks(rows.map((row) => row.recordId));
    return rows.flatMap((row) => {
      const task = found.get(row.recordId);
      return task && isAsWanted(row, task)
        ? [{ seq: row.seq, outcome: 'written' as const, createdId: task.id }]
        : [];
    });
  }
  const reader = await createReader(leg.open, sourceOf(mapping, object));
  const records = await connector.readByIds({
    object: reader.source.crmObject,
    fields: reader.fields,
    ids: rows.map((row) => row.recordId),
    priority: 3,
  });
  const byId = new Map(records.map((record) => [record.id, reader.read(record)]));
  return rows.flatMap((row) => {
    const now = byId.get(row.recordId);
    const keys = Object.keys(row.fields);
    const same = keys.filter((key) => now && now.fields[key] === row.fields[key]!.value);
    held.set(row.seq, new Set(same));
    const whole = now !== undefined && same.length === keys.length;
    return whole ? [{ seq: row.seq, outcome: 'written' as const, createdId: null }] : [];
  });
}

/** The row as it is sent: without what was read back and is there. */
function withoutHeld(row: WriteRow, held = new Set<string>()): WriteRow {
  const left = Object.entries(row.fields).filter(([key]) => !held.has(key));
  return { ...row, fields: Object.fromEntries(left) };
}

function valuesOf(row: WriteRow): FieldValues {
  return Object.fromEntries(Object.entries(row.fields).map(([key, c]) => [key, c.value]));
}

function priorityOf(rows: WriteRow[]): WriteRow['priority'] {
  return Math.min(...rows.map((row) => row.priority)) as WriteRow['priority'];
}

function count(
  counts: Record<string, number>,
  object: WritableObject,
  rows: WriteRow[],
  settlements: Settlement[],
): void {
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  for (const settlement of settlements) {
    const row = bySeq.get(settlement.seq)!;
    if (settlement.outcome === 'written') {
      addTo(counts, object === 'task' ? 'tasks' : 'written', 1);
      addTo(counts, 'fields', object === 'task' ? 0 : Object.keys(row.fields).length);
    } else if (settlement.outcome !== 'released') {
      addTo(counts, settlement.outcome, 1);
    }
  }
}

async function result(
  leg: WriteLeg,
  counts: Record<string, number>,
  done: boolean,
): Promise<DrainResult> {
  const left = await leg.store.pendingWrites(leg.open.name, new Date().toISOString());
  return {
    done,
    written: counts['written'] ?? 0,
    tasks: counts['tasks'] ?? 0,
    failed: counts['failed'] ?? 0,
    unclear: counts['unclear'] ?? 0,
    waiting: left.waiting,
    nextTryAt: left.nextTryAt,
  };
}
