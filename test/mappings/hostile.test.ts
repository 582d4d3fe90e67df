/** Hostile and broken files end as problems: nothing is thrown, shown or let through. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAMES} are what people write in the YAML.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { whereProblem } from '../../mappings/where.ts';
import { load, plainMapping, problemLines } from './files.ts';

test('a YAML bomb is stopped at a count of values, quickly', () => {
  const levels = Array.from({ length: 9 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
  ).join('\n');
  // Processor time, not the clock on the wall: other work on the machine is not ours.
  const started = process.cpuUsage();

  const lines = problemLines({ 'acme.yaml': levels });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/more than (100 aliases|20000 values)/);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});

test('an alias that contains itself is stopped', () => {
  expect(problemLines({ 'acme.yaml': 'a: &a [*a]\n' })[0]).toMatch(/m\/acme\.yaml:1:\d+ /);
});

test.each([
  { name: 'brackets', text: `a: ${'['.repeat(20_000)}` },
  { name: 'dashes', text: `${'- '.repeat(20_000)}x` },
  { name: 'maps', text: Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n') },
])('nesting without end is refused in one line: $name', ({ text }) => {
  const lines = problemLines({ 'acme.yaml': text });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('nested deeper than 20 levels.');
});

test('a file of more than 256 KiB is refused', () => {
  expect(problemLines({ 'acme.yaml': `a: "${'x'.repeat(262_144)}"` })).toEqual([
    'm/acme.yaml:1:1 the file is larger than 256 KiB.',
  ]);
});

test.each([
  { name: 'tabs', text: 'a:\n\tb: 1\n', says: 'indent with spaces, not with tabs.' },
  { name: 'an open quote', text: 'a: "x\n', says: 'not valid YAML' },
  { name: 'a tag', text: 'a: !!js/function x\n', says: 'tags ("!...") are not read' },
  { name: 'two documents', text: 'a: 1\n---\nb: 2\n', says: 'expected one document' },
  { name: 'a list as a key', text: '? [a]\n: 1\n', says: 'expected a key' },
  { name: 'the prototype as a key', text: '__proto__: { a: 1 }\n', says: '"__proto__" cannot be' },
  { name: 'a merge key', text: `${plainMapping}<<: { a: 1 }\n`, says: 'use "extends"' },
])('broken YAML is told with its position: $name', ({ text, says }) => {
  const lines = problemLines({ 'acme.yaml': text });

  expect(lines.join('\n')).toContain(says);
  expect(lines[0]).toMatch(/^m\/acme\.yaml:\d+:\d+ /);
});

const secrets = [
  `auth: { flow: client-credentials, client_id: id, client_secret: canary-clear }`,
  `auth: { flow: client-credentials, client_id: id, client_secret: "x\${A}canary-clear" }`,
  `auth: { flow: client-credentials, client_id: id, client_secret: 1234567 }`,
  `auth: { flow: refresh-token, client_id: id, refresh_token: canary-clear }`,
  `auth: { flow: jwt-bearer, client_id: id, username: u, private_key_file: "-----BEGIN PRIVATE KEY-----canary-clear" }`,
  `auth: { flow: jwt-bearer, client_id: id, username: u, private_key_file: k, private_key: canary-clear }`,
  `auth: { flow: token, access_token: pat-na1-00000000-0000-0000-0000-000000000000 }`,
];
test.each(secrets)('a secret in clear is refused and never shown: %s', (auth) => {
  const lines = problemLines({ 'acme.yaml': plainMapping.replace(/auth: .*/, () => auth) });

  expect(lines.join('\n')).toContain('a secret in clear is refused.');
  expect(lines.join('\n')).not.toMatch(/canary|1234567|pat-na1/);
});

test.each([
  "Type = 'Partner'",
  "Type = 'it\\'s' AND (Region__c IN ('A', 'B') OR NOT IsActive__c = true)",
  'CreatedDate > LAST_N_DAYS:30',
  "Name = 'a; b -- c /* d */'",
  'Owner.IsActive = true',
])('a plain condition is accepted: %s', (where) => {
  expect(whereProblem(where)).toBeNull();
});

test.each([
  "Type = 'Partner' LIMIT 5",
  "Type = 'Partner' ORDER BY Name",
  "Type = 'Partner' FOR UPDATE",
  "Type = 'Partner' WITH SECURITY_ENFORCED",
  "Type = 'Partner' GROUP BY Type",
  'Id IN (SELECT AccountId FROM Opportunity)',
  'a = 1 AND Id NOT IN (SELECT Id FROM User)',
  'a = 1) OR (b = 2',
  'a = 1; b = 2',
  'a = 1 -- comment',
  'a = 1 /* comment */',
  'a = :bind',
  'a = 1 UNION SELECT Id FROM User',
  "Name = 'open",
  '',
  'SELECT Id FROM User',
])('anything but one plain condition is refused: %s', (where) => {
  expect(whereProblem(where)).not.toBeNull();
});

test('a name that is not an API name never becomes a field or an object', () => {
  const apiName = /^[A-Za-z]\w{0,79}(\.[A-Za-z]\w{0,79}){0,4}$/;

  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
      const yaml = `${plainMapping}read: { opportunity: { object: ${JSON.stringify(name)}, fields: { stage: ${JSON.stringify(name)} } } }\n`;
      const result = load({ 'acme.yaml': yaml });
      const field = result.ok
        ? result.mapping.read.opportunity[0]!.fields['stage']!.crmField
        : null;
      return field === null || apiName.test(field);
    }),
    { numRuns: 40 },
  );
});

test('no text whatever makes the loader throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const bare = load({ 'acme.yaml': text });
      const after = load({ 'policies/acme.yaml': `version: 1\n${text}` });
      return typeof bare.ok === 'boolean' && typeof after.ok === 'boolean';
    }),
    { numRuns: 50 },
  );
});
