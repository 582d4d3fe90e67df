/** The index a page of changes is read along. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SortedIndex } from '../../sandbox/salesforce/sorted-index.ts';
import type { Row } from '../../sandbox/salesforce/values.ts';

const rowOf = ([key, id]: [number, number]): Row => [
  `id${String(id).padStart(3, '0')}`,
  `key${key}`,
];
const byKeyAndId = (a: Row, b: Row) => (`${a[1]}|${a[0]}` < `${b[1]}|${b[0]}` ? -1 : 1);

test('an index with rows added and deleted gives the rest in order of key and id', () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(999)), { selector: ([, id]) => id });
  fc.assert(
    fc.property(pairs, pairs, (loaded, added) => {
      const known = new Set(loaded.map(([, id]) => id));
      const fresh = added.filter(([, id]) => !known.has(id)).map(rowOf);
      const rows = loaded.map(rowOf);
      const index = new SortedIndex(1, rows);
      for (const row of fresh) index.add(row);
      const gone = rows.filter((_, i) => i % 3 === 0);
      for (const row of gone) index.delete(row);

      const expected = [...rows.filter((row) => !gone.includes(row)), ...fresh].sort(byKeyAndId);
      expect([...index.range(null, null)]).toEqual(expected);
      expect([...index.range(null, null, true)]).toEqual(expected.toReversed());
    }),
  );
});

test('chunks split and stay in order when thousands of rows share one key', () => {
  const index = new SortedIndex(1, []);
  const ids = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5000);

  for (const id of ids) index.add([`id${String(id).padStart(4, '0')}`, 'same']);

  const found = [...index.range({ key: 'same', id: 'id0099', inclusive: false }, null)];
  expect(found.length).toBe(4900);
  expect(found[0]?.[0]).toBe('id0100');
});

test.each([
  { name: 'from a key', lower: { key: 'key2', inclusive: true }, upper: null, ids: '2a 2b 3a' },
  { name: 'after a key', lower: { key: 'key2', inclusive: false }, upper: null, ids: '3a' },
  { name: 'to a key', lower: null, upper: { key: 'key2', inclusive: true }, ids: '1a 2a 2b' },
  { name: 'before a key', lower: null, upper: { key: 'key2', inclusive: false }, ids: '1a' },
  {
    name: 'after one row',
    lower: { key: 'key2', id: '2a', inclusive: false },
    upper: null,
    ids: '2b 3a',
  },
  {
    name: 'up to one row',
    lower: null,
    upper: { key: 'key2', id: '2a', inclusive: true },
    ids: '1a 2a',
  },
])('a range $name holds exactly its rows, both ways', ({ lower, upper, ids }) => {
  const rows: Row[] = ['1a', '2a', '2b', '3a'].map((id) => [id, `key${id[0]}`]);
  const index = new SortedIndex(1, rows);

  expect([...index.range(lower, upper)].map((row) => row[0])).toEqual(ids.split(' '));
  expect([...index.range(lower, upper, true)].map((row) => row[0])).toEqual(
    ids.split(' ').reverse(),
  );
});
