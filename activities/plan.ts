/** A plan's life: compared with the CRM as it is, then adopted as a whole or not at all. */
import type { CanonicalValue, WritableObject } from '../rules/types.ts';
import type { FieldChange, Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import type { PlanCheck } from './contract.ts';
import {
  type FactSource,
  type OpportunityInputs,
  opportunityInputs,
  type PartnerInputs,
  partnerInputs,
} from './facts.ts';
import { refreshRecords } from './refresh.ts';

/** Records compared at a time: one read call of the CRM each on Salesforce. */
const checkBatch = 500;

/** One comparison of a plan. */
export interface CheckLeg {
  store: Store;
  open: OpenConnection;
  planId: string;
  facts: FactSource;
  clock: LegClock;
}

/** A planned record as the store hands it out. */
export interface PlannedRecord {
  object: WritableObject;
  recordId: string;
  fields: Record<string, FieldChange>;
  inputHash: Record<string, string>;
}

/** Why a planned record is not current any more; for the difference that `apply` shows. */
export interface OutdatedRecord {
  object: WritableObject;
  recordId: string;
  why: 'gone' | 'facts-changed' | 'value-changed';
  /** Fields whose value in the CRM is not the plan's "old" any more: that, and what is there now. */
  fields: { key: string; planned: CanonicalValue; found: CanonicalValue }[];
}

/**
 * Reads every planned record afresh and says which are not as planned: current means that the
 * facts hash and the CRM's value are the plan's (design.md section 4). Nothing is written but
 * the mirror.
 */
export async function outdatedRecords(leg: CheckLeg): Promise<{
  check: PlanCheck;
  outdated: OutdatedRecord[];
}> {
  const plan = await leg.store.plan(leg.planId);
  if (plan === undefined || plan.connection !== leg.open.name) {
    return { check: { state: 'missing', records: 0, outdated: 0 }, outdated: [] };
  }
  if (plan.state === 'discarded') {
    // There was nothing to do, and there is nothing to refuse.
    return { check: { state: 'current', records: 0, outdated: 0 }, outdated: [] };
  }
  if (plan.state !== 'open') {
    return { check: { state: 'closed', records: 0, outdated: 0 }, outdated: [] };
  }
  const outdated: OutdatedRecord[] = [];
  let records = 0;
  let after: string | null = null;
  for (;;) {
    const page: PlannedRecord[] = await leg.store.planRecords(leg.planId, checkBatch, after);
    if (page.length === 0) {
      break;
    }
    // The tasks of a plan follow from its records; they are no records of their own.
    records += page.filter(({ object }) => object !== 'task').length;
    after = page.at(-1)!.recordId;
    outdated.push(...(await compare(leg, 'opportunity', page)));
    outdated.push(...(await compare(leg, 'partner', page)));
    leg.clock.beat({ records, outdated: outdated.length });
  }
  const state = outdated.length > 0 ? 'outdated' : 'current';
  return { check: { state, records, outdated: outdated.length }, outdated };
}

async function compare(
  leg: CheckLeg,
  object: 'opportunity' | 'partner',
  page: PlannedRecord[],
): Promise<OutdatedRecord[]> {
  const planned = page.filter((record) => record.object === object);
  if (planned.length === 0) {
    return [];
  }
  const ids = planned.map((record) => record.recordId);
  await refreshRecords(leg, object, ids);
  const inputs: Iterable<OpportunityInputs | PartnerInputs> =
    object === 'opportunity'
      ? await opportunityInputs(leg.facts, ids)
      : await partnerInputs(leg.facts, ids);
  const byId = new Map(Array.from(inputs, (input) => [input.row.id, input]));
  return planned.flatMap((record): OutdatedRecord[] => {
    const now = byId.get(record.recordId);
    if (now === undefined || now.row.deleted) {
      return [{ object, recordId: record.recordId, why: 'gone', fields: [] }];
    }
    const fields = Object.entries(record.fields)
      .map(([key, { before }]) => ({ key, planned: before, found: now.row.fields[key] ?? null }))
      .filter(({ planned, found }) => planned !== found);
    if (fields.length > 0) {
      return [{ object, recordId: record.recordId, why: 'value-changed', fields }];
    }
    const hashes = Object.values(record.inputHash);
    return hashes.every((hash) => hash === now.inputHash)
      ? []
      : [{ object, recordId: record.recordId, why: 'facts-changed', fields: [] }];
  });
}
