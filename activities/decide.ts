/** The decide leg: dirty and due records through the pure rules, results stored in one batch. */
import { attributeOpportunity } from '../rules/attribution.ts';
import { corporateAmount } from '../rules/currency.ts';
import { inWriteScope } from '../rules/scope.ts';
import { decideStale } from '../rules/stale-stage.ts';
import { standTier } from '../rules/tiers.ts';
import type { DecidedObject, Decision, Instant } from '../rules/types.ts';
import type { DecidedBatch, DecisionSlot, MirrorRow, Store } from '../store/types.ts';
import { addTo, type LegClock, type OpenConnection } from './context.ts';
import type { LegResult } from './contract.ts';
import { desiredWrite, type Target } from './desired.ts';
import { type FactSource, opportunityInputs, partnerInputs } from './facts.ts';

/** Records a batch: one store transaction stays well under a second (measured 20 ms a hundred). */
const batchSize = 1_000;

/** One leg's surroundings: where decisions go and by what they are made. */
export interface DecideLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  slot: DecisionSlot;
  /** Id of the mapping version the decisions are made under. */
  version: string;
  /** What is older is the first day's baseline; the CRM's clock. */
  activatedAt: Instant;
  now: Instant;
  facts: FactSource;
  target: Target;
  clock: LegClock;
}

/** Live decisions of all dirty and due records, opportunities before the partners they credit. */
export async function decideDue(leg: DecideLeg): Promise<LegResult> {
  const counts: Record<string, number> = {};
  for (const object of ['opportunity', 'partner'] as const) {
    let after: string | null = null;
    for (;;) {
      const due = await leg.store.dueRecords(leg.open.name, object, leg.now, batchSize, after);
      if (due.length === 0) {
        break;
      }
      await decideBatch(leg, object, due, counts);
      after = due.at(-1)!.id;
      if (leg.clock.isOver()) {
        return { done: false, counts };
      }
    }
  }
  return { done: true, counts };
}

/** Decisions of every live record into the plan's slot; goes on after the last stored one. */
export async function decideAll(leg: DecideLeg): Promise<LegResult> {
  const counts: Record<string, number> = {};
  for (const object of ['opportunity', 'partner'] as const) {
    let after = await leg.store.lastDecided(leg.open.name, leg.slot, object);
    for (;;) {
      const ids = await leg.store.liveIds(leg.open.name, object, batchSize, after);
      if (ids.length === 0) {
        break;
      }
      const batch = ids.map((id) => ({ id, dirty: null }));
      await decideBatch(leg, object, batch, counts);
      after = ids.at(-1)!;
      if (leg.clock.isOver()) {
        return { done: false, counts };
      }
    }
  }
  return { done: true, counts };
}

async function decideBatch(
  leg: DecideLeg,
  object: DecidedObject,
  due: { id: string; dirty: number | null }[],
  counts: Record<string, number>,
): Promise<void> {
  const ids = due.map((record) => record.id);
  const batch: DecidedBatch = {
    connection: leg.open.name,
    slot: leg.slot,
    version: leg.version,
    runId: leg.runId,
    now: leg.now,
    decisions: [],
    writes: [],
    planRows: [],
    clear: [],
  };
  const quarantined =
    object === 'opportunity'
      ? await addOpportunities(leg, ids, batch)
      : await addPartners(leg, ids, batch);
  // What could not be decided stays dirty: every run says so until the record is mended.
  batch.clear = due.flatMap(({ id, dirty }) =>
    dirty === null || quarantined.has(id) ? [] : [{ object, id, dirty }],
  );
  const { enqueued } = await leg.store.saveDecided(batch);
  addTo(counts, 'decided', batch.decisions.filter((d) => d.decision.kind !== 'stale').length);
  addTo(counts, 'enqueued', enqueued);
  addTo(counts, 'quarantined', quarantined.size);
  leg.clock.beat(counts);
}

/** Decides what can be decided. Returns the ids that a value unknown to the mapping holds back. */
async function addOpportunities(
  leg: DecideLeg,
  ids: string[],
  batch: DecidedBatch,
): Promise<Set<string>> {
  const { policy } = leg.open.mapping;
  const quarantined = new Set<string>();
  for (const inputs of await opportunityInputs(leg.facts, ids)) {
    if (inputs.row.deleted) {
      continue;
    }
    if (inputs.quarantined) {
      quarantined.add(inputs.row.id);
      continue;
    }
    const attribution = attributeOpportunity(inputs.attribution, policy, leg.now);
    const stale = decideStale(inputs.stale, policy, leg.now);
    const { opportunity, rates } = inputs.attribution;
    const inScope = (decision: Decision) =>
      inWriteScope(
        opportunity,
        decision,
        leg.open.mapping.scope,
        leg.activatedAt,
        inputs.row.fields['attribution_type'],
      );
    const money = corporateAmount(opportunity, rates, policy.corporateCurrency, leg.now) ?? '0';
    add(leg, batch, inputs, {
      decision: attribution,
      lockedAt: attribution.lockedAt,
      writable: inScope(attribution),
      money,
    });
    add(leg, batch, inputs, {
      decision: stale,
      lockedAt: null,
      writable: inScope(stale),
      money: '0',
    });
  }
  return quarantined;
}

async function addPartners(
  leg: DecideLeg,
  ids: string[],
  batch: DecidedBatch,
): Promise<Set<string>> {
  const { policy } = leg.open.mapping;
  const quarantined = new Set<string>();
  if (policy.tiers === null) {
    return quarantined;
  }
  for (const inputs of await partnerInputs(leg.facts, ids)) {
    if (inputs.row.deleted) {
      continue;
    }
    if (inputs.quarantined) {
      quarantined.add(inputs.row.id);
    } else {
      const tier = standTier(inputs.tier, policy, leg.now);
      add(leg, batch, inputs, { decision: tier, lockedAt: null, writable: true, money: '0' });
    }
  }
  return quarantined;
}

/** A decision as it goes into the batch. */
interface Made {
  decision: Decision;
  lockedAt: Instant | null;
  /** Inside `write.scope`. */
  writable: boolean;
  /** What it moves, in corporate currency. */
  money: string;
}

function add(
  leg: DecideLeg,
  batch: DecidedBatch,
  inputs: { row: MirrorRow; inputHash: string },
  made: Made,
): void {
  const { row, inputHash } = inputs;
  const { decision, lockedAt } = made;
  if (!made.writable) {
    // Out of scope: decided and explained, but neither written nor brought to anybody's attention.
    batch.decisions.push({ decision: { ...decision, alert: null }, inputHash, lockedAt });
    return;
  }
  batch.decisions.push({ decision, inputHash, lockedAt });
  const desired = desiredWrite(leg.target, row, decision, inputHash, made.money);
  if (desired === null) {
    return;
  }
  if (leg.slot === 'live') {
    batch.writes.push(desired.write);
  } else {
    batch.planRows.push(...desired.planRows);
  }
}
