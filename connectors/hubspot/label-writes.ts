/** Sets which records an association label names, and touches no other label and no association. */
import { inBatches } from '../batches.ts';
import type { CallPriority } from '../budget.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import type { LabelType } from './association-labels.ts';
import { type Link, readLinks } from './associations.ts';
import { failedRow, type RowOutcome, refusals } from './batch-write.ts';
import { toVendorError } from './errors.ts';
import type { ObjectType } from './objects.ts';

/** A label of a record: the records it shall name, often one or none. */
export interface LabelWrite {
  id: string;
  to: string;
  type: LabelType;
  /** The label is taken away from whoever else has it. */
  targets: string[];
}

/** Inputs of one call (crm-apis.md: create 2,000, archive 100). */
const createMax = 2_000;
const archiveMax = 100;

interface Change {
  write: LabelWrite;
  /** The other record. */
  to: string;
  types: LabelType[];
}

/**
 * One outcome a write. A label is added before it is taken from others, so that a cut in between
 * leaves one too many, never none. With a label the association's other labels are sent too: were
 * HubSpot to replace them, the primary company would be lost.
 */
export async function writeLabels(
  api: HubSpotApi,
  { from, writes, priority }: { from: ObjectType; writes: LabelWrite[]; priority: CallPriority },
): Promise<RowOutcome[]> {
  const outcomes = new Map<LabelWrite, RowOutcome>();
  for (const to of new Set(writes.map((write) => write.to))) {
    const own = writes.filter((write) => write.to === to);
    const context = { operation: 'read associations', priority };
    const links = await readLinks(
      api,
      { from, to },
      own.map(({ id }) => id),
      context,
    );
    const { added, removed } = changesOf(own, links);
    const call = { api, from, to, priority };
    const made = await inBatches(added, createMax, {
      send: (batch) => create(call, batch),
      ...refusals,
    });
    note(outcomes, added, made);
    // Where the new one was refused the old one stays.
    const due = removed.filter(
      ({ write }) => (outcomes.get(write)?.outcome ?? 'written') === 'written',
    );
    const taken = await inBatches(due, archiveMax, {
      send: (batch) => archive(call, batch),
      ...refusals,
    }).catch((error: unknown) => due.map(() => later(error, added.length > 0)));
    note(outcomes, due, taken);
  }
  return writes.map(
    (write) => outcomes.get(write) ?? { outcome: 'written', id: write.id, created: false },
  );
}

function note(outcomes: Map<LabelWrite, RowOutcome>, changes: Change[], made: RowOutcome[]): void {
  for (const [at, { write }] of changes.entries()) {
    const before = outcomes.get(write)?.outcome ?? 'written';
    // A write of several records is as good as the worst of them.
    if (before === 'written') outcomes.set(write, made[at] ?? { outcome: 'unclear' });
  }
}

function changesOf(
  writes: LabelWrite[],
  links: Map<string, Link[]>,
): { added: Change[]; removed: Change[] } {
  const added: Change[] = [];
  const removed: Change[] = [];
  for (const write of writes) {
    const present = links.get(write.id) ?? [];
    const holders = present.filter(({ types }) => types.some((type) => isSame(type, write.type)));
    for (const { to } of holders) {
      if (!write.targets.includes(to)) removed.push({ write, to, types: [write.type] });
    }
    for (const target of write.targets) {
      if (holders.some(({ to }) => to === target)) continue;
      const others = present.find(({ to }) => to === target)?.types ?? [];
      const kept = others.filter(({ label }) => label !== null);
      added.push({ write, to: target, types: [...kept, write.type] });
    }
  }
  return { added, removed };
}

function isSame(a: LabelType, b: LabelType): boolean {
  return a.typeId === b.typeId && a.category === b.category;
}

interface Call {
  api: HubSpotApi;
  from: ObjectType;
  to: string;
  priority: CallPriority;
}

async function create({ api, from, to, priority }: Call, batch: Change[]): Promise<RowOutcome[]> {
  try {
    const answer = await api.call<CreateAnswer>({
      method: 'POST',
      path: `${api.paths.associations(from.path, to)}/batch/create`,
      operation: 'write association labels',
      object: from.name,
      priority,
      body: { inputs: batch.map(inputOf) },
    });
    return createOutcomes(batch, answer);
  } catch (error) {
    return unclearOr(error, batch);
  }
}

async function archive({ api, from, to, priority }: Call, batch: Change[]): Promise<RowOutcome[]> {
  try {
    await api.call({
      method: 'POST',
      path: `${api.paths.associations(from.path, to)}/batch/labels/archive`,
      operation: 'take association labels away',
      object: from.name,
      priority,
      body: { inputs: batch.map(inputOf) },
    });
    return batch.map(({ write }) => ({ outcome: 'written', id: write.id, created: false }));
  } catch (error) {
    return unclearOr(error, batch);
  }
}

function inputOf({ write, to, types }: Change): object {
  return {
    from: { id: write.id },
    to: { id: to },
    types: types.map(({ category, typeId }) => ({
      associationCategory: category,
      associationTypeId: typeId,
    })),
  };
}

interface CreateAnswer {
  results?: { fromObjectId?: unknown; toObjectId?: unknown }[];
  errors?: unknown[];
}

/** An entry of a 207 names one of the two records, or nothing at all. */
function createOutcomes(batch: Change[], answer: CreateAnswer | null): RowOutcome[] {
  const made = new Set(
    (answer?.results ?? []).map(({ fromObjectId, toObjectId }) => `${fromObjectId}/${toObjectId}`),
  );
  const errors = answer?.errors ?? [];
  return batch.map(({ write, to }): RowOutcome => {
    if (made.has(`${write.id}/${to}`)) return { outcome: 'written', id: write.id, created: false };
    const own = errors.find((entry) => {
      const context = Object.values((entry as { context?: object }).context ?? {}).flat();
      return context.map(String).some((id) => id === write.id || id === to);
    });
    const error = toVendorError(own ?? errors[0]);
    return error ? failedRow(error) : { outcome: 'unclear' };
  });
}

function unclearOr(error: unknown, batch: Change[]): RowOutcome[] {
  if (error instanceof ConnectorError && error.call.unclear) {
    return batch.map(() => ({ outcome: 'unclear' }));
  }
  throw error;
}

/** Something was written before: the rest is told of row by row. */
function later(error: unknown, hasWritten: boolean): RowOutcome {
  if (!(error instanceof ConnectorError) || !hasWritten) throw error;
  const code = error.call.code ?? 'UNKNOWN';
  return { outcome: 'failed', code, fields: [], retryable: true, reason: error.message };
}
