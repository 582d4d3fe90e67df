/** Conditions on HubSpot: refused offline where its search could not be asked by them. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCondition } from '../../connectors/hubspot/condition-parser.ts';
import { hubspotWhereProblem } from '../../mappings/where.ts';
import { problemLines } from './files.ts';

test.each([
  'is_partner = true',
  'is_partner != true',
  "country IN ('DE', 'AT') AND (amount >= 10.5 OR closedate > 2026-01-31)",
  "type NOT IN ('RESELLER') AND partner_tier != null",
])('a condition HubSpot takes is accepted: %s', (where) => {
  expect(hubspotWhereProblem(where)).toBeNull();
});

test.each([
  [
    "name LIKE 'A%'",
    'HubSpot cannot be asked by LIKE; expected =, !=, <, <=, >, >=, IN or NOT IN.',
  ],
  ['NOT is_partner = true', 'HubSpot cannot be asked by NOT; expected =, !=, <, <=, >, >=, IN or'],
  ['amount <> 1', 'HubSpot cannot be asked by <>; expected =, !=, <, <=, >, >=, IN or NOT IN.'],
  ["tags INCLUDES ('a')", 'HubSpot cannot be asked by INCLUDES'],
  ['amount > null', 'HubSpot is asked for no value by "= null", for any by "!= null"'],
  ['closedate > TODAY', 'HubSpot knows no words for days; expected a day such as 2026-01-31.'],
  ['closedate > LAST_N_DAYS:30', 'HubSpot knows no words for days'],
  ['owner.email = null', 'HubSpot cannot be asked by "owner.email"; expected a property of the'],
  [
    'CALENDAR_YEAR(closedate) = 2026',
    'HubSpot cannot be asked by a function; expected a property.',
  ],
  ['is_partner', 'not a condition; expected one such as is_partner = true AND country IN'],
  ['is_partner = true ORDER BY name', 'one plain condition is allowed, without ORDER BY.'],
])('what it cannot be asked is refused with what it takes: %s', (where, says) => {
  expect(hubspotWhereProblem(where)).toContain(says);
});

test('a mapping with such a condition is refused offline, by line', () => {
  const text = `connection: acme
extends: hubspot
auth: { flow: token, access_token: '\${TOKEN}' }
read:
  partner:
    where: name LIKE 'A%'
`;
  const lines = problemLines({ 'acme.yaml': text });

  expect(lines.filter((line) => line.includes('where'))).toEqual([
    'm/acme.yaml:6:12 read.partner.where: HubSpot cannot be asked by LIKE; expected =, !=, <, <=, ' +
      '>, >=, IN or NOT IN.',
  ]);
});

const value = fc.constantFrom(
  "'a'",
  "'it\\'s'",
  '1',
  '-2.5',
  'true',
  'null',
  '2026-01-31',
  'TODAY',
);
const term = fc
  .tuple(
    fc.constantFrom('a', 'b_c', 'x.y', 'hs_object_id'),
    fc.constantFrom('=', '!=', '<', '>=', 'IN', 'NOT IN', 'LIKE', '<>'),
    value,
  )
  .map(([name, operator, one]) => `${name} ${operator} ${/IN$/.test(operator) ? `(${one})` : one}`);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    term,
    fc
      .tuple(tie('condition'), fc.constantFrom(' AND ', ' OR '), tie('condition'))
      .map(([left, joined, right]) => `(${left})${joined}(${right})`),
  ),
}));

test('what is accepted offline the connector can read', () => {
  let accepted = 0;
  fc.assert(
    fc.property(condition, (where) => {
      if (hubspotWhereProblem(where) !== null) return;
      accepted += 1;
      expect([where, parseCondition(where)]).not.toEqual([where, null]);
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});
