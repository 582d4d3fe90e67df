/** Texts an attacker would put into a record, a mapping or a file, as a generator. */
import fc from 'fast-check';

/** What ends strings, starts conditions, comments, cells, rows or formulas somewhere. */
const fragments = [
  "'",
  "''",
  '"',
  '""',
  '\\',
  "\\'",
  '\\\\',
  '\\u0027',
  '\\n',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\b',
  '\f',
  '\u0000',
  '\u2028',
  '\u02bc',
  '\uff07',
  '\u0301',
  '😀',
  '%',
  '_',
  '(',
  ')',
  ',',
  ';',
  '|',
  '^',
  '`',
  ':bind',
  '--',
  '/*',
  '//',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '=cmd|"/c calc"!A1',
  '#N/A',
  ' OR ',
  ' AND ',
  " OR Name != '",
  "') OR (Name != '",
  "' LIMIT 1",
  ' ALL ROWS',
  ' FOR UPDATE',
  ' ORDER BY Id',
  'null',
  'TODAY',
  '\ufeff',
  'Partner',
];

/** Fragments and any characters at all, in any order, never blank; at most `maxLength` characters. */
export function hostileText(maxLength = 80): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 4 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((parts) => parts.join('').slice(0, maxLength).toWellFormed())
    .filter((text) => text.trim() !== '');
}
