/** The decide leg: dirty and due records through the pure rules, results stored in one batch. */
import { setImmediate } from 'node:timers/promises';
import { attributeOpportunity } from '../rules/attribution.ts';
import { corporateAmount } from '../rules/currency.ts';
import { inWriteScope } from '../rules/scope.ts';
import { decideStale } from '../rules/stale-stage.ts';
import { standTier } from '../rules/tiers.ts';
import type { DecidedObject, Decision } from '../rules/types.ts';
import { ahead } from '../store/ahead.ts';
import type { DecidedBatch, FactReads } from '../store/types.ts';
import { addTo } from './context.ts';
import type { LegResult } from './contract.ts';
import type { DecideLeg } from './decide-leg.ts';
import {
  type OpportunityInputs,
  opportunityInputs,
  type PartnerInputs,
  partnerInputs,
} from './facts.ts';
import { type Draft, settleDrafts } from './ownership.ts';

/** Records a batch: one store transaction stays well under a second (measured 20 ms a hundred). */
const batchSize = 1_000;

/** Live decisions of all dirty and due records, opportunities before the partners they credit. */
export async function decideDue(leg: DecideLeg): Promise<LegResult> {
  const { open, now } = leg;
  return decideBoth(leg, async (object) => ({
    after: null,
    next: (from, after) => from.dueRecords(open.name, object, now, batchSize, after),
  }));
}

/** Decisions of every live record into the plan's slot; goes on after the last stored one. */
export async function decideAll(leg: DecideLeg): Promise<LegResult> {
  const { store, open, slot } = leg;
  return decideBoth(leg, async (object) => ({
    after: await store.lastDecided(open.name, slot, object),
    next: async (from, after) => {
      const ids = await from.liveIds(open.name, object, batchSize, after);
      return ids.map((id) => ({ id, dirty: null }));
    },
  }));
}

type Due = { id: string; dirty: number | null };

/** The records to decide of one object, in id order from `after` on. */
interface Queue {
  after: string | null;
  next(from: FactReads, after: string | null): Promise<Due[]>;
}

async function decideBoth(
  leg: DecideLeg,
  queueOf: (object: DecidedObject) => Promise<Queue>,
): Promise<LegResult> {
  const counts: Record<string, number> = {};
  for (const object of ['opportunity', 'partner'] as const) {
    if (!(await decideQueue(leg, object, await queueOf(object), counts))) {
      return { done: false, counts };
    }
  }
  return { done: true, counts };
}

/**
 * While one batch is stored the next is decided. False when time is over. The facts of the next
 * are asked for first: the embedded store has one connection, and deciding would wait until the
 * batch is stored.
 */
async function decideQueue(
  leg: DecideLeg,
  object: DecidedObject,
  queue: Queue,
  counts: Record<string, number>,
): Promise<boolean> {
  let batch = await draftAfter(leg, object, queue, queue.after);
  while (batch.due.length > 0) {
    if (leg.clock.isOver()) {
      await storeBatch(leg, object, batch, counts);
      return false;
    }
    const next = ahead(draftAfter(leg, object, queue, batch.due.at(-1)!.id));
    await storeBatch(leg, object, batch, counts);
    batch = await next;
  }
  return true;
}

/** Decided records of one object, not yet stored. */
interface DraftBatch {
  due: Due[];
  /** Dirty markers as they were when the facts were read: adopting a plan clears these. */
  markers: Map<string, number>;
  drafts: Draft[];
  /** Ids that a value unknown to the mapping holds back. */
  quarantined: Set<string>;
  /** Decided opportunities where a text that should name a partner names none. */
  unnamed: { nobody: number; ambiguous: number };
}

