/** The schemas are the manual: every key is described, and the generated files are up to date. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { fieldSet, labelOf, provisionPlan } from '../../mappings/field-set.ts';
import { generatedFiles, type JsonSchema, schemaOf } from '../../mappings/json-schema.ts';
import { policySchema } from '../../mappings/policy-schema.ts';
import { readKeys } from '../../mappings/read-keys.ts';
import { mappingSchema } from '../../mappings/schema.ts';
import { mappingOf, plainMapping, plainPolicy } from './files.ts';

test.each([
  ['mapping', mappingSchema],
  ['policy', policySchema],
])(
  'every key of a %s has a meaning, an example, and a default unless it is required',
  (_, schema) => {
    const missing: string[] = [];
    let keys = 0;
    const visit = (node: JsonSchema, path: string): void => {
      for (const [name, child] of Object.entries(node.properties ?? {})) {
        keys += 1;
        const here = `${path}.${name}`;
        if ((child.description ?? '').length < 5) missing.push(`${here}: description`);
        if (!Array.isArray(child.examples) || child.examples.length === 0) {
          missing.push(`${here}: example`);
        }
        const isRequired = node.required?.includes(name) ?? false;
        if (!isRequired && child.default === undefined && !/Not set:/.test(child.description!)) {
          missing.push(`${here}: default, or "Not set: ..."`);
        }
        visit(child, here);
      }
      for (const child of [...(node.anyOf ?? []), ...(node.oneOf ?? []), node.items]) {
        if (child !== undefined) visit(child, path);
      }
      if (typeof node.additionalProperties === 'object') visit(node.additionalProperties, path);
      for (const [name, child] of Object.entries(node.definitions ?? {})) visit(child, name);
    };

    visit(schemaOf(schema, 'x'), '');

    expect(missing).toEqual([]);
    expect(keys).toBeGreaterThan(60);
  },
);

test('the generated schemas and the reference are up to date', () => {
  for (const [name, text] of Object.entries(generatedFiles())) {
    const path = join(import.meta.dirname, '../../mappings', name);
    expect({ name, same: readFileSync(path, 'utf8') === text }).toEqual({ name, same: true });
  }
});

test('exactly twelve fields are in the core set', () => {
  const core = fieldSet.filter((field) => field.set === 'core').map((field) => field.key);

  expect(core).toEqual([
    'partner_sourced',
    'partner_influenced',
    'attribution_type',
    'attribution_status',
    'sourcing_partner',
    'influencing_partners',
    'attribution_reason',
    'attribution_rule',
    'stale',
    'tier_qualified',
    'tier_status',
    'tier_next_requirement',
  ]);
});

test('no key, field or property is given twice on an object', () => {
  for (const vendor of ['key', 'salesforce', 'hubspot'] as const) {
    const names = fieldSet.map((field) => {
      const name = vendor === 'key' ? field.key : field[vendor].name;
      return `${field.object}.${name}`;
    });
    expect(new Set(names).size).toBe(names.length);
  }
});

test('a key that is both read and kept by the engine has one kind', () => {
  for (const field of fieldSet) {
    const read = readKeys[field.object][field.key];
    if (read !== undefined) {
      expect({ key: field.key, kind: read.kind }).toEqual({ key: field.key, kind: field.kind });
    }
  }
});

test('HubSpot names are lower snake case without the prefix HubSpot keeps for itself', () => {
  for (const { hubspot } of fieldSet) {
    expect(hubspot.name).toMatch(/^(?!hs_)[a-z][a-z0-9_]*$/);
  }
});

const tiers = `${plainPolicy}tiers: [{ name: Registered }, { name: Gold, revenue: 5 }]\n`;

test('provisioning the core set makes the twelve fields and the key of tasks', () => {
  const plan = provisionPlan('core', mappingOf({ 'policies/acme.yaml': tiers }));

  expect(plan).toHaveLength(13);
  expect(plan[0]).toEqual({
    object: 'Opportunity',
    name: 'Partner_Sourced__c',
    label: 'Partner Sourced',
    description: 'The opportunity would not exist without the partner.',
    type: 'Checkbox',
    usersEdit: false,
  });
  expect(plan.find((field) => field.name === 'Partner_Tier_Qualified__c')).toMatchObject({
    object: 'Account',
    type: 'Picklist',
    values: ['Registered', 'Gold'],
  });
  expect(plan.at(-1)).toMatchObject({
    object: 'Activity',
    name: 'Partner_Sync_Key__c',
    type: 'Text',
    length: 120,
    externalId: true,
    unique: true,
  });
});

test('provisioning uses the names and values of the mapping, and leaves standard fields alone', () => {
  const mapping = mappingOf({
    'policies/acme.yaml': tiers,
    'acme.yaml': `${plainMapping}write:
  opportunity:
    stale: Stuck__c
    attribution_type: { field: Type__c, values: { Sourced: Originated } }
    alert: NextStep
`,
  });

  const plan = provisionPlan('core', mapping);

  expect(plan.find((field) => field.label === 'Partner Deal Stale')!.name).toBe('Stuck__c');
  expect(plan.find((field) => field.name === 'Type__c')!.values![0]).toBe('Originated');
  expect(plan.some((field) => field.name === 'NextStep')).toBe(false);
});

test('the full set lets users edit inputs and shared fields only', () => {
  const plan = provisionPlan('full', mappingOf({ 'policies/acme.yaml': tiers }));
  const editable = (name: string) => plan.find((field) => field.name === name)?.usersEdit;

  expect(editable('Partner_Attribution_Override__c')).toBe(true);
  expect(editable('Deal_Registration_Status__c')).toBe(true);
  expect(editable('Partner_Attribution_Type__c')).toBe(false);
  expect(new Set(plan.map((field) => `${field.object}.${field.name}`)).size).toBe(plan.length);
});

test('without tiers in the policy no tier field is made', () => {
  const names = provisionPlan('core', mappingOf()).map((field) => field.name);

  expect(names).not.toContain('Partner_Tier_Qualified__c');
});

test('people are shown the label of a field, and an unknown key as it is', () => {
  expect(labelOf('stale')).toBe('Partner Deal Stale');
  expect(labelOf('unheard_of')).toBe('unheard_of');
});
