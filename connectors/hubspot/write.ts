/** Writes records: properties a hundred a call, association labels beside them. */
import type { CallPriority } from '../budget.ts';
import type { CrmValue, RecordWrite, WriteResult } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import { associationField, idsIn, type LabelType } from './association-labels.ts';
import { linkReadMax } from './associations.ts';
import { type BatchInput, type RowOutcome, sendRows } from './batch-write.ts';
import type { Describer, PortalObject } from './describe.ts';
import { type LabelWrite, writeLabels } from './label-writes.ts';
import type { ObjectTypes } from './objects.ts';

/**
 * Rows asked for at a time: as many as one call for their associations carries. Their properties go
 * a hundred a call (batch-write.ts).
 */
export const writeBatchSize = linkReadMax;

/** Updates records by id, one result a write in input order. Throws only when nothing was sent. */
export async function writeRecords(
  { api, describer, types }: { api: HubSpotApi; describer: Describer; types: ObjectTypes },
  name: string,
  { writes, priority }: { writes: RecordWrite[]; priority: CallPriority },
): Promise<WriteResult[]> {
  if (writes.length === 0) return [];
  // Labels are written by their ids, which the description knows; properties go by name.
  const hasLabels = writes.some(({ values }) => Object.keys(values).some(associationField));
  const object: Target = hasLabels
    ? await describer.describe(name)
    : { type: await types.resolve(name), labels: new Map() };
  const outcomes: (RowOutcome | null)[] = writes.map(() => null);
  for (const round of rounds(writes)) {
    const rows = round.map((at) => rowOf(object, writes[at] as RecordWrite, at));
    try {
      const written = await writeRound(api, object, { rows, priority });
      round.forEach((at, i) => {
        outcomes[at] = written[i] ?? null;
      });
    } catch (error) {
      // A later round of a record given twice: the first has been written.
      if (!(error instanceof ConnectorError) || outcomes.every((one) => one === null)) throw error;
    }
  }
  return writes.map(({ id }, at): WriteResult => {
    const outcome = outcomes[at] ?? ({ outcome: 'unclear' } as const);
    return outcome.outcome === 'written'
      ? { id, outcome: 'written', created: false }
      : { ...outcome, id };
  });
}

type Target = Pick<PortalObject, 'type' | 'labels'>;

/** HubSpot refuses a batch that names a record twice: its second write goes into another round. */
function rounds(writes: RecordWrite[]): number[][] {
  const seen = new Map<string, number>();
  const found: number[][] = [];
  writes.forEach(({ id }, at) => {
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    found[round] = [...(found[round] ?? []), at];
  });
  return found;
}

interface Row {
  write: RecordWrite;
  /** null: only labels change. */
  input: BatchInput | null;
  labels: LabelWrite[];
  refused: RowOutcome | null;
}

function rowOf(object: Target, write: RecordWrite, at: number): Row {
  const properties: Record<string, string> = {};
  const labels: LabelWrite[] = [];
  let refused: RowOutcome | null = null;
  for (const [name, value] of Object.entries(write.values)) {
    const link = associationField(name);
    if (!link) {
      properties[name] = textOf(value);
      continue;
    }
    const type = labelOf(object, link);
    const text = value === null ? '' : String(value);
    const targets = link.isSet ? idsIn(text) : [text].filter((id) => id !== '');
    if (!type || !targets.every((id) => /^\d{1,20}$/.test(id))) {
      refused = refusedLabel(name, type !== null);
    } else labels.push({ id: write.id, to: link.to, type, targets });
  }
  const sends = Object.keys(properties).length > 0 || labels.length === 0;
  const input = { trace: `row-${at}`, id: write.id, body: { id: write.id, properties } };
  return { write, input: sends ? input : null, labels, refused };
}

/** Only labels of the portal's own are written: 'Primary' is the customer, and people's. */
function labelOf(object: Target, link: { to: string; label: string }): LabelType | null {
  const wanted = link.label.toLowerCase();
  const types = object.labels.get(link.to) ?? [];
  return (
    types.find(
      ({ label, category }) => category === 'USER_DEFINED' && label?.toLowerCase() === wanted,
    ) ?? null
  );
}

function refusedLabel(name: string, isKnown: boolean): RowOutcome {
  const reason = isKnown
    ? `HubSpot takes the id of a record for ${name}. Map a field that holds one.`
    : `HubSpot has no association label ${name} that may be written. Create it ("partner-sync ` +
      'provision"), or map another.';
  const code = isKnown ? 'INVALID_OBJECT_ID' : 'LABEL_DOESNT_EXIST';
  return { outcome: 'failed', code, fields: [name], retryable: false, reason };
}

/** HubSpot's values are texts; "" clears. */
function textOf(value: CrmValue): string {
  return value === null ? '' : String(value);
}

async function writeRound(
  api: HubSpotApi,
  object: Target,
  { rows, priority }: { rows: Row[]; priority: CallPriority },
): Promise<RowOutcome[]> {
  const outcomes = rows.map(({ refused }) => refused);
  const sent = indexesOf(rows, ({ input, refused }) => input !== null && refused === null);
  const written = await sendRows(
    api,
    sent.map((at) => rows[at]?.input as BatchInput),
    {
      path: `${api.paths.objects(object.type.path)}/batch/update`,
      operation: 'write records',
      object: object.type.name,
      priority,
      creates: false,
    },
  );
  sent.forEach((at, i) => {
    outcomes[at] = written[i] ?? { outcome: 'unclear' };
  });
  const linked = indexesOf(
    rows,
    ({ labels }, at) => labels.length > 0 && (outcomes[at]?.outcome ?? 'written') === 'written',
  );
  const labels = linked.flatMap((at) => (rows[at]?.labels ?? []).map((label) => ({ at, label })));
  const labelled = await labelOutcomes(api, object, { labels, priority, hasSent: sent.length > 0 });
  labels.forEach(({ at }, i) => {
    const before = outcomes[at];
    if (before && before.outcome !== 'written') return;
    outcomes[at] = labelled[i] ?? { outcome: 'unclear' };
  });
  return rows.map(({ write }, at) => outcomes[at] ?? { outcome: 'written', ...idOf(write) });
}

function idOf({ id }: RecordWrite): { id: string; created: boolean } {
  return { id, created: false };
}

/** After properties were written a refused call for labels is told of row by row. */
async function labelOutcomes(
  api: HubSpotApi,
  object: Target,
  {
    labels,
    priority,
    hasSent,
  }: {
    labels: { label: LabelWrite }[];
    priority: CallPriority;
    hasSent: boolean;
  },
): Promise<RowOutcome[]> {
  if (labels.length === 0) return [];
  const writes = labels.map(({ label }) => label);
  try {
    return await writeLabels(api, { from: object.type, writes, priority });
  } catch (error) {
    if (!hasSent || !(error instanceof ConnectorError)) throw error;
    const { code = 'UNKNOWN' } = error.call;
    const reason = error.message;
    return writes.map(() => ({ outcome: 'failed', code, fields: [], retryable: true, reason }));
  }
}

function indexesOf<T>(rows: T[], test: (row: T, at: number) => boolean): number[] {
  return rows.flatMap((row, at) => (test(row, at) ? [at] : []));
}
