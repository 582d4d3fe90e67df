import { expect, test } from '@jest/globals';
import { type AttributionDecision, attributeOpportunity } from '../../rules/attribution.ts';
import type { Policy, PriorDecision } from '../../rules/types.ts';
import {
  anApproved,
  anOpportunity,
  aPolicy,
  aRegistration,
  aTouch,
  type OpportunityBuilder,
  utc,
} from '../support/facts.ts';

const policy = aPolicy();

function decide(builder: OpportunityBuilder, now: string, by: Policy = policy) {
  return attributeOpportunity(builder.build(), by, utc(now));
}

/** What the store hands on of a decision. */
function asPrior(decision: AttributionDecision, decidedAt: string): PriorDecision {
  const { rule, fields, reason, credits, lockedAt } = decision;
  return { rule, fields, reason, credits, lockedAt, decidedAt: utc(decidedAt) };
}

function status(decision: AttributionDecision) {
  return decision.fields['attribution_status'];
}

const touched = () => anOpportunity().touched(aTouch('acme', 'Discovery', '2026-03-02'));

test('an attribution is confirmed exactly 14 days after creation', () => {
  const before = decide(touched(), '2026-03-15T09:59');

  expect(status(before)).toBe('Provisional');
  expect(before.dueAt).toBe(utc('2026-03-15T10:00'));
  expect(status(decide(touched(), '2026-03-15T10:00'))).toBe('Confirmed');
});

// Closed Monday 6 Apr 2026 10:00Z: day 0 is that Monday, the fifth business day the next one.
test('an attribution locks at the end of the fifth business day after the close', () => {
  const won = () => touched().won('2026-04-06T10:00');
  const before = decide(won(), '2026-04-13T16:59');
  const after = decide(won(), '2026-04-13T17:00');

  expect(status(before)).toBe('Confirmed');
  expect(before.lockedAt).toBeNull();
  expect(before.dueAt).toBe(utc('2026-04-13T17:00'));
  expect(status(after)).toBe('Locked');
  expect(after.lockedAt).toBe(utc('2026-04-13T17:00'));
  expect(after.fields['attribution_locked_at']).toBe(utc('2026-04-13T17:00'));
  expect(after.dueAt).toBeNull();
});

test('a close after business hours on Friday counts from Monday', () => {
  const won = touched().won('2026-04-10T17:00');

  expect(decide(won, '2026-04-20T16:59').lockedAt).toBeNull();
  expect(decide(won, '2026-04-20T17:00').lockedAt).toBe(utc('2026-04-20T17:00'));
});

test.each(['never', 'manual'] as const)('with lock: %s nothing locks by time', (lock) => {
  const by = aPolicy({ attribution: { lock } });

  expect(decide(touched().won('2026-04-06'), '2027-01-01', by).lockedAt).toBeNull();
});

test('closed at an unknown time does not lock by time, and says so', () => {
  const decision = decide(touched().won('2026-04-06').with({ closedAt: null }), '2027-01-01');

  expect(decision.lockedAt).toBeNull();
  expect(decision.evidence.map((line) => line.text)).toContain(
    'It is closed, but when is not known: it does not lock by time.',
  );
});

test('a close before the calendar begins locks after five weekdays', () => {
  const won = anOpportunity().created('2009-01-01').won('2009-05-01T10:00');

  expect(decide(won, '2026-01-01').lockedAt).toBe('2009-05-08T23:59:59.999Z');
});

test('R0: what is locked is unchanged by later evidence, amounts and policies', () => {
  const first = decide(touched().won('2026-04-06T10:00'), '2026-05-01');
  const later = touched()
    .won('2026-04-06T10:00')
    .with({ amount: '9999' })
    .registered(anApproved('birch', '2026-02-17', '2026-06-30'))
    .decidedBefore(asPrior(first, '2026-05-01'));
  const decision = decide(later, '2026-06-01', aPolicy({ attribution: { touches: {} } }));

  expect(decision.rule).toBe('R0');
  expect(decision.fields).toEqual(first.fields);
  expect(decision.reason).toBe(first.reason);
  expect(decision.credits).toEqual(first.credits);
  expect(decision.lockedAt).toBe(first.lockedAt);
  expect(decision.dueAt).toBeNull();
  expect(decision.evidence[0]!.text).toBe(
    'Locked 13 Apr 2026 17:00Z as decided by R7@2026.4; later evidence does not count.',
  );
});