async function draftAfter(
  leg: DecideLeg,
  object: DecidedObject,
  queue: Queue,
  after: string | null,
): Promise<DraftBatch> {
  const { due, inputs } = await leg.store.reading(async (store) => {
    const records = await queue.next(store, after);
    const ids = records.map((record) => record.id);
    return { due: records, inputs: await inputsOf(leg, store, object, ids) };
  });
  const batch: DraftBatch = {
    due,
    markers: new Map(),
    drafts: [],
    quarantined: new Set(),
    unnamed: { nobody: 0, ambiguous: 0 },
  };
  let made = 0;
  for (const given of inputs) {
    draft(leg, batch, given);
    made += 1;
    if (made % sliceSize === 0) {
      await setImmediate(); // The batch being stored has statements to send in between.
    }
  }
  return batch;
}

/** Records decided in one go: a few milliseconds. */
const sliceSize = 100;

type Inputs = OpportunityInputs | PartnerInputs;

async function inputsOf(
  leg: DecideLeg,
  store: FactReads,
  object: DecidedObject,
  ids: string[],
): Promise<Iterable<Inputs>> {
  const from = { ...leg.facts, store };
  if (object === 'opportunity') {
    return opportunityInputs(from, ids);
  }
  return leg.open.mapping.policy.tiers === null ? [] : partnerInputs(from, ids);
}

function draft(leg: DecideLeg, batch: DraftBatch, inputs: Inputs): void {
  if (inputs.row.deleted) {
    return;
  }
  if (inputs.quarantined) {
    batch.quarantined.add(inputs.row.id);
    return;
  }
  if (inputs.row.dirty !== null) {
    batch.markers.set(inputs.row.id, inputs.row.dirty);
  }
  if ('unnamed' in inputs && inputs.unnamed !== null) {
    batch.unnamed[inputs.unnamed] += 1;
  }
  const made = 'tier' in inputs ? partnerDrafts(leg, inputs) : opportunityDrafts(leg, inputs);
  batch.drafts.push(...made);
}

async function storeBatch(
  leg: DecideLeg,
  object: DecidedObject,
  { due, markers, drafts, quarantined, unnamed }: DraftBatch,
  counts: Record<string, number>,
): Promise<void> {
  const batch: DecidedBatch = {
    connection: leg.open.name,
    slot: leg.slot,
    version: leg.version,
    runId: leg.runId,
    now: leg.now,
    decisions: [],
    writes: [],
    planRows: [],
    // What could not be decided stays dirty: every run says so until the record is mended.
    clear: due.flatMap(({ id, dirty: given }) => {
      const dirty = given ?? markers.get(id);
      return dirty === undefined || quarantined.has(id) ? [] : [{ object, id, dirty }];
    }),
  };
  await settleDrafts(leg, object, drafts, batch);
  const { enqueued } = await leg.store.saveDecided(batch);
  addTo(counts, 'decided', batch.decisions.filter((d) => d.decision.kind !== 'stale').length);
  addTo(counts, 'enqueued', enqueued);
  addTo(counts, 'quarantined', quarantined.size);
  addTo(counts, 'unnamed', unnamed.nobody);
  addTo(counts, 'ambiguous', unnamed.ambiguous);
  leg.clock.beat(counts);
}

/** A partner's standing. */
function partnerDrafts(leg: DecideLeg, inputs: PartnerInputs): Draft[] {
  const { row, inputHash, owners } = inputs;
  const decision = standTier(inputs.tier, leg.open.mapping.policy, leg.now);
  const made = { decision, lockedAt: null, writable: true, money: '0' };
  return [{ row, inputHash, owners, ...made, decideAgain: null }];
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
  const drafts: Draft[] = [
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
  ];
  if (!goesWithoutSaying(stale, inputs)) {
    const writable = inScope(stale);
    const made = { decision: stale, lockedAt: null, writable, money: '0' };
    drafts.push({ row, inputHash, owners, ...made, decideAgain: null });
  }
  return drafts;
}

/**
 * Not stale, never was, and time will not change it: a closed opportunity. Ten years of them would
 * be half of all decisions.
 */
function goesWithoutSaying(stale: Decision, { row, owners }: OpportunityInputs): boolean {
  return (
    owners.priors.stale === undefined &&
    stale.dueAt === null &&
    stale.alert === null &&
    Object.entries(stale.fields).every(([key, value]) => !value && !row.fields[key])
  );
}
