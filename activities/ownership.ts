/** Before a decision is written: which of its fields are ours to write, and what edits mean. */
import { saysTheSame } from '../rules/diff.ts';
import { fieldVerdict, humanEditRule, type Verdict } from '../rules/ownership.ts';
import type { DecidedObject, Decision, FieldValues, Instant } from '../rules/types.ts';
import type {
  DecidedBatch,
  DecidedRow,
  DisputeRow,
  FieldChange,
  FieldFacts,
  MirrorRow,
  Stances,
} from '../store/types.ts';
import type { DecideLeg } from './decide-leg.ts';
import { type Changes, changesOf, desiredWrite, wantedFields } from './desired.ts';
import { type CountedEdit, editTasks } from './edit-tasks.ts';
import type { OwnerInputs } from './facts.ts';

/** One decision on its way into the batch. */
export interface Draft {
  row: MirrorRow;
  inputHash: string;
  owners: OwnerInputs;
  decision: Decision;
  lockedAt: Instant | null;
  /** Inside `write.scope`. */
  writable: boolean;
  /** What it moves, in corporate currency. */
  money: string;
  /** The decision with or without an open dispute; null: a dispute changes nothing of it. */
  decideAgain: ((disputed: boolean) => Decision & { lockedAt: Instant | null }) | null;
}

/** Puts drafts into the batch: decisions, writes or plan rows, and what edits of people mean. */
export async function settleDrafts(
  leg: DecideLeg,
  object: DecidedObject,
  drafts: Draft[],
  batch: DecidedBatch,
): Promise<void> {
  const found = new Map<Draft, Changes>();
  for (const draft of drafts.filter(({ writable }) => writable)) {
    found.set(draft, changesOf(leg.target, draft.row, draft.decision));
  }
  const differing = drafts.filter(
    (draft) => Object.keys(found.get(draft)?.changed ?? {}).length > 0,
  );
  const facts = await leg.store.fieldFacts(leg.open.name, object, idsOf(drafts), idsOf(differing));
  const stances: Stances = {
    edits: [],
    disputes: [],
    withdrawn: [],
    released: [],
    forgotten: [],
    held: [],
  };
  const counted: CountedEdit[] = [];
  for (const draft of drafts) {
    const changes = found.get(draft);
    if (changes === undefined) {
      // Out of scope: decided and explained, but neither written nor brought to anybody's notice.
      batch.decisions.push(decidedRow(leg, draft, { ...draft.decision, alert: null }));
    } else {
      settle(leg, { draft, changes }, facts.get(draft.row.id) ?? nothing, batch, stances, counted);
    }
  }
  if (leg.slot === 'live') {
    batch.stances = stances;
    batch.writes.push(...(await editTasks(leg, object, counted)));
  }
}

function decidedRow(leg: DecideLeg, draft: Draft, decision: Decision): DecidedRow {
  const { inputHash, lockedAt, owners } = draft;
  // A plan's slot has decisions of its own; those of the live slot are read with the facts.
  const live = leg.slot === 'live';
  return {
    decision,
    inputHash,
    lockedAt,
    ...(live ? { replaces: owners.priors[decision.kind] ?? null } : {}),
  };
}

const nothing: FieldFacts = { lastWritten: {}, open: new Set(), edits: {}, holds: {} };

function idsOf(drafts: Draft[]): string[] {
  return [...new Set(drafts.map((draft) => draft.row.id))];
}

function settle(
  leg: DecideLeg,
  { draft, changes }: { draft: Draft; changes: Changes },
  facts: FieldFacts,
  batch: DecidedBatch,
  stances: Stances,
  counted: CountedEdit[],
): void {
  const { row, owners } = draft;
  const own = owners.disputes.filter(({ kind }) => kind === draft.decision.kind);
  let judged = judge(leg, { draft, changes }, facts, own);
  const stillDisputed = judged.disputed.length + own.length - judged.withdrawn.length > 0;
  if (draft.decideAgain !== null && stillDisputed !== own.length > 0) {
    const { lockedAt, ...decision } = draft.decideAgain(stillDisputed);
    draft.decision = decision;
    draft.lockedAt = lockedAt;
    const again = changesOf(leg.target, row, draft.decision);
    judged = judge(leg, { draft, changes: again }, facts, own);
  }
  const { object, kind } = draft.decision;
  for (const { field, change, verdict } of judged.seen) {
    const seen = verdict.seen!;
    const edit = { object, recordId: row.id, field, ...seen };
    const said = { found: change.before, byUser: row.modifiedBy, seenAt: leg.now };
    stances.edits.push({ ...edit, ...said });
    counted.push({ row, decision: draft.decision, field, change, seen, rule: ruleOf(leg, draft) });
  }
  for (const { field, change } of judged.disputed) {
    const values = { ours: change.value, theirs: change.before, byUser: row.modifiedBy };
    stances.disputes.push({ object, recordId: row.id, field, kind, ...values });
  }
  const key = (field: string) => ({ object, recordId: row.id, field });
  stances.withdrawn.push(...judged.withdrawn.map(({ field }) => key(field)));
  stances.released.push(...judged.released.map(key));
  stances.forgotten.push(...judged.forgotten.map(key));
  stances.held.push(...judged.held.map(key));

  batch.decisions.push(decidedRow(leg, draft, draft.decision));
  const desired = desiredWrite(leg.target, row, draft, judged.write);
  if (desired !== null && leg.slot === 'live') {
    batch.writes.push(desired.write);
  } else if (desired !== null) {
    batch.planRows.push(...desired.planRows);
  }
}