test('an opportunity first seen after its lock is decided once, from evidence up to the lock', () => {
  const seenLate = touched()
    .won('2026-04-06T10:00')
    .registered(
      anApproved('birch', '2026-02-17', '2026-06-30', { decidedAt: utc('2026-04-13T17:01') }),
    );
  const decision = decide(seenLate, '2026-06-01');

  expect(decision.rule).toBe('R6');
  expect(status(decision)).toBe('Locked');
  expect(decision.fields['registration_id']).toBe('DR-birch');
});

test('R1: a valid override wins until the end of its last day, and says what the engine would', () => {
  const override = { type: 'Sourced', reason: 'Agreed', until: '2026-05-31', by: 'U-ops' };
  const opportunity = touched().with({ override });
  const decision = decide(opportunity, '2026-05-31T23:59:59.999Z');

  expect(decision.reason).toBe(
    'Overridden to Sourced for Acme until 31 May 2026 by a person with a reason; ' +
      'the engine would say Influenced (R7). Rule R1.',
  );
  expect(status(decision)).toBe('Overridden');
  expect(decision.fields['sourcing_partner']).toBe('acme');
  expect(decision.dueAt).toBe(utc('2026-06-01'));
  expect(decide(opportunity, '2026-06-01').rule).toBe('R7');
});

test.each([
  { reason: null, text: 'Override to Sourced gives no reason: it is not valid.' },
  { reason: '  ', text: 'Override to Sourced gives no reason: it is not valid.' },
])('R1: an override with the reason $reason is not valid', ({ reason, text }) => {
  const override = { type: 'Sourced', reason, until: null, by: null };
  const decision = decide(touched().with({ override }), '2026-05-01');

  expect(decision.rule).toBe('R7');
  expect(decision.evidence[0]!.text).toBe(text);
});

test('R1: an override to an unknown type is not valid', () => {
  const override = { type: 'Mine', reason: 'x', until: null, by: null };
  const decision = decide(touched().with({ override }), '2026-05-01');

  expect(decision.rule).toBe('R7');
  expect(decision.evidence[0]!.text).toBe(
    'Override to "Mine" is none of the six types: it is not valid.',
  );
});

test('R1: Sourced without any partner in the facts credits nobody', () => {
  const override = { type: 'Sourced', reason: 'x', until: null, by: null };
  const decision = decide(anOpportunity().with({ override }), '2026-05-01');

  expect(decision.reason).toBe(
    'Overridden to Sourced (no partner is named) by a person with a reason; ' +
      'the engine would say Direct (R11). Rule R1.',
  );
  expect(decision.fields['sourcing_partner']).toBeNull();
  expect(decision.credits).toEqual([]);
});

test('R1 opens a lock; when it ends, what was locked is back', () => {
  const won = () => touched().won('2026-04-06T10:00');
  const locked = decide(won(), '2026-05-01');
  const override = { type: 'Direct', reason: 'House account', until: '2026-05-31', by: null };
  const overridden = decide(
    won().with({ override }).decidedBefore(asPrior(locked, '2026-05-01')),
    '2026-05-10',
  );
  const ended = decide(
    won()
      .with({ override })
      .registered(aRegistration('birch', '2026-02-17T10:00', { submittedAt: utc('2026-05-20') }))
      .decidedBefore(asPrior(overridden, '2026-05-10')),
    '2026-06-01',
  );

  expect(overridden.rule).toBe('R1');
  expect(overridden.fields['attribution_type']).toBe('Direct');
  expect(overridden.lockedAt).toBe(locked.lockedAt);
  expect(overridden.dueAt).toBe(utc('2026-06-01'));
  expect(ended.fields).toEqual(locked.fields);
  expect(ended.lockedAt).toBe(locked.lockedAt);
});

