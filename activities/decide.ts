/** The decide leg: dirty and due records through the pure rules, results stored in one batch. */
import { attributeOpportunity } from '../rules/attribution.ts';
import { corporateAmount } from '../rules/currency.ts';
import { inWriteScope } from '../rules/scope.ts';
import { decideStale } from '../rules/stale-stage.ts';
import { standTier } from '../rules/tiers.ts';
import type { DecidedObject, Decision } from '../rules/types.ts';
import type { DecidedBatch } from '../store/types.ts';
import { addTo } from './context.ts';
import type { LegResult } from './contract.ts';
import type { DecideLeg } from './decide-leg.ts';
import { type OpportunityInputs, opportunityInputs, partnerInputs } from './facts.ts';
import { type Draft, settleDrafts } from './ownership.ts';

/** Records a batch: one store transaction stays well under a second (measured 20 ms a hundred). */
const batchSize = 1_000;

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
  const quarantined = new Set<string>();
  const drafts: Draft[] = [];
  for (const inputs of await opportunityInputs(leg.facts, ids)) {
    if (inputs.row.deleted) {
      continue;
    }
    if (inputs.quarantined) {
      quarantined.add(inputs.row.id);
      continue;
    }
    drafts.push(...opportunityDrafts(leg, inputs));
  }
  await settleDrafts(leg, 'opportunity', drafts, batch);
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
  const drafts: Draft[] = [];
  for (const inputs of await partnerInputs(leg.facts, ids)) {
    if (inputs.row.deleted) {
      continue;
    }
    if (inputs.quarantined) {
      quarantined.add(inputs.row.id);
    } else {
      const { row, inputHash, owners } = inputs;
      const decision = standTier(inputs.tier, policy, leg.now);
      const made = { decision, lockedAt: null, writable: true, money: '0' };
      drafts.push({ row, inputHash, owners, ...made, decideAgain: null });
    }
  }
  await settleDrafts(leg, 'partner', drafts, batch);
  return quarantined;
}

/** Attribution and stage of one opportunity, each with what it moves and whether it is written. */
function opportunityDrafts(leg: DecideLeg, inputs: OpportunityInputs): Draft[] {
  const { policy, scope } = leg.open.mapping;
  const { row, inputHash, owners } = inputs;
  const { opportunity, rates } = inputs.attribution;
  const inScope = (decision: Decision) =>
    inWriteScope(opportunity, decision, scope, leg.activatedAt, row.fields['attribution_type']);
  const attribution = attributeOpportunity(inputs.attribution, policy, leg.now);
  const stale = decideStale(inputs.stale, policy, leg.now);
  const money = corporateAmount(opportunity, rates, policy.corporateCurrency, leg.now) ?? '0';
  return [
    {
      row,
      inputHash,
      owners,
      decision: attribution,
      lockedAt: attribution.lockedAt,
      writable: inScope(attribution),
      money,
      decideAgain: (disputed) =>
        attributeOpportunity({ ...inputs.attribution, disputed }, policy, leg.now),
    },
    {
      row,
      inputHash,
      owners,
      decision: stale,
      lockedAt: null,
      writable: inScope(stale),
      money: '0',
      decideAgain: null,
    },
  ];
}
