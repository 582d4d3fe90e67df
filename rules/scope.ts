/** Which decisions are written to the CRM on the first day and after (design.md, First day). */
import type { CanonicalValue, Decision, Instant, OpportunityFact, WriteScope } from './types.ts';

/**
 * True when a decision on an opportunity may be written. Records that closed before activation
 * (or at an unknown time) follow `closedBeforeActivation`; a Direct attribution follows `direct`.
 * `mirroredType` is the attribution type the CRM holds now: where a partner's credit was written
 * once, its end is written too, or the record would go on showing it.
 */
export function inWriteScope(
  opportunity: Pick<OpportunityFact, 'isClosed' | 'closedAt'>,
  decision: Pick<Decision, 'kind' | 'fields'>,
  scope: WriteScope,
  activatedAt: Instant,
  mirroredType: CanonicalValue = null,
): boolean {
  const { isClosed, closedAt } = opportunity;
  if (isClosed && (closedAt === null || closedAt < activatedAt)) {
    return scope.closedBeforeActivation === 'write' && takesDirect(opportunity, decision, scope);
  }
  if (mirroredType !== null && mirroredType !== '' && mirroredType !== 'Direct') {
    return true;
  }
  return takesDirect(opportunity, decision, scope);
}

/** Stale flags are not attribution: closing must clear one on a Direct deal too. */
function takesDirect(
  opportunity: Pick<OpportunityFact, 'isClosed'>,
  decision: Pick<Decision, 'kind' | 'fields'>,
  scope: WriteScope,
): boolean {
  if (decision.kind !== 'attribution' || decision.fields['attribution_type'] !== 'Direct') {
    return true;
  }
  return scope.direct === 'write' || (scope.direct === 'open_only' && !opportunity.isClosed);
}
