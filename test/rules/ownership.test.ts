/** Who writes a field: the table of design.md section 4, and that nobody ever wars. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  editTask,
  type FieldSituation,
  fieldVerdict,
  type HumanEditRule,
} from '../../rules/ownership.ts';
import type { FieldHistory } from '../../rules/types.ts';

const us = '005US';
const person = '005BEN';

function situation(change: Partial<FieldSituation>): FieldSituation {
  return {
    desired: true,
    mirrored: false,
    lastWritten: { value: true, seq: 7 },
    modifiedBy: person,
    ourUserId: us,
    rule: 'restore_then_dispute',
    history: null,
    held: undefined,
    disputed: false,
    ...change,
  };
}

function history(change: Partial<FieldHistory>): FieldHistory {
  return { stance: 'restored', edits: 1, flips: 0, writtenSeq: 5, wanted: true, ...change };
}

test.each<[string, Partial<FieldSituation>, boolean, string]>([
  ['a field that was never ours is written', { lastWritten: null }, true, 'ours'],
  [
    'a value that is still what we wrote follows the decision',
    { lastWritten: { value: false, seq: 7 } },
    true,
    'ours',
  ],
  ['a first edit is put back', {}, true, 'restored'],
  ['a second edit opens a dispute', { history: history({}) }, false, 'disputed'],
  [
    'a second edit is left, where the mapping says so',
    { history: history({}), rule: 'restore_then_yield' },
    false,
    'yielded',
  ],
  ['a first edit is left, where people keep the field', { rule: 'keep' }, false, 'yielded'],
  [
    'an edit by nobody named counts as a person',
    { modifiedBy: null, ourUserId: null },
    true,
    'restored',
  ],
  [
    'an edit read again before it is answered is the same one',
    { history: history({ writtenSeq: 7 }) },
    true,
    'restored',
  ],
  ['a flip by our own user is answered once', { modifiedBy: us }, true, 'automation'],
  [
    'a second flip by our own user trips the breaker',
    { modifiedBy: us, history: history({ stance: 'automation', edits: 0, flips: 1 }) },
    false,
    'broken',
  ],
  [
    'a yield lasts while the same value is decided',
    { history: history({ stance: 'yielded' }) },
    false,
    'yielded',
  ],
  [
    'a yield is over when another value is decided',
    { desired: 'x', mirrored: true, history: history({ stance: 'yielded' }) },
    true,
    'ours',
  ],
  ['an open dispute outlasts any decision', { disputed: true, desired: 'x' }, false, 'disputed'],
  ['a held value is not written', { held: true }, false, 'held'],
])('%s', (_name, change, write, because) => {
  expect(fieldVerdict(situation(change))).toMatchObject({ write, because });
});

test('a hold is over when another value is decided', () => {
  const verdict = fieldVerdict(situation({ held: 'old', lastWritten: { value: false, seq: 7 } }));
  expect(verdict).toMatchObject({ write: true, releasesHold: true });
});

test('however often people or programs edit a field, it is written at most once against them', () => {
  const rules: HumanEditRule[] = ['restore_then_yield', 'restore_then_dispute', 'keep'];
  fc.assert(
    fc.property(
      fc.constantFrom(...rules),
      fc.array(fc.constantFrom(us, person, null), { maxLength: 30 }),
      (rule, editors) => {
        let known: FieldHistory | null = null;
        let disputed = false;
        let seq = 1;
        let mirrored = true;
        let against = 0;
        let edits = 0;
        for (const modifiedBy of editors) {
          // Each editor wants false; the decision stays true.
          mirrored = false;
          edits += 1;
          const verdict = fieldVerdict(
            situation({
              rule,
              mirrored,
              modifiedBy,
              history: known,
              disputed,
              lastWritten: { value: true, seq },
            }),
          );
          known = verdict.seen ?? known;
          disputed ||= verdict.because === 'disputed';
          if (verdict.write) {
            against += 1;
            seq += 1;
            mirrored = true;
          }
        }
        // Once against people, once against another program.
        expect(against).toBeLessThanOrEqual(rule === 'keep' ? 1 : 2);
        expect(against).toBeLessThanOrEqual(edits);
      },
    ),
  );
});

test('one task an edit: its key counts the edits, and a value that people keep makes none', () => {
  const told = {
    connection: 'acme',
    object: 'opportunity' as const,
    recordId: '006',
    recordName: 'Acme renewal',
    field: 'partner_sourced',
    label: 'Partner Sourced',
    who: 'Ben Osei',
    at: '2026-03-02T09:00:00.000Z',
    found: 'not ticked',
    wanted: 'ticked',
    reason: 'Sourced by Northgate. Rule R3.',
    rule: 'restore_then_dispute' as const,
  };
  const first = editTask(told, history({}))!;
  expect(first.key).toBe('acme:006:restored:partner_sourced:1');
  expect(first.body).toContain('Ben Osei set Partner Sourced of Acme renewal to not ticked.');
  expect(first.body).toContain('Sourced by Northgate. Rule R3.');
  expect(first.forFallbackOwner).toBe(false);
  expect(editTask(told, history({ stance: 'disputed', edits: 2 }))).toBeNull();
  expect(editTask({ ...told, rule: 'keep' }, history({ stance: 'yielded' }))).toBeNull();
  const broken = editTask(told, history({ stance: 'broken', flips: 2 }))!;
  expect(broken.key).toBe('acme:006:breaker:partner_sourced:2');
  expect(broken.forFallbackOwner).toBe(true);
});
