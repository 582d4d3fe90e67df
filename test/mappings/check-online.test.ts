/** `validate --online`: what the CRM's own description reveals, each at the line that maps it. */
import { expect, test } from '@jest/globals';
import { checkAgainstDescribe, warnAgainstDescribe } from '../../mappings/check-online.ts';
import { engineField } from '../../mappings/field-set.ts';
import type { CompiledMapping, FieldLike, ObjectLike } from '../../mappings/types.ts';
import { field, object } from './describe.ts';
import { mappingOf, plainMapping, plainPolicy } from './files.ts';

const mapping = mappingOf({
  'acme.yaml': `${plainMapping}read:
  touch: []
  user: null
  account: null
  opportunity:
    fields:
      amount: Amount
write:
  opportunity:
    stale: Stuck__c
`,
  'policies/acme.yaml': `${plainPolicy}stale: { stages: { Negotiaton: 21 days }, ignore: [Parked] }
`,
});
const stages = ['Proposal', 'Negotiation'].map((value) => ({ value, active: true }));

/** An org that has all a mapping needs, changed by `edit`. */
function org(of: CompiledMapping, edit: (fields: Map<string, FieldLike>, name: string) => void) {
  const objects = new Map<string, ObjectLike>();
  for (const source of Object.values(of.read).flat()) {
    const known = objects.get(source.crmObject)?.fields.values() ?? [];
    const read = Object.values(source.fields).map((one) =>
      field(one.crmField!, kindOf(one.kind), {
        picklist: one.values === null ? null : Object.keys(one.values),
      }),
    );
    const written = Object.entries(source.written).map(([key, one]) => {
      const length = engineField(source.object, key)!.salesforce.length ?? null;
      return field(one.crmField, kindOf(one.kind), { length });
    });
    const type = field('Type', 'picklist');
    objects.set(source.crmObject, object(source.crmObject, [...known, ...read, ...written, type]));
  }
  const key = field(of.tasks.keyField, 'text', { externalId: true, unique: true });
  const parts = ['Subject', 'Description', 'Status', 'ActivityDate', 'OwnerId', 'WhatId'];
  objects.set('Task', object('Task', [key, ...parts.map((name) => field(name, 'text'))]));
  for (const [name, { fields }] of objects) {
    edit(fields, name);
  }
  return (name: string) => objects.get(name) ?? null;
}

function kindOf(kind: string): FieldLike['kind'] {
  return kind === 'id' ? 'reference' : kind === 'integer' ? 'decimal' : (kind as FieldLike['kind']);
}

const lines = (edit: (fields: Map<string, FieldLike>, name: string) => void) =>
  checkAgainstDescribe(mapping, org(mapping, edit), []).map((problem) => problem.text);

test('an org that has everything gives no problem', () => {
  expect(lines(() => undefined)).toEqual([]);
});

test('a deleted field is named at its line, with the nearest one and what would break', () => {
  const found = lines((fields, name) => {
    if (name === 'Opportunity') {
      fields.delete('StageName');
      fields.set('Stage_Name__c', field('Stage_Name__c', 'picklist'));
      fields.delete('Stuck__c');
    }
  });

  expect(found).toEqual([
    'm/acme.yaml:14:12 write.opportunity.stale: Opportunity has no field "Stuck__c" (checked ' +
      'against describe). Create it in Setup > Object Manager, or let the profile or a permission ' +
      'set of our user see it, or run "partner-sync provision", or map another field. Without it "Partner Deal Stale" is not written.',
    expect.stringMatching(
      /^m\/presets\/salesforce\.yaml:\d+:14 read\.opportunity\.fields\.stage: Opportunity has no field "StageName" \(checked against describe\)\. Did you mean "Stage_Name__c"\? Create it in Setup > Object Manager, or let .* see it, or map another field\. Without it: no stale stages\.$/,
    ),
  ]);
});

