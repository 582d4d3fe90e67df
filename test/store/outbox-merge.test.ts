/** The merge of a desired change with what the outbox holds, case by case. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Fields,
  foldIntoNewer,
  mergeDesire,
  type OutboxRecord,
  rebase,
} from '../../store/outbox-merge.ts';

const record = (rest: Partial<OutboxRecord> = {}): OutboxRecord => ({
  open: null,
  inFlight: {},
  mirrored: { tier: 'Silver', stale: false },
  ...rest,
});
const wants = (fields: Fields, decided = Object.keys(fields)) => ({
  fields,
  decided: new Set(decided),
});
const gold = { tier: { value: 'Gold', before: 'Silver' } };

test('a first desire becomes a pending row', () => {
  expect(mergeDesire(record(), wants(gold))).toEqual({
    change: 'store',
    state: 'pending',
    fields: gold,
  });
});

test('what the CRM holds already is not wanted', () => {
  const same = { tier: { value: 'Silver', before: 'Gold' } };
  expect(mergeDesire(record(), wants(same))).toEqual({ change: 'none' });
});

test('a newer value replaces the waiting one; before stays the first', () => {
  const open = { state: 'pending' as const, fields: gold };
  const platinum = { tier: { value: 'Platinum', before: 'Gold' } };
  expect(mergeDesire(record({ open }), wants(platinum))).toEqual({
    change: 'store',
    state: 'pending',
    fields: { tier: { value: 'Platinum', before: 'Silver' } },
  });
});

test('fields of another decision stay in the row', () => {
  const open = { state: 'pending' as const, fields: gold };
  const stale = { stale: { value: true, before: false } };
  expect(mergeDesire(record({ open }), wants(stale))).toMatchObject({
    fields: { ...gold, ...stale },
  });
});

test('a decision that is back at the CRM value empties the row', () => {
  const open = { state: 'pending' as const, fields: gold };
  expect(mergeDesire(record({ open }), wants({}, ['tier']))).toEqual({ change: 'drop' });
  const back = { tier: { value: 'Silver', before: 'Silver' } };
  expect(mergeDesire(record({ open }), wants(back))).toEqual({ change: 'drop' });
});

test('the same desire again changes nothing, also when only the stamp differs', () => {
  const stamped = (at: string): Fields => ({
    ...gold,
    attribution_evaluated_at: { value: at, before: null },
  });
  const open = { state: 'failed' as const, fields: stamped('2026-01-01T00:00:00.000Z') };
  const again = wants(stamped('2026-01-02T00:00:00.000Z'));
  expect(mergeDesire(record({ open }), again)).toEqual({ change: 'none' });
});

test('a stamp alone is no change', () => {
  const stamp = { attribution_evaluated_at: { value: '2026-01-01T00:00:00.000Z', before: null } };
  expect(mergeDesire(record(), wants(stamp))).toEqual({ change: 'none' });
});

test('a refused row with other values is tried again', () => {
  const open = { state: 'failed' as const, fields: gold };
  const bronze = { tier: { value: 'Bronze', before: 'Silver' } };
  expect(mergeDesire(record({ open }), wants(bronze))).toMatchObject({ state: 'pending' });
});

test('a held row is refreshed where it is', () => {
  const open = { state: 'held' as const, fields: gold };
  const bronze = { tier: { value: 'Bronze', before: 'Silver' } };
  expect(mergeDesire(record({ open }), wants(bronze))).toMatchObject({ state: 'held' });
});

test('an unclear row takes back what is not wanted any more, as it may have arrived', () => {
  const open = { state: 'unclear' as const, fields: gold };
  expect(mergeDesire(record({ open }), wants({}, ['tier']))).toEqual({
    change: 'store',
    state: 'unclear',
    fields: { tier: { value: 'Silver', before: 'Silver' } },
  });
});

test('an unclear row that was seen to have arrived is left to be read back, not taken back', () => {
  const open = { state: 'unclear' as const, fields: gold };
  const arrived = record({ open, mirrored: { tier: 'Gold', stale: false } });
  expect(mergeDesire(arrived, wants({}, ['tier']))).toEqual({ change: 'none' });
});

test('an unclear row ends at what a person has made of the field meanwhile, if that is wanted', () => {
  const open = { state: 'unclear' as const, fields: gold };
  const cleared = record({ open, mirrored: { tier: null, stale: false } });
  expect(mergeDesire(cleared, wants({}, ['tier']))).toMatchObject({
    fields: { tier: { value: null, before: 'Silver' } },
  });
});

test('while a value is on its way: the same is not wanted twice, the old one is wanted back', () => {
  const flying = record({ inFlight: gold });
  expect(mergeDesire(flying, wants(gold))).toEqual({ change: 'none' });
  const back = { tier: { value: 'Silver', before: 'Silver' } };
  expect(mergeDesire(flying, wants(back))).toEqual({
    change: 'store',
    state: 'pending',
    fields: { tier: { value: 'Silver', before: 'Gold' } },
  });
});

test('after a write the waiting row keeps a clearing of a field the write did not touch', () => {
  const open = { state: 'pending' as const, fields: { note: { value: null, before: 'x' } } };
  expect(rebase(record({ open, mirrored: { tier: 'Gold' } }))).toEqual({ change: 'none' });
});

test('a row folded into a newer one: newer values, older before', () => {
  const newer = {
    tier: { value: 'Silver', before: 'Gold' },
    stale: { value: true, before: false },
  };
  expect(foldIntoNewer({ ...gold, reason: { value: 'r', before: null } }, newer)).toEqual({
    tier: { value: 'Silver', before: 'Silver' },
    stale: { value: true, before: false },
    reason: { value: 'r', before: null },
  });
});

test('whatever was decided in whatever order, only the last decision counts', () => {
  const value = fc.constantFrom('Silver', 'Gold', 'Platinum', null);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (values) => {
      let open: OutboxRecord['open'] = null;
      for (const wanted of values) {
        const fields: Fields =
          wanted === 'Silver' ? {} : { tier: { value: wanted, before: 'Silver' } };
        const merged = mergeDesire(record({ open }), wants(fields, ['tier']));
        if (merged.change === 'store' && merged.state !== 'unclear') {
          open = { state: merged.state, fields: merged.fields };
        } else if (merged.change === 'drop') {
          open = null;
        }
      }
      const last = values.at(-1);
      expect(open?.fields['tier']?.value).toEqual(last === 'Silver' ? undefined : last);
    }),
  );
});
