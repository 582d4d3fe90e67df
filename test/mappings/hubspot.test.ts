/** HubSpot's presets: they load, name what the portal has, and provision in its own terms. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { checkAgainstDescribe } from '../../mappings/check-online.ts';
import { provisionPlan } from '../../mappings/field-set.ts';
import { loadMapping } from '../../mappings/load.ts';
import { resolveAuth } from '../../mappings/secrets.ts';
import { crmFieldsOf, toCanonical, toCrm } from '../../mappings/translate.ts';
import type { CompiledMapping, FieldLike } from '../../mappings/types.ts';

const folder = fileURLToPath(new URL('../../mappings', import.meta.url));
const env = {
  SANDBOX_URL: 'http://127.0.0.1:1',
  SANDBOX_HUBSPOT_TOKEN: 'token-1',
  SANDBOX_CLIENT_SECRET: 'secret-1',
};
const example = readFileSync(`${folder}/sandbox-hubspot.yaml`, 'utf8');

function load(text: string): CompiledMapping {
  const loaded = loadMapping(`${folder}/sandbox-hubspot.yaml`, {
    env,
    rulesVersion: '1',
    readFile: (path) => {
      if (path.endsWith('sandbox-hubspot.yaml')) return text;
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    },
  });
  if (!loaded.ok) throw new Error(loaded.problems.map((problem) => problem.text).join('\n'));
  return loaded.mapping;
}

test('the annotated example is a valid mapping, with the policy of the Salesforce one', () => {
  const mapping = load(example);

  expect([mapping.crm, mapping.policyName, mapping.tasks.keyField]).toEqual([
    'hubspot',
    'sandbox',
    'partner_sync_key',
  ]);
  expect(resolveAuth(mapping, env)).toMatchObject({ flow: 'token', accessToken: 'token-1' });
  expect(mapping.read.opportunity[0]?.fields['account']?.crmField).toBe('companies:Primary');
  expect(mapping.read.user[0]?.crmObject).toBe('owners');
});

test('registrations may be properties of the deal, where there are no custom objects', () => {
  const mapping = load(example.replace('extends: hubspot ', 'extends: hubspot-deals '));
  const [registration] = mapping.read.registration;

  expect(registration?.crmObject).toBe('deals');
  expect(registration?.fields['opportunity']?.crmField).toBe('hs_object_id');
  expect(registration?.fields['status']?.values?.['In Review']).toBe('in_review');
  expect(mapping.read.touch).toEqual([]);
});

test('the core set in HubSpot’s terms: twelve, labels beside names where there is no lookup, and the tasks’ key', () => {
  const plan = provisionPlan('core', load(example));

  expect(plan.every(({ name }) => !name.endsWith('__c'))).toBe(true);
  expect(plan.map(({ object, name, type }) => `${object} ${name} ${type}`)).toEqual([
    'deals partner_sourced bool',
    'deals partner_influenced bool',
    'deals partner_attribution_type enumeration',
    'deals partner_attribution_status enumeration',
    'deals companies:Sourcing partner association label',
    'deals sourcing_partner_name string',
    'deals influencing_partners string',
    'deals companies[]:Influencing partner association label',
    'deals partner_attribution_reason string',
    'deals partner_attribution_rule string',
    'deals partner_deal_stale bool',
    'companies partner_tier_qualified enumeration',
    'companies partner_tier_status enumeration',
    'companies partner_tier_next_requirement string',
    'tasks partner_sync_key string',
  ]);
});

test('the full set makes owners’ properties and never one of HubSpot’s own', () => {
  const plan = provisionPlan('full', load(example));
  const names = plan.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => /^hs_|hubspot_|\./.test(name))).toEqual([]);
  expect(plan.find(({ name }) => name === 'partner_manager')?.type).toBe('owner');
  expect(names.filter((name) => name.startsWith('companies'))).toEqual([
    'companies:Sourcing partner',
    'companies[]:Influencing partner',
    'companies[]:Distributor',
    'companies[]:Implementation partner',
    'companies:Reseller',
  ]);
  expect(names).toContain('deal_registration_status');
});

const field = (name: string, more: Partial<FieldLike> = {}): [string, FieldLike] => [
  name,
  {
    name,
    label: name,
    kind: 'text',
    vendorType: 'string (text)',
    length: 65_536,
    scale: null,
    picklist: null,
    restricted: false,
    readable: true,
    writable: true,
    externalId: false,
    unique: false,
    calculated: false,
    referenceTo: [],
    ...more,
  },
];

test('validation names HubSpot’s places, a label that cannot be written, and a condition’s typo', () => {
  const text = example.replace(
    'write:\n',
    "write:\n  opportunity: { sourcing_partner: 'companies:Primary' }\n",
  );
  const mapping = load(text.replace('read:\n', 'read:\n  partner: { where: is_partnr = true }\n'));
  const companies = new Map([field('name'), field('is_partner', { kind: 'boolean' })]);
  const deals = new Map([
    field('dealname'),
    field('companies:Primary', { kind: 'reference', writable: false }),
  ]);
  const described: Record<string, Map<string, FieldLike>> = { companies, deals };

  const problems = checkAgainstDescribe(
    mapping,
    (name) =>
      described[name]
        ? { name, label: name, creatable: true, updatable: true, fields: described[name] }
        : null,
    [],
  ).map(({ message }) => message);

  const said = (part: RegExp) => problems.filter((message) => part.test(message));
  expect(said(/Create it in Settings > Properties/).length).toBeGreaterThan(3);
  expect(said(/is_partnr/)[0]).toContain('Did you mean "is_partner"?');
  expect(said(/companies:Primary may not be edited/)).toHaveLength(1);
  expect(said(/Setup > Object Manager/)).toEqual([]);
});

test('HubSpot’s values become what they are and go back as texts', () => {
  const mapping = load(example);
  const [source] = mapping.read.opportunity;
  const names = crmFieldsOf(mapping, source!);
  const { values, problems } = toCanonical(mapping, source!, undefined, {
    values: {
      dealname: ' Deal ',
      amount: '1234.50',
      'dealstage.is_won': true,
      'dealstage.probability': '25',
      closedate: '2026-12-31',
      createdate: '2026-01-02T03:04:05.678Z',
      dealtype: 'renewal',
      partner_sourced: true,
      'companies:Sourcing partner': '11000000001',
    },
  });

  expect(problems).toEqual([]);
  expect(names).toContain('companies:Sourcing partner');
  expect(values).toMatchObject({
    name: 'Deal',
    amount: '1234.5',
    is_won: true,
    probability: 2_500,
    close_date: '2026-12-31',
    type: 'Renewal',
    partner_sourced: true,
    sourcing_partner: '11000000001',
  });
  expect(
    toCrm(mapping, 'opportunity', { partner_sourced: false, sourcing_partner: null, stale: true }),
  ).toEqual({
    partner_sourced: 'false',
    'companies:Sourcing partner': null,
    partner_deal_stale: 'true',
  });
});
