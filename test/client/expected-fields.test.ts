/** What `demo --export` tells the sandbox to have, although the files may lack it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { expectedFields } from '../../client/expected-fields.ts';

test('the fields a sandbox mapping must have: not the optional ones, references with their object', () => {
  const fields = expectedFields('mappings');

  expect(fields).toContainEqual({
    object: 'Deal_Registration__c',
    field: 'Partner__c',
    kind: 'id',
    to: 'Account',
  });
  expect(fields).toContainEqual({
    object: 'Partner_Touch__c',
    field: 'At__c',
    kind: 'datetime',
    to: null,
  });
  expect(fields.filter(({ field }) => field === 'Reseller__c')).toEqual([]);
});

test('a field of a condition is one of them; a mapping of an org of your own has no say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ps-expected-'));
  try {
    cpSync('mappings', folder, { recursive: true });
    const own = join(folder, 'sandbox-salesforce.yaml');
    const text = readFileSync(own, 'utf8');
    const where = 'Is_Partner__c = true AND Owner.IsActive = true';
    writeFileSync(own, text.replace('\nread:\n', `\nread:\n  partner: { where: "${where}" }\n`));

    expect(expectedFields(folder)).toContainEqual({
      object: 'Account',
      field: 'Is_Partner__c',
      kind: 'boolean',
      to: null,
    });

    // biome-ignore lint/suspicious/noTemplateCurlyInString: the mapping's own syntax
    const elsewhere = text.replace('${SANDBOX_URL}', 'https://login.salesforce.com');
    writeFileSync(own, elsewhere);
    const salesforce = expectedFields(folder).filter(({ object }) => object === 'Opportunity');
    expect(salesforce).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
