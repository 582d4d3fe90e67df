/** `names_partner_by`: where it may stand, what it becomes, and what is wrong with it, at its line. */
import { expect, test } from '@jest/globals';
import { checkAgainstDescribe } from '../../mappings/check-online.ts';
import { toCanonical } from '../../mappings/translate.ts';
import type { CompiledMapping, FieldLike } from '../../mappings/types.ts';
import { field, object } from './describe.ts';
import { mappingOf, plainMapping, problemLines } from './files.ts';

const reading = (opportunity: string, more = '') =>
  `${plainMapping}read:\n  opportunity:\n    fields:\n      ${opportunity}\n${more}`;
const key = '{ field: gs_partner_key__c, names_partner_by: gs_key__c }';
const linesOf = (opportunity: string, more = '') =>
  problemLines({ 'acme.yaml': reading(opportunity, more) });

test('the text stands for its partner, and every partner is read with the field that holds it', () => {
  const mapping = mappingOf({ 'acme.yaml': reading(`referral_partner: ${key}`) });
  const [deal] = mapping.read.opportunity;
  const [partner] = mapping.read.partner;

  const read = (text: string | null) =>
    toCanonical(mapping, deal!, undefined, { values: { gs_partner_key__c: text } }).values;
  expect(read(' Northgate ')['referral_partner']).toBe('gs_key__c=Northgate');
  expect(read('a=b')['referral_partner']).toBe('gs_key__c=a=b');
  expect(read('  ')['referral_partner']).toBeNull();
  expect(partner!.fields['named_by:gs_key__c']).toMatchObject({
    crmField: 'gs_key__c',
    kind: 'text',
  });
  const values = { gs_key__c: 'Northgate' };
  expect(toCanonical(mapping, partner!, undefined, { values }).values).toMatchObject({
    'named_by:gs_key__c': 'Northgate',
  });
});

test('it goes with registrations, touches, a table of values and a constant too', () => {
  const more = [
    '  registration:',
    '    fields:',
    '      partner: { field: P__c, names_partner_by: Code__c, values: { NG: northgate } }',
    '  touch:',
    '    - object: Deal_With_AWS__c',
    '      partner: { constant: Amazon Web Services, names_partner_by: Name }',
    '      opportunity: Opportunity__c',
    '      kind: Kind__c',
    '      at: At__c',
    '',
  ].join('\n');
  const mapping = mappingOf({ 'acme.yaml': reading('parent: null', more) });
  const canonical = (source: keyof CompiledMapping['read'], values: Record<string, string>) =>
    toCanonical(mapping, mapping.read[source][0]!, undefined, { values }).values['partner'];

  expect(canonical('registration', { P__c: 'NG' })).toBe('Code__c=northgate');
  expect(canonical('touch', {})).toBe('Name=Amazon Web Services');
  expect(Object.keys(mapping.read.partner[0]!.fields)).toEqual(
    expect.arrayContaining(['named_by:Code__c', 'named_by:Name']),
  );
});

test('it makes another version; without it no partner is read with more fields', () => {
  const { version } = mappingOf();
  expect(mappingOf({ 'acme.yaml': reading(`referral_partner: ${key}`) }).version.hash).not.toBe(
    version.hash,
  );
  expect(Object.keys(mappingOf().read.partner[0]!.fields).join()).not.toContain('named_by');
});

test('a field that names no partner, and a wrong form, are problems at their line', () => {
  expect(linesOf('name: { field: Name, names_partner_by: Name }')).toEqual([
    'm/acme.yaml:8:28 read.opportunity.fields.name.names_partner_by: unknown key. It goes with a field that names a partner.',
  ]);
  const form = 'expected the API name of a text field of the partner, found';
  const path = 'read.opportunity.fields.referral_partner.names_partner_by';
  for (const [given, found] of [
    ['[a, b]', 'a list'],
    ['true', 'true'],
    ['Owner.Name', '"Owner.Name"'],
    ['"companies:Reseller"', '"companies:Reseller"'],
  ]) {
    expect(linesOf(`referral_partner: { field: K__c, names_partner_by: ${given} }`)).toEqual([
      `m/acme.yaml:8:58 ${path}: ${form} ${found}.`,
    ]);
  }
  expect(linesOf('referral_partner: { names_partner_by: K__c }')).toEqual([
    expect.stringContaining('m/acme.yaml:8:'),
  ]);
});

test('a key of ours is not taken for a field of the CRM, nor an association for a text', () => {
  const more = '  partner:\n    fields:\n      external_id: gs_key__c\n';
  const path = 'read.opportunity.fields.referral_partner.names_partner_by';
  expect(linesOf('referral_partner: { field: K__c, names_partner_by: external_id }', more)).toEqual(
    [
      `m/acme.yaml:8:58 ${path}: expected the API name of a field of Account, found our key "external_id". Did you mean "gs_key__c"?`,
    ],
  );
  const hubspot = reading(
    'referral_partner: { field: "companies:Reseller", names_partner_by: name }',
  )
    .replace('extends: salesforce', 'extends: hubspot')
    .replace(/^auth:.*$/m, `auth: { flow: token, access_token: "\${SANDBOX_CLIENT_SECRET}" }`);
  expect(problemLines({ 'acme.yaml': hubspot })).toEqual([
    `m/acme.yaml:8:74 ${path}: "companies:Reseller" is an association, which names the partner itself: write "referral_partner: companies:Reseller".`,
  ]);
});

test('online: a partner without the field, a field nobody may read, and a lookup are told apart', () => {
  const mapping = mappingOf({
    'acme.yaml': reading(`referral_partner: ${key}`),
  });
  const path = 'm/acme.yaml:8:71 read.opportunity.fields.referral_partner.names_partner_by';
  const found = (deal: FieldLike, partner: FieldLike[]) => {
    const objects = new Map([
      ['Opportunity', object('Opportunity', [deal])],
      ['Account', object('Account', partner)],
    ]);
    return checkAgainstDescribe(mapping, (name) => objects.get(name) ?? null, [])
      .map(({ text }) => text)
      .filter((text) => text.includes('names_partner_by') || text.includes('named_by'));
  };
  const text = field('gs_partner_key__c', 'text');

  expect(found(text, [field('gs_key__c', 'text')])).toEqual([]);
  expect(found(text, [field('GS_Keys__c', 'text')])).toEqual([
    `${path}: Account has no field "gs_key__c" (checked against describe). Did you mean "GS_Keys__c"? Create it in Setup > Object Manager and fill it on the partners, or name another one: without it no partner can be named here.`,
  ]);
  expect(found(text, [field('gs_key__c', 'text', { readable: false })])).toEqual([
    `${path}: our user may not read "gs_key__c" of Account. Grant it.`,
  ]);
  expect(found(text, [field('gs_key__c', 'boolean')])).toEqual([
    expect.stringContaining('partners are named by a text of their own.'),
  ]);
  expect(found(field('gs_partner_key__c', 'reference'), [field('gs_key__c', 'text')])).toEqual([
    expect.stringMatching(
      /names the partner itself: write "referral_partner: gs_partner_key__c"\.$/,
    ),
  ]);
});
