/** The calls a full read says it will take, against those it then takes, on both CRMs. */
import { expect, jest, test } from '@jest/globals';
import { smallCompany } from '../support/cases-company.ts';
import { hubspot, salesforce, withTwoCrms } from '../support/two-crms.ts';

jest.setTimeout(300_000);

/** Merged records are looked up as they are met: nobody can foresee them. */
const unforeseen = 4;

test('a first plan and a later full read take the calls that were foreseen, within a few', () =>
  withTwoCrms(smallCompany(300), async (world) => {
    for (const connection of [salesforce, hubspot]) {
      await world.provision(connection, 'core');
      for (const kind of ['plan', 'backfill'] as const) {
        // A worker of its own: nothing is described yet.
        await world.activities.connections.close();

        const { counts } = await world.job(connection, kind);

        const [foreseen, made] = [counts['forecast.calls']!, counts['apiCalls']!];
        const said = `${connection} ${kind}: ${foreseen} foreseen, ${made} made`;
        expect(Math.abs(foreseen - made) <= unforeseen ? 'right' : said).toBe('right');
        expect(counts['forecast.records']).toBeGreaterThan(300);
      }
    }
  }));

test('validate says of its calls which are for records, and keeps to the same count', () =>
  withTwoCrms(smallCompany(0), async (world) => {
    for (const connection of [salesforce, hubspot]) {
      await world.provision(connection, 'core');
      const id = `validate ${connection}`;
      const createdAt = new Date().toISOString();
      const command = { id, kind: 'validate', connection, actor: 'test', createdAt, args: {} };
      await world.store.saveCommand(command as never);
      await world.activity('checkMapping', { connection, commandId: id });
      const { forecast } = (await world.store.command(id))!.result as {
        forecast: { calls: number; recordCalls: number };
      };

      const { counts } = await world.job(connection, 'plan');

      expect(Math.abs(forecast.calls - counts['apiCalls']!)).toBeLessThanOrEqual(unforeseen);
      expect(forecast.recordCalls).toBeLessThan(forecast.calls);
    }
  }));
