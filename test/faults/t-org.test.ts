/** Correctness cases of a changing org: deletions, merges, fields that go, access that is lost. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, day, withWorld } from '../support/world.ts';
import {
  arm,
  change,
  edit,
  mirrored,
  mirrorOf,
  opportunities,
  opportunityReads,
  soonStale,
} from './in-world.ts';

const company = smallCompany({
  opportunities: opportunities(3),
  registrations: [{ n: 1, partner: 2, opportunity: 1 }],
  touches: [{ n: 1, partner: 2, opportunity: 2 }],
});

test('T5: an opportunity deleted and undeleted between runs is gone, then back with its decision', () =>
  withWorld(company, async (world) => {
    await world.begin();
    const before = world.look('Opportunity', id.opportunity(1));
    change(world, 'rows-deleted', { object: 'Opportunity', ids: [id.opportunity(1)] });
    const deleted = await world.job('sync');
    expect((await mirrored(world, 1))!.deleted).toBe(true);
    change(world, 'rows-undeleted', { ids: [id.opportunity(1)] });

    const back = await world.job('sync');

    expect([deleted.run.outcome, back.run.outcome]).toEqual(['green', 'green']);
    expect((await mirrored(world, 1))!.deleted).toBe(false);
    const after = world.look('Opportunity', id.opportunity(1));
    expect(after['Sourcing_Partner__c']).toBe(before['Sourcing_Partner__c']);
    expect(after['Partner_Sourced__c']).toBe(true);
  }));

test('T5: partners that are merged leave their credit to the survivor', () =>
  withWorld(company, async (world) => {
    await world.begin();
    expect(world.look('Opportunity', id.opportunity(1))['Sourcing_Partner__c']).toBe(id.account(2));
    const merge = { masterId: id.account(1), duplicateIds: [id.account(2)] };
    change(world, 'ids-merged', merge);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(await mirrorOf(world, 'partner', id.account(2))).toMatchObject({
      deleted: true,
      mergedInto: id.account(1),
    });
    expect(world.look('Opportunity', id.opportunity(1))).toMatchObject({
      Sourcing_Partner__c: id.account(1),
      Partner_Sourced__c: true,
    });
    expect(world.look('Opportunity', id.opportunity(2))['Influencing_Partners__c']).toBe(
      'Northgate Consulting',
    );
  }));

const halfWay = [
  { name: 'server-error' },
  { name: 'cut-in-answer' },
  { name: 'malformed-json' },
  { name: 'html-answer' },
  { name: 'short-page', rows: 0, count: 1 },
];

test('T5: a read that fails, or has an empty page, half-way deletes nothing', () =>
  withWorld(smallCompany({ opportunities: opportunities(250) }), async (world) => {
    await world.begin();
    const outcomes: string[] = [];
    for (const fault of halfWay) {
      world.sandbox.faults.disarm();
      arm(world, { name: 'short-page', rows: 100, match: opportunityReads });
      const struck = arm(world, { ...fault, match: { ...opportunityReads, n: 2 } });

      const { run } = await world.job('backfill');

      outcomes.push(run.outcome);
      expect(struck()).toBe(1);
      expect(run.counts['deleted.opportunity'] ?? 0).toBe(0);
      expect((await world.store.mirrorCounts(connection)).opportunity).toBe(250);
    }
    const [row] = await world.query(
      'select count(*)::int as gone from opportunity where deleted_at is not null',
    );
    expect(row).toEqual({ gone: 0 });
    expect(outcomes).toEqual(['red', 'red', 'red', 'red', 'green']);
  }));

const region = { object: 'Opportunity', field: 'Region__c' };

test.each([
  ['field-hidden', region, 'field-shown', region],
  [
    'field-renamed',
    { ...region, to: 'Area__c' },
    'field-renamed',
    { object: 'Opportunity', field: 'Area__c', to: 'Region__c' },
  ],
])(
  'T13: %s in mid-run stops the run and names the field; once repaired, what was missed comes',
  (name, params, repair, repaired) =>
    withWorld(company, async (world) => {
      await world.begin();
      arm(world, { name, ...params, match: { ...opportunityReads } });

      const struck = await world.job('sync');
      edit(world, 2, { NextStep: 'while it was broken' });
      change(world, repair, repaired);
      const healed = await world.job('sync');

      expect(struck.run.outcome).toBe('red');
      expect(struck.failure).toMatchObject({ type: 'Crm.InvalidField', nonRetryable: true });
      expect(struck.failure!.message).toContain('Region__c');
      expect(healed.run.outcome).toBe('green');
      expect((await mirrored(world, 2))!.fields['next_step']).toBe('while it was broken');
    }),
);

test('T13: a field of ours whose edit right is taken fails its rows by name; the rest is written', () =>
  withWorld(smallCompany({ opportunities: soonStale(2) }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    change(world, 'field-hidden', {
      object: 'Opportunity',
      field: 'Partner_Deal_Stale__c',
      right: 'edit',
    });

    const { run } = await world.job('sync');

    expect(run.outcome).not.toBe('green');
    const failures = await world.store.failures(connection, 10);
    expect(failures.map(({ failure }) => failure!.fields)).toEqual([
      ['Partner_Deal_Stale__c'],
      ['Partner_Deal_Stale__c'],
    ]);
  }));

test('T13: a new field in mid-run disturbs nothing', () =>
  withWorld(company, async (world) => {
    await world.begin();
    const field = { name: 'New__c', label: 'New', type: 'string' };
    arm(world, { name: 'field-added', object: 'Opportunity', field, match: opportunityReads });

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
  }));

test('T13: a retired picklist value fails the rows that want it, with the field and the reason', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }], touches: [] }), async (world) => {
    await world.begin();
    const type = world.org.object('Opportunity').field('Partner_Attribution_Type__c')!;
    expect(type.picklist).toContain('Influenced');
    const retired = { object: 'Opportunity', field: type.name, value: 'Influenced' };
    change(world, 'picklist-retired', retired);
    world.org.insert(
      'Partner_Touch__c',
      [
        {
          Partner__c: id.account(3),
          Opportunity__c: id.opportunity(1),
          Kind__c: 'Technical validation',
          At__c: new Date(Date.now() - day).toISOString(),
        },
      ],
      world.org.admin,
    );

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('amber');
    const [row] = await world.store.failures(connection, 10);
    expect(row!.failure).toMatchObject({
      code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      fields: ['Partner_Attribution_Type__c'],
      retryable: false,
    });
  }));

test.each([
  ['login-refused', {}, 'invalid_grant', 'Crm.Unauthorized'],
  ['login-refused', { error: 'inactive_user' }, 'inactive_user', 'Crm.Unauthorized'],
  ['login-refused', { error: 'invalid_scope' }, 'invalid_scope', 'Crm.MissingScope'],
])(
  'T19: a login refused (%s %j) stops the first attempt with a sentence, and is not retried',
  (name, more, code, type) =>
    withWorld(company, async (world) => {
      arm(world, { name, ...more });

      const { run, failure, calls } = await world.job('sync');

      expect(run.outcome).toBe('red');
      expect(failure).toMatchObject({ type, nonRetryable: true });
      expect(failure!.message).toContain(code);
      expect(failure!.message).toContain('partner-sync resume');
      expect(calls.filter((call) => call.includes('token'))).toHaveLength(1);
    }),
);

test('T19: a session that is refused for ever costs one new login, then the run stops', () =>
  withWorld(company, async (world) => {
    await world.begin();
    arm(world, { name: 'session-expired', count: null });

    const { failure, calls } = await world.job('sync');

    expect(failure).toMatchObject({ type: 'Crm.Unauthorized', nonRetryable: true });
    expect(calls.filter((call) => call.includes('token')).length).toBeLessThanOrEqual(2);
  }));
