/** `extends` with one preset or several: what is joined, who wins, and what validate says of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { load, mappingOf, plainMapping, plainPolicy, problemLines } from './files.ts';

const extending = (names: string, more = '') =>
  `${plainMapping.replace('extends: salesforce', `extends: ${names}`)}${more}`;

function warningsOf(texts: Record<string, string>): string[] {
  const result = load(texts);
  if (!result.ok) {
    throw new Error(result.problems.map(({ text }) => text).join('\n'));
  }
  return result.warnings.map(({ text }) => text);
}

const alpha = `read:
  touch:
    - { object: Alpha__c, partner: P__c, opportunity: O__c, kind: K__c, at: At__c }
  opportunity:
    fields:
      origin: { field: Alpha_Origin__c, optional: true, values: { A: trusted } }
`;
const beta = `read:
  touch:
    - { object: Beta__c, partner: P__c, opportunity: O__c, kind: K__c, at: At__c }
  opportunity:
    fields:
      origin: Beta_Origin__c
`;
const gamma = `read:
  registration:
    object: Gamma__c
    fields:
      partner: P__c
      opportunity: O__c
      status: { field: S__c, values: { Yes: approved } }
      submitted_at: At__c
`;

test('presets of a list are read in order, and their touch sources are joined', () => {
  const mapping = mappingOf({
    'acme.yaml': extending('[salesforce, alpha, beta]'),
    'presets/alpha.yaml': alpha,
    'presets/beta.yaml': beta,
  });

  expect(mapping.read.touch.map(({ name }) => name)).toEqual([
    'touch:Partner_Touch__c',
    'touch:Alpha__c',
    'touch:Beta__c',
  ]);
  expect(mapping.read.opportunity[0]!.fields['stage']!.crmField).toBe('StageName');
  expect(mapping.sources.map(({ path }) => path)).toEqual([
    'acme.yaml',
    'presets/salesforce.yaml',
    'presets/alpha.yaml',
    'presets/beta.yaml',
    'policies/acme.yaml',
  ]);
});

test('of two presets that state one key differently the later wins, and a line says so', () => {
  const texts = { 'presets/alpha.yaml': alpha, 'presets/beta.yaml': beta };
  const both = { ...texts, 'acme.yaml': extending('[salesforce, alpha, beta]') };
  const turned = { ...texts, 'acme.yaml': extending('[salesforce, beta, alpha]') };

  const { origin } = mappingOf(both).read.opportunity[0]!.fields;
  expect(origin).toMatchObject({ crmField: 'Beta_Origin__c', values: null, optional: false });
  expect(warningsOf(both)).toEqual([
    'm/acme.yaml:2:30 read.opportunity.fields.origin: "Beta_Origin__c" of preset "beta" takes ' +
      'the place of "Alpha_Origin__c" (m/presets/alpha.yaml:6:15): the later preset wins. ' +
      'State the key in the mapping to choose.',
  ]);
  expect(mappingOf(turned).read.opportunity[0]!.fields['origin']!.crmField).toBe('Alpha_Origin__c');
});

test('a key the mapping states itself is the last word: nothing is said of it', () => {
  const texts = {
    'acme.yaml': extending(
      '[salesforce, alpha, beta]',
      'read: { opportunity: { fields: { origin: Mine__c } } }\n',
    ),
    'presets/alpha.yaml': alpha,
    'presets/beta.yaml': beta,
  };

  expect(warningsOf(texts)).toEqual([]);
  expect(mappingOf(texts).read.opportunity[0]!.fields['origin']!.crmField).toBe('Mine__c');
});

test('registrations of another object take the place of the CRM preset as a whole, once said', () => {
  const texts = {
    'acme.yaml': extending('[salesforce, gamma]'),
    'presets/gamma.yaml': gamma,
  };

  const [registration] = mappingOf(texts).read.registration;
  expect(registration!.crmObject).toBe('Gamma__c');
  expect(Object.keys(registration!.fields)).toEqual([
    'partner',
    'opportunity',
    'status',
    'submitted_at',
  ]);
  expect(registration!.fields['status']!.values).toEqual({ Yes: 'approved' });
  expect(warningsOf(texts)).toEqual([
    expect.stringContaining(
      'read.registration: "Gamma__c" of preset "gamma" takes the place of "Deal_Registration__c"',
    ),
  ]);
});

test('a preset that starts from another one states only what differs, without a word', () => {
  const texts = {
    'acme.yaml': extending('[salesforce, house]'),
    'presets/house.yaml': `extends: salesforce
read:
  registration: { object: DR__c }
  touch: [{ object: House__c, partner: P__c, opportunity: O__c, kind: K__c, at: At__c }]
`,
  };

  const [registration] = mappingOf(texts).read.registration;
  expect(registration!.crmObject).toBe('DR__c');
  expect(registration!.fields['status']!.crmField).toBe('Status__c');
  expect(mappingOf(texts).read.touch.map(({ crmObject }) => crmObject)).toEqual(['House__c']);
  expect(warningsOf(texts)).toEqual([]);
});

test('a list of one preset is that preset', () => {
  const one = mappingOf();
  const listed = mappingOf({ 'acme.yaml': extending('[salesforce]') });

  expect(listed.version).toEqual(one.version);
  expect(listed.read).toEqual(one.read);
});

test.each([
  {
    name: 'a preset of a list that is not there, with the nearest name',
    names: '[salesforce, salesforc]',
    line: 'm/acme.yaml:2:23 extends: there is no file m/presets/salesforc.yaml. Did you mean "salesforce"?',
  },
  {
    name: 'a list of nothing',
    names: '[]',
    line: 'm/acme.yaml:2:10 extends: expected at least one preset, found a list.',
  },
  {
    name: 'something that is no name',
    names: '[salesforce, 7]',
    line: 'm/acme.yaml:2:23 extends.1: expected the name of a preset, found 7.',
  },
  {
    name: 'a map',
    names: '{ a: b }',
    line: 'm/acme.yaml:2:10 extends: expected the name of a preset, or a list of such names',
  },
])('$name is refused where it stands', ({ names, line }) => {
  const lines = problemLines({ 'acme.yaml': extending(names), 'presets/alpha.yaml': alpha });

  expect(lines).toContainEqual(expect.stringContaining(line));
});

test('a kind that a preset gives and the policy does not know is said: it would count nothing', () => {
  const acme = extending('[salesforce, crossbeam]');
  const touches = '{ crossbeam sourced: referral, Account overlap: overlap }';
  const policy = `${plainPolicy}attribution: { touches: ${touches} }\n`;

  expect(warningsOf({ 'acme.yaml': acme, 'policies/acme.yaml': policy })).toEqual([
    expect.stringMatching(
      /presets\/crossbeam\.yaml:\d+:\d+ read\.touch\.1\.kind: the policy says nothing of "Crossbeam influenced": such touches count as ignored\. List them/,
    ),
  ]);
});

const shipped = readdirSync(new URL('../../mappings/presets', import.meta.url))
  .map((file) => file.replace(/\.yaml$/, ''))
  .filter((name) => !['salesforce', 'hubspot', 'hubspot-deals'].includes(name));

const hubspotAuth = `auth: { flow: token, access_token: "\${SANDBOX_CLIENT_SECRET}" }`;
const platformMapping = (name: string) =>
  name.startsWith('hubspot-')
    ? `connection: acme\nextends: [hubspot, ${name}]\npolicy: acme\n${hubspotAuth}\n`
    : extending(`[salesforce, ${name}]`);

test.each(shipped)(
  'the preset %s loads beside its CRM and is in the table of the README',
  (name) => {
    const mapping = mappingOf({ 'acme.yaml': platformMapping(name) });

    expect(mapping.sources.map(({ path }) => path)).toContain(`presets/${name}.yaml`);
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|$`, 'm'));
  },
);

test('all platforms of one CRM go together: their touches are joined', () => {
  const names = shipped.filter((name) => !name.startsWith('hubspot-'));
  const mapping = mappingOf({ 'acme.yaml': extending(`[salesforce, ${names.join(', ')}]`) });

  expect(mapping.read.touch.map(({ crmObject }) => crmObject).sort()).toEqual([
    'Crossbeam_Ecosystem_Overlap__c',
    'Crossbeam_Partner_Attribution__c',
    'Lead',
    'Partner_Center_Referral__c',
    'Partner_Touch__c',
    'awsapn__ACE_Opportunity__c',
    'awsapn__Marketplace_Agreement__c',
  ]);
});

test("a HubSpot platform's registrations may be the deals themselves", () => {
  const mapping = mappingOf({ 'acme.yaml': platformMapping('hubspot-allbound') });

  const [registration] = mapping.read.registration;
  expect(registration).toMatchObject({ crmObject: 'deals', where: 'allbound_id != null' });
  expect(registration!.fields['opportunity']!.crmField).toBe('hs_object_id');
  expect(registration!.fields).not.toHaveProperty('margin');
});