interface Judged {
  write: Record<string, FieldChange>;
  /** Edits counted just now. */
  seen: { field: string; change: FieldChange; verdict: Verdict }[];
  /** New disputes among them. */
  disputed: { field: string; change: FieldChange }[];
  /** Open disputes whose field holds the decided value again. */
  withdrawn: DisputeRow[];
  released: string[];
  forgotten: string[];
  held: string[];
}

function judge(
  leg: DecideLeg,
  { draft, changes: { wanted, changed } }: { draft: Draft; changes: Changes },
  facts: FieldFacts,
  disputes: DisputeRow[],
): Judged {
  const judged: Judged = {
    write: {},
    seen: [],
    disputed: [],
    withdrawn: [],
    released: [],
    forgotten: [],
    held: [],
  };
  for (const [field, change] of Object.entries(changed)) {
    const verdict = verdictOf(leg, draft, facts, disputes, field, change);
    if (verdict.write) {
      judged.write[field] = change;
    }
    if (verdict.seen !== null) {
      judged.seen.push({ field, change, verdict });
      if (verdict.because === 'disputed') {
        judged.disputed.push({ field, change });
      }
    }
    if (verdict.releasesHold) {
      judged.released.push(field);
    }
  }
  for (const [field, hold] of Object.entries(facts.holds)) {
    if (field in wanted && wanted[field] === hold.value) {
      judged.held.push(field);
    } else if (field in wanted && !(field in changed)) {
      judged.released.push(field);
    }
  }
  for (const [field, edit] of Object.entries(facts.edits)) {
    const over = edit.stance === 'yielded' || edit.stance === 'broken';
    if (over && field in wanted && wanted[field] !== edit.wanted) {
      judged.forgotten.push(field);
    }
  }
  judged.withdrawn = disputes.filter(({ field }) => {
    const change = changed[field];
    return field in wanted && (change === undefined || saysTheSame(change.value, change.before));
  });
  return judged;
}

function verdictOf(
  leg: DecideLeg,
  draft: Draft,
  facts: FieldFacts,
  disputes: DisputeRow[],
  field: string,
  change: FieldChange,
): Verdict {
  const last = facts.lastWritten[field] ?? foundAsDecided(leg, draft, facts, field);
  // Emptying a box that is not ticked says nothing else: it is written again without a word.
  const isEmptied = last?.value === false && change.value === false && change.before === null;
  return fieldVerdict({
    desired: change.value,
    mirrored: change.before,
    lastWritten: isEmptied ? { ...last, value: null } : last,
    modifiedBy: draft.row.modifiedBy,
    ourUserId: leg.open.row.userId,
    rule: ruleOf(leg, draft),
    history: facts.edits[field] ?? null,
    // A new version is a person's decision: it writes what an undo of an older one held back.
    held: isNewVersion(leg) ? undefined : facts.holds[field]?.value,
    disputed: disputes.some((dispute) => dispute.field === field),
  });
}

/**
 * A field that was never written because the CRM held the decided value: that value counts as
 * ours, or a person's edit would be overwritten without a word. Only where the last decision
 * stands for what the CRM held: same version, same side of closing (`write.scope` looks at it),
 * and no write of it under way.
 */
function foundAsDecided(
  leg: DecideLeg,
  { row, decision, owners }: Draft,
  facts: FieldFacts,
  field: string,
): { value: FieldValues[string]; seq: number } | null {
  // A closed opportunity that was never stale has no decision of that kind: it says "not stale".
  const unsaid = decision.kind === 'stale' && owners.priors.attribution;
  const prior =
    owners.priors[decision.kind] ?? (unsaid ? { ...unsaid, fields: { stale: false } } : undefined);
  if (prior === undefined || prior.version !== leg.version || facts.open.has(field)) {
    return null;
  }
  const closed = 'attribution_closed_at';
  if ((prior.fields[closed] ?? null) !== (decision.fields[closed] ?? null)) {
    return null;
  }
  const held = wantedFields(leg.target, decision.object, prior);
  if (!(field in held)) {
    return null;
  }
  const value = held[field] ?? null;
  // A box that was never ticked is empty on HubSpot; nobody has edited it.
  const isUnticked = value === false && (row.fields[field] ?? null) === null;
  return { value: isUnticked ? null : value, seq: 0 };
}

function isNewVersion(leg: DecideLeg): boolean {
  return leg.slot !== 'live' && leg.version !== leg.open.active?.id;
}

function ruleOf(leg: DecideLeg, { decision }: Draft) {
  return humanEditRule(decision.kind, leg.open.mapping.onHumanEdit);
}
