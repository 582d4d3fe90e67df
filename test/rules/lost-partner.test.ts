/** Case 18: a CRM that deletes a partner may empty what named it; what was decided is not emptied. */
import { expect, test } from '@jest/globals';
import { attributeOpportunity } from '../../rules/attribution.ts';
import type { PriorDecision } from '../../rules/types.ts';
import {
  anApproved,
  anOpportunity,
  aPartner,
  aPolicy,
  aTouch,
  type OpportunityBuilder,
  utc,
} from '../support/facts.ts';

const policy = aPolicy();

function decide(builder: OpportunityBuilder, now: string) {
  return attributeOpportunity(builder.build(), policy, utc(now));
}

function priorOf(decision: ReturnType<typeof decide>, at: string): PriorDecision {
  const { rule, fields, reason, credits, lockedAt } = decision;
  return { rule, fields, reason, credits, lockedAt, decidedAt: utc(at) };
}

/** The touch of Acme as it is once the CRM has emptied its partner. */
const emptied = aTouch('acme', 'Discovery', '2026-03-05', { partnerId: null });
const gone = aPartner('acme', { deleted: true });

test('open: Pending Review for as long as nobody decides it', () => {
  const touched = anOpportunity().touched(aTouch('acme', 'Discovery', '2026-03-05'));
  const before = decide(touched, '2026-04-01');
  const lost = () => anOpportunity().partner(gone).touched(emptied);

  const first = decide(lost().decidedBefore(priorOf(before, '2026-04-01')), '2026-04-02');
  const second = decide(lost().decidedBefore(priorOf(first, '2026-04-02')), '2026-04-03');
  const closed = decide(
    lost().won('2026-04-04').decidedBefore(priorOf(second, '2026-04-03')),
    '2026-04-05',
  );

  expect(before.rule).toBe('R7');
  for (const decision of [first, second, closed]) {
    expect(decision.reason).toBe(
      'Pending Review: Acme is off-boarded and earns no new credit; what it did on this ' +
        'opportunity needs a decision. Rule R6.',
    );
    expect(decision.credits).toEqual([]);
  }
});

test('closed and not locked: kept as it was, and locked as it was', () => {
  const won = () => anOpportunity().won('2026-04-01');
  const before = decide(won().touched(aTouch('acme', 'Discovery', '2026-03-05')), '2026-04-02');
  const lost = () => won().partner(gone).touched(emptied);

  const kept = decide(lost().decidedBefore(priorOf(before, '2026-04-02')), '2026-04-03');
  const locked = decide(lost().decidedBefore(priorOf(kept, '2026-04-03')), '2026-05-01');

  expect(kept.reason).toBe(before.reason);
  expect(kept.credits).toEqual(before.credits);
  expect(kept.fields).toEqual(before.fields);
  expect(locked.fields).toEqual({
    ...before.fields,
    attribution_status: 'Locked',
    attribution_locked_at: locked.lockedAt,
  });
  expect(locked.lockedAt).not.toBeNull();
});

test('a partner that is there and has the stronger claim goes first', () => {
  const touched = anOpportunity().touched(aTouch('acme', 'Discovery', '2026-03-05'));
  const before = decide(touched, '2026-04-01');

  const decision = decide(
    anOpportunity()
      .partner(gone)
      .touched(emptied)
      .registered(anApproved('birch', '2026-02-17', '2026-05-20'))
      .decidedBefore(priorOf(before, '2026-04-01')),
    '2026-04-02',
  );

  expect(decision.fields['sourcing_partner']).toBe('birch');
});
