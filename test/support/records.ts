/** Builders of canonical records and decisions for tests: only what matters is said. */
import type {
  CanonicalRecord,
  DecidedObject,
  Decision,
  FieldValues,
  PartnerCredit,
} from '../../rules/types.ts';
import type { CursorRow, DecidedBatch, DesiredWrite, Store } from '../../store/types.ts';

export const connection = 'acme-salesforce';
export const now = '2026-11-21T09:00:00.000Z';

/** The cursor before anything was read. */
export const unread: CursorRow = {
  committedUntil: null,
  windowUntil: null,
  position: null,
  resume: null,
};

/** A record with these fields. */
export function aRecord(
  id: string,
  fields: FieldValues = {},
  rest: Partial<CanonicalRecord> = {},
): CanonicalRecord {
  return {
    id,
    createdAt: '2026-01-05T08:00:00.000Z',
    modifiedAt: '2026-11-20T10:00:00.000Z',
    modifiedBy: null,
    deleted: false,
    mergedInto: null,
    fields,
    ...rest,
  };
}

/** An opportunity worth 1000 in stage Proposal. */
export function anOpportunity(
  id: string,
  fields: FieldValues = {},
  rest: Partial<CanonicalRecord> = {},
): CanonicalRecord {
  return aRecord(
    id,
    {
      name: `Opportunity ${id}`,
      stage: 'Proposal',
      is_closed: false,
      is_won: false,
      amount: '1000.5',
      currency: 'USD',
      close_date: '2026-12-31',
      ...fields,
    },
    rest,
  );
}

/** Full credit of a partner. */
export function sourcedBy(partnerId: string): PartnerCredit[] {
  return [{ partnerId, role: 'Sourcing', pool: 'sourced', basisPoints: 10_000 }];
}

/** An attribution decision. */
export function aDecision(
  id: string,
  rest: Partial<Decision> = {},
  object: DecidedObject = 'opportunity',
): Decision {
  return {
    object,
    id,
    kind: object === 'partner' ? 'tier' : 'attribution',
    rule: 'R3',
    fields: { attribution_type: 'Sourced', partner_sourced: true },
    reason: 'Sourced by Nordwind: registered before the opportunity. Rule R3.',
    evidence: [],
    counterfactual: null,
    dueAt: null,
    credits: [],
    alert: null,
    ...rest,
  };
}

/** A wanted change of an opportunity. */
export function aWrite(
  recordId: string,
  fields: DesiredWrite['fields'],
  rest: Partial<DesiredWrite> = {},
): DesiredWrite {
  return {
    object: 'opportunity',
    recordId,
    fields,
    kind: 'attribution',
    inputHash: 'h1',
    priority: 3,
    ...rest,
  };
}

/** A live batch of decisions and writes. */
export function aBatch(
  decisions: Decision[],
  writes: DesiredWrite[] = [],
  rest: Partial<DecidedBatch> = {},
): DecidedBatch {
  return {
    connection,
    slot: 'live',
    version: 'v1',
    runId: 'sync/acme-salesforce/1',
    now,
    decisions: decisions.map((decision) => ({ decision, inputHash: 'h1', lockedAt: null })),
    writes,
    planRows: [],
    clear: [],
    ...rest,
  };
}

/** Ids that are dirty now, of one object, with their markers. */
export async function dirtyOf(store: Store, object: DecidedObject): Promise<string[]> {
  const due = await store.dueRecords(connection, object, '1970-01-01T00:00:00.000Z', 1000, null);
  return due.map((record) => record.id);
}

/** Clears every dirty marker, as deciding all of it would. */
export async function decideNothing(store: Store): Promise<void> {
  for (const object of ['opportunity', 'partner'] as const) {
    const due = await store.dueRecords(connection, object, '1970-01-01T00:00:00.000Z', 1000, null);
    const clear = due.map(({ id, dirty }) => ({ object, id, dirty: dirty as number }));
    await store.saveDecided(aBatch([], [], { clear }));
  }
}
