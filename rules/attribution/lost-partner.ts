/**
 * A credited partner that was deleted (case 18). A CRM that deletes a partner may empty the fields that
 * named it, so the facts no longer do; what was decided before still does.
 */
import type { Decision, Evidence, FieldValues, PartnerFact, PriorDecision } from '../types.ts';
import type { AttributionFacts } from './facts.ts';

/** Memory among the fields, written to no CRM: the deleted partner an open opportunity waits for. */
export const lostKey = 'attribution_lost_partner';

/** The partner the last decision credited or waited for, where it is deleted now. */
export function lostPartner({ prior, partners }: AttributionFacts): PartnerFact | null {
  for (const id of prior === null ? none : partnersOf(prior)) {
    const partner = partners.get(id);
    if (partner?.deleted) {
      return partner;
    }
  }
  return null;
}

const none: readonly string[] = [];

/** Partners a decision names without the facts. */
export function partnersOf({
  fields,
  credits,
}: Pick<PriorDecision, 'fields' | 'credits'>): string[] {
  const waited = fields[lostKey];
  const credited = credits.map(({ partnerId }) => partnerId);
  return typeof waited === 'string' ? [waited, ...credited] : credited;
}

type Fresh = Omit<Decision, 'dueAt'>;

/**
 * A closed opportunity keeps what it was decided as, even before it locks: history is never emptied.
 * Status, lock and memory are those of now.
 */
export function keptOf(fresh: Fresh, prior: PriorDecision, lost: PartnerFact): Fresh {
  const line: Evidence = {
    kind: 'partner',
    id: lost.id,
    at: null,
    text: 'Its partner was deleted after the close: the attribution stays as it was.',
  };
  return {
    ...fresh,
    rule: prior.rule,
    fields: { ...fresh.fields, ...decidedFields(prior.fields) },
    reason: prior.reason,
    credits: prior.credits,
    evidence: [line, ...fresh.evidence],
    counterfactual: null,
    alert: null,
  };
}

/** All but what goes on changing when nothing is decided anew. */
function decidedFields(fields: FieldValues): FieldValues {
  const changing = new Set(['attribution_status', 'attribution_locked_at']);
  const memory = /^attribution_(closed_at|won|counts_from)$/;
  return Object.fromEntries(
    Object.entries(fields).filter(([key]) => !changing.has(key) && !memory.test(key)),
  );
}