test.each<[string, Partial<FieldLike>, string]>([
  ['no edit permission', { writable: false }, 'may not be edited by our user'],
  ['a formula', { calculated: true }, 'is calculated by the CRM'],
  [
    'a type that cannot hold it',
    { kind: 'text', vendorType: 'string' },
    'needs a field of type boolean',
  ],
])('a field we write with %s', (_, more, says) => {
  const found = lines((fields) => {
    const stuck = fields.get('Stuck__c');
    if (stuck) fields.set('Stuck__c', { ...stuck, ...more });
  });

  expect(found).toHaveLength(1);
  expect(found[0]).toContain('m/acme.yaml:14:12 write.opportunity.stale: Opportunity.Stuck__c');
  expect(found[0]).toContain(says);
});

test('a text that is too short and a picklist without our values', () => {
  const found = lines((fields) => {
    if (!fields.has('Partner_Attribution_Reason__c')) return;
    fields.set('Partner_Attribution_Reason__c', field('Reason', 'text', { length: 80 }));
    const picklist = ['Provisional', 'Confirmed', 'Locked', 'Overridden'];
    const status = field('Status', 'picklist', { picklist, restricted: true });
    fields.set('Partner_Attribution_Status__c', status);
  });

  expect(found).toHaveLength(2);
  expect(found.join('\n')).toContain('holds 80 characters; "Partner Attribution Reason" needs 255');
  expect(found.join('\n')).toContain('"Status" has no active value "Disputed"');
});

test('a field we read but may not, and one of another type', () => {
  const found = lines((fields) => {
    if (!fields.has('Amount')) return;
    fields.set('Amount', field('Amount', 'boolean'));
    fields.set('IsWon', field('IsWon', 'boolean', { readable: false }));
  });

  expect(found).toHaveLength(2);
  expect(found[0]).toBe(
    'm/acme.yaml:11:15 read.opportunity.fields.amount: Opportunity.Amount is of type boolean; ' +
      'amount needs a field of type decimal or text.',
  );
  expect(found[1]).toContain('our user may not read "IsWon" of Opportunity');
});

test('an active picklist value the table does not list would set records aside', () => {
  const found = lines((fields, name) => {
    const status = fields.get('Status__c');
    if (name === 'Deal_Registration__c' && status) {
      fields.set('Status__c', { ...status, picklist: [...status.picklist!, 'Neu'] });
    }
  });

  expect(found).toHaveLength(1);
  expect(found[0]).toContain('has values the table does not list: "Neu"');
});

test('an object that is not there, a condition on an unknown field, a key that is not unique', () => {
  const complete = org(mapping, (fields, name) => {
    if (name === 'Account') fields.delete('Type');
    if (name === 'Task') fields.set('Partner_Sync_Key__c', field('Partner_Sync_Key__c', 'text'));
  });
  const found = checkAgainstDescribe(
    mapping,
    (name) => (name === 'Deal_Registration__c' ? null : complete(name)),
    [],
  ).map((problem) => problem.text);

  expect(found).toHaveLength(3);
  expect(found.join('\n')).toContain('the CRM has no object "Deal_Registration__c"');
  expect(found.join('\n')).toContain('read.partner.where: Account has no field "Type"');
  expect(found.join('\n')).toContain('write.tasks.key: Task.Partner_Sync_Key__c is not a unique');
});

test('a misspelt stage of the policy is a problem, a stage of another CRM only a warning', () => {
  const complete = org(mapping, () => undefined);

  expect(checkAgainstDescribe(mapping, complete, stages).map((p) => p.text)).toEqual([
    'm/policies/acme.yaml:3:32 policy.stale.stages.Negotiaton: the CRM has no active stage ' +
      '"Negotiaton": the stale rule would miss it. Did you mean "Negotiation"?',
  ]);
  expect(warnAgainstDescribe(mapping, stages).map((p) => p.text)).toEqual([
    'm/policies/acme.yaml:3:52 policy.stale.ignore.0: the CRM has no active stage "Parked": ' +
      'the stale rule would miss it.',
  ]);
});