const registration = anApproved('acme', '2026-02-17', '2026-05-20');

/** Lost 6 Apr 2026, locked 13 Apr, and open again since the given instant. */
function reopened(at: string) {
  const lost = decide(
    anOpportunity().registered(registration).lost('2026-04-06T10:00'),
    '2026-05-01',
  );
  expect(lost.lockedAt).toBe(utc('2026-04-13T17:00'));
  return anOpportunity()
    .registered(registration)
    .since(at)
    .decidedBefore(asPrior(lost, '2026-05-01'));
}

test('case 12: lost and re-opened within 90 days, the same attribution resumes unlocked', () => {
  const decision = decide(reopened('2026-07-05T10:00'), '2026-07-06');

  expect(decision.rule).toBe('R3');
  expect(decision.lockedAt).toBeNull();
  expect(status(decision)).toBe('Confirmed');
});

test('case 12: re-opened after more than 90 days, it counts as created on the re-opening', () => {
  const again = decide(reopened('2026-07-05T10:01'), '2026-07-06');

  expect(again.fields['attribution_type']).toBe('Direct');
  expect(again.lockedAt).toBeNull();
  expect(again.evidence.map((line) => line.text)).toContain(
    'Re-opened long after it was lost: it counts as created at its re-opening.',
  );

  const moved = anOpportunity()
    .registered(registration, anApproved('birch', '2026-07-01', '2026-09-30'))
    .since('2026-08-01')
    .decidedBefore(asPrior(again, '2026-07-06'));
  const decision = decide(moved, '2026-08-02');
  expect(decision.fields['sourcing_partner']).toBe('birch');
  expect(decision.reason).toContain('before creation (5 Jul 2026 10:01Z)');
});

test('case 12: lost, locked, then won is unlocked; another lost stage is not', () => {
  const lost = decide(anOpportunity().lost('2026-04-06T10:00'), '2026-05-01');
  const prior = asPrior(lost, '2026-05-01');
  const won = decide(touched().won('2026-05-04T10:00').decidedBefore(prior), '2026-05-05');
  const lostAgain = decide(touched().lost('2026-05-04T10:00').decidedBefore(prior), '2026-05-05');

  expect(won.rule).toBe('R7');
  expect(won.lockedAt).toBeNull();
  expect(won.dueAt).toBe(utc('2026-05-11T17:00'));
  expect(lostAgain.rule).toBe('R0');
});

test('case 13: won and re-opened within the correction window is simply open again', () => {
  const won = decide(touched().won('2026-04-06T10:00'), '2026-04-07');
  const open = touched().since('2026-04-08').decidedBefore(asPrior(won, '2026-04-07'));

  expect(decide(open, '2026-04-08').rule).toBe('R7');
  expect(decide(open, '2026-09-01').lockedAt).toBeNull();
});

test('case 13: won and re-opened after the lock stays locked, for people to restate', () => {
  const won = decide(touched().won('2026-04-06T10:00'), '2026-05-01');
  const open = touched().since('2026-05-02').decidedBefore(asPrior(won, '2026-05-01'));
  const decision = decide(open, '2026-05-03');

  expect(decision.rule).toBe('R0');
  expect(decision.fields).toEqual(won.fields);
  expect(decision.evidence.map((line) => line.text)).toContain(
    'Open again after the lock: the attribution stays, a restatement is up to people.',
  );
});

test('case 29: the amount is followed until the lock and not after', () => {
  const sourced = (amount: string) =>
    anOpportunity().registered(registration).won('2026-04-06T10:00').with({ amount });
  const inWindow = decide(sourced('1000'), '2026-04-07');
  const corrected = decide(
    sourced('1200').decidedBefore(asPrior(inWindow, '2026-04-07')),
    '2026-04-14',
  );
  const late = decide(
    sourced('5000').decidedBefore(asPrior(corrected, '2026-04-14')),
    '2026-04-20',
  );

  expect(inWindow.fields['credited_amount']).toBe('1000');
  expect(corrected.fields['credited_amount']).toBe('1200');
  expect(late.fields['credited_amount']).toBe('1200');
});
