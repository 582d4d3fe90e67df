/** R0: what is locked stays as it was decided; only an override by a person opens it. */
import type { Life } from '../lock.ts';
import { sayInstant } from '../sentences.ts';
import type { Decision, Evidence, FieldValues, PriorDecision } from '../types.ts';

/**
 * The last decision, unchanged: fields, reason and credits. `fresh` is what the rules say of the
 * evidence up to the lock; it lends its evidence and counterfactual, and takes over where the last
 * decision was an override that has ended.
 */
export function locked(
  fresh: Omit<Decision, 'dueAt'>,
  prior: PriorDecision,
  life: Life,
): Omit<Decision, 'dueAt'> {
  if (prior.rule === 'R1') {
    return fresh;
  }
  const by = String(prior.fields['attribution_rule'] ?? prior.rule);
  const line: Evidence = {
    kind: 'policy',
    id: null,
    at: life.lockedAt,
    text: `Locked ${sayInstant(life.lockedAt!)} as decided by ${by}; later evidence does not count.`,
  };
  const same = fresh.fields['attribution_type'] === prior.fields['attribution_type'];
  return {
    ...fresh,
    rule: 'R0',
    fields: withDispute(prior.fields, fresh.fields),
    reason: prior.reason,
    credits: prior.credits,
    evidence: [line, ...reopenedLine(fresh, life), ...fresh.evidence],
    counterfactual: same ? fresh.counterfactual : null,
    alert: same ? fresh.alert : null,
  };
}

/** A dispute overlays a lock, and the lock shows again when the dispute is over. */
function withDispute(kept: FieldValues, fresh: FieldValues): FieldValues {
  const key = 'attribution_status';
  const disputed = kept[key] === 'Disputed' || fresh[key] === 'Disputed';
  return disputed ? { ...kept, [key]: fresh[key] ?? null } : kept;
}

/** Case 13: a won deal re-opened after its lock keeps the attribution; people must restate it. */
function reopenedLine({ id }: Pick<Decision, 'id'>, life: Life): Evidence[] {
  if (life.closedAt !== null) {
    return [];
  }
  const text = 'Open again after the lock: the attribution stays, a restatement is up to people.';
  return [{ kind: 'opportunity', id, at: null, text }];
}
