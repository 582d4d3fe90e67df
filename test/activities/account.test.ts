/** A store belongs to one org: a connection that suddenly reaches another one touches nothing. */
import { expect, test } from '@jest/globals';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, withWorld } from '../support/world.ts';

const elsewhere = '00DZZ0000000001AAA';

test('a connection that reaches another org is refused with both ids and what to do; nothing is read or written', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 10 }] }), async (world) => {
    await world.begin();
    const before = world.look('Opportunity', id.opportunity(1));
    const { accountId } = (await world.store.connection(connection))!;
    await world.store.upsertConnection({
      name: connection,
      crm: 'salesforce',
      accountId: elsewhere,
    });

    const refused = [
      await world.job('sync'),
      await world.job('plan'),
      await world.job('reconcile'),
    ];

    for (const { run, failure, calls } of refused) {
      expect(run.outcome).toBe('red');
      expect(failure).toMatchObject({ type: 'Mapping.Invalid', nonRetryable: true });
      expect(failure!.message).toContain(
        `${connection} reaches the org ${accountId}, and what its store holds is of the org ${elsewhere}`,
      );
      expect(failure!.message).toContain(`Point "auth" of its mapping back at ${elsewhere}`);
      expect(failure!.message).toContain(`"partner-sync resume ${connection}"`);
      expect(calls.filter((call) => /query|composite/.test(call))).toEqual([]);
    }
    expect((await world.store.connection(connection))!.accountId).toBe(elsewhere);
    expect(world.look('Opportunity', id.opportunity(1))).toEqual(before);

    await world.store.upsertConnection({ name: connection, crm: 'salesforce', accountId });
    expect((await world.job('sync')).run.outcome).toBe('green');
  }));

test('the same org is known by its id of 15 characters too', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    const { accountId } = (await world.store.connection(connection))!;
    await world.store.upsertConnection({
      name: connection,
      crm: 'salesforce',
      accountId: accountId!.slice(0, 15),
    });

    expect((await world.job('sync')).run.outcome).toBe('green');
  }));
