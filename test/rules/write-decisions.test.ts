import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diffFields } from '../../rules/diff.ts';
import { exceedsGuard } from '../../rules/guard.ts';
import { inWriteScope } from '../../rules/scope.ts';
import type { FieldValues } from '../../rules/types.ts';
import { utc } from '../support/facts.ts';

// diff

test('a diff names the owned fields that differ, with the value they replace', () => {
  const desired = { a: 'x', b: null, c: 3, d: true };
  const mirrored = { a: 'x', b: 'old', c: '3', d: true };

  expect(diffFields(desired, mirrored, ['a', 'b', 'c'])).toEqual({
    b: { value: null, before: 'old' },
    c: { value: 3, before: '3' },
  });
});

test('a field the mirror lacks counts as empty; one the decision is silent on is left alone', () => {
  expect(diffFields({ a: null, b: 1 }, { c: 5 }, ['a', 'b', 'c'])).toEqual({
    b: { value: 1, before: null },
  });
});

const values: fc.Arbitrary<FieldValues> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
);

test('diff(x, x) is empty; applying a diff leaves nothing to change', () => {
  fc.assert(
    fc.property(values, values, (desired, mirrored) => {
      const keys = ['a', 'b', 'c', 'd'];
      const changed = diffFields(desired, mirrored, keys);
      const written = Object.fromEntries(
        Object.entries(changed).map(([key, change]) => [key, change.value]),
      );

      expect(diffFields(desired, desired, keys)).toEqual({});
      expect(diffFields(desired, { ...mirrored, ...written }, keys)).toEqual({});
    }),
  );
});

// guard

test.each([
  { changed: 501, live: 5_009, held: true, why: 'over both limits' },
  { changed: 501, live: 5_010, held: false, why: 'exactly 10 %' },
  { changed: 500, live: 600, held: false, why: 'exactly 500 records' },
  { changed: 5_000, live: 100_000, held: false, why: 'many, but 5 %' },
])('the guard: $changed of $live records is held: $held ($why)', ({ changed, live, held }) => {
  const policy = { maxRecords: 500, maxBasisPointsOfObject: 1000 };

  expect(exceedsGuard({ changed, live }, policy)).toBe(held);
});

// scope

const activatedAt = utc('2026-04-01');
const open = { isClosed: false, closedAt: null };
const closed = (at: string | null) => ({ isClosed: true, closedAt: at === null ? null : utc(at) });
const attribution = (type: string) => ({
  kind: 'attribution' as const,
  fields: { attribution_type: type },
});
const stale = { kind: 'stale' as const, fields: { stale: true } };
const shipped = { closedBeforeActivation: 'skip', direct: 'open_only' } as const;

test.each([
  { what: 'open and Sourced', record: open, type: 'Sourced', written: true },
  { what: 'open and Direct', record: open, type: 'Direct', written: true },
  { what: 'closed before', record: closed('2026-03-31T23:59'), type: 'Sourced', written: false },
  { what: 'closed at activation', record: closed('2026-04-01'), type: 'Sourced', written: true },
  { what: 'closed after, Direct', record: closed('2026-04-02'), type: 'Direct', written: false },
  { what: 'closed at no known time', record: closed(null), type: 'Sourced', written: false },
])('the shipped scope: $what is written: $written', ({ record, type, written }) => {
  expect(inWriteScope(record, attribution(type), shipped, activatedAt)).toBe(written);
});

test('direct: skip and write, closed before: write', () => {
  const direct = attribution('Direct');
  const skip = { closedBeforeActivation: 'write', direct: 'skip' } as const;
  const all = { closedBeforeActivation: 'write', direct: 'write' } as const;

  expect(inWriteScope(open, direct, skip, activatedAt)).toBe(false);
  expect(inWriteScope(closed('2020-01-01'), attribution('Sourced'), skip, activatedAt)).toBe(true);
  expect(inWriteScope(closed('2020-01-01'), direct, skip, activatedAt)).toBe(false);
  expect(inWriteScope(closed('2020-01-01'), direct, all, activatedAt)).toBe(true);
});

test('credit that was written once is taken back even where Direct is not written', () => {
  const closedLater = closed('2026-04-02');
  const direct = attribution('Direct');

  expect(inWriteScope(closedLater, direct, shipped, activatedAt, 'Sourced')).toBe(true);
  expect(inWriteScope(closedLater, direct, shipped, activatedAt, 'Direct')).toBe(false);
  expect(inWriteScope(closed('2020-01-01'), direct, shipped, activatedAt, 'Sourced')).toBe(false);
});

test('a stale flag of a deal that closes is cleared, whatever its attribution', () => {
  expect(inWriteScope(closed('2026-04-02'), stale, shipped, activatedAt)).toBe(true);
  expect(inWriteScope(closed('2026-03-02'), stale, shipped, activatedAt)).toBe(false);
});
