/** What changes of the org in mid-run become through the real connector. */
import { describe, expect, test } from '@jest/globals';
import { outcome, window, withConnector } from './connector.ts';

const page = 'GET /query*/{locator}';

describe('a field of the org changes in mid-run: the read ends', () => {
  const custom = { name: 'Tier__c', label: 'Tier', type: 'string', length: 20 };
  const field = { object: 'Opportunity', field: 'Tier__c' };
  const match = { operation: page };
  test.each([
    ['field-hidden', field, 'invalid-field INVALID_FIELD'],
    ['field-deleted', field, 'invalid-field INVALID_FIELD'],
    ['field-renamed', { ...field, to: 'Level__c' }, 'invalid-field INVALID_FIELD'],
    ['field-added', { object: 'Opportunity', field: { ...custom, name: 'New__c' } }, 'done'],
  ])('%s: %s', (name, params, expected) =>
    withConnector(async ({ sandbox, connector, org }) => {
      const { addDatasetField } = await import('../../sandbox/salesforce/metadata.ts');
      addDatasetField(org.object('Opportunity'), { ...custom, type: 'string' });
      org.touchMetadata();
      const request = { ...(await window(connector)), fields: ['Name', 'Tier__c'] };
      sandbox.faults.arm({ name, ...params, match });

      const first = await connector.pullChanges(request);
      await connector.pullChanges({ ...request, after: first.next! });
      const ended = await outcome(connector.pullChanges({ ...request, from: null }));

      expect(ended).toBe(expected);
    }),
  );
});

test('a retired picklist value is refused for good, and the field is named', () =>
  withConnector(async ({ sandbox, connector, ids }) => {
    const value = 'Existing Business';
    const params = { object: 'Opportunity', field: 'Type', value };
    sandbox.faults.arm({ name: 'picklist-retired', ...params });

    const [result] = await connector.writeRecords(
      'Opportunity',
      [{ id: ids[0]!, values: { Type: value } }],
      3,
    );

    expect(result).toMatchObject({
      outcome: 'failed',
      code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      fields: ['Type'],
      retryable: false,
    });
  }));

test.each([
  ['modstamp-bumped', { ids: true }, 1],
  ['formula-changed', { ids: true, field: 'Score__c', value: 9 }, 0],
  ['row-changed', { ids: true, values: { NextStep: 'y' } }, 1],
  ['rows-deleted', { ids: true }, 1],
  ['timestamps-equal', { rows: 450 }, 450],
])('%s shows in %j as %i changed record(s) of a later window', (name, params, changed) =>
  withConnector(async ({ sandbox, connector, org, ids }) => {
    org.object('Opportunity').put({ name: 'Score__c', type: 'double', calculated: true });
    org.touchMetadata();
    const { until: from } = await window(connector);
    sandbox.clock.advance(60_000);
    const { ids: named, ...rest } = params as Record<string, unknown>;
    sandbox.faults.arm({
      name,
      object: 'Opportunity',
      ...(named ? { ids: [ids[7]!] } : {}),
      ...rest,
    });
    await connector.count('Opportunity');
    sandbox.clock.advance(1_000);

    const request = { ...(await window(connector)), from };
    const found = new Set<string>();
    for (let next: { after?: object } = {}; ; ) {
      const read = await connector.pullChanges({ ...request, ...next } as typeof request);
      for (const { id } of read.records) found.add(id);
      if (!read.next) break;
      next = { after: read.next };
    }

    expect(found.size).toBe(changed);
  }),
);

test('a merge in mid-run leads the old id to the survivor; undeleted rows come back', () =>
  withConnector(async ({ sandbox, connector, org }) => {
    const made = org.insert('Account', [{ Name: 'A' }, { Name: 'B' }], org.admin);
    const [masterId, loser] = made.map(({ id }) => id!) as [string, string];
    sandbox.faults.arm({ name: 'ids-merged', masterId, duplicateIds: [loser] });
    await connector.count('Account');

    const survivors = await connector.resolveIdentity('Account', [loser, masterId]);
    sandbox.faults.arm({ name: 'rows-undeleted', ids: [loser] });
    const live = await connector.count('Account');

    expect([[...survivors], live]).toEqual([[[loser, masterId]], 2]);
  }));
