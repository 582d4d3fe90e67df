/** Sessions, clocks and limits: one attempt, the CRM's time, a budget asked before each call. */
import { expect } from '@jest/globals';
import type { ConnectorError } from '../../connectors/errors.ts';
import { failureOf, pullAll, wholeWindow } from './reading.ts';
import type { ContractCase } from './world.ts';

const day = '2026-12-31';

export const accessCases: ContractCase[] = [
  {
    name: 'wrong credentials are refused after one login, with the remedy and without the secret',
    async run(world) {
      const refused = world.openRefused();
      const before = world.logins();

      const error = await failureOf(refused.account());

      expect(error.kind).toBe('unauthorized');
      expect(world.logins() - before).toBe(1);
      expect(error.message).toContain('partner-sync resume');
      expect(`${error.message}${JSON.stringify(error.call)}`).not.toContain('not-the-secret');
    },
  },
  {
    name: 'a session ended in mid-read is renewed once, and nothing is lost',
    async run(world) {
      const created = world.create(
        'opportunity',
        Array.from({ length: 700 }, (_, at) => ({ name: `Deal ${at}`, closeDate: day })),
      );
      const request = await wholeWindow(world);
      const first = await world.connector.pullChanges(request);
      const before = world.logins();
      world.revokeSessions();

      const after = first.next ?? undefined;
      const rest = await pullAll(() => world.connector, { ...request, ...(after && { after }) });

      expect(world.logins() - before).toBe(1);
      const seen = [...first.records, ...rest.records].map(({ id }) => id);
      expect(seen.toSorted()).toEqual(created.toSorted());
    },
  },
  {
    name: 'the clock is the CRM’s, also after somebody moved it',
    async run(world) {
      // Between before and after the call, however long a busy machine takes for it.
      const near = async (connector = world.connector) => {
        const before = world.nowMs();
        const told = Date.parse(await connector.now());
        return told > before - 1_500 && told < world.nowMs() + 1_500;
      };
      expect(await near()).toBe(true);

      world.advance(3 * 86_400_000);
      world.connector.usage();
      const aged = world.reopen();

      const asked = Date.now();
      expect(await near(aged)).toBe(true);
      const unsure = 1_500 + (Date.now() - asked);
      expect(Math.abs(aged.clockOffsetMs() - 3 * 86_400_000)).toBeLessThan(unsure);
      await world.connector.count(world.names.opportunity);
      expect(await near()).toBe(true);
    },
  },
  {
    name: 'now is never behind the CRM, so what was just changed is inside the window',
    async run(world) {
      for (let round = 0; round < 3; round += 1) {
        const [id] = world.create('opportunity', [{ name: 'Now', closeDate: day }]);
        const { records } = await pullAll(() => world.connector, await wholeWindow(world));
        expect(records.map((record) => record.id)).toContain(id);
      }
    },
  },
  {
    name: 'the budget is asked once for each call the CRM counts, with the request’s priority',
    async run(world) {
      const { connector, names, budget } = world;
      world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      const [id = ''] = world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      const request = await wholeWindow(world);
      await connector.describe(names.opportunity);
      budget.taken.length = 0;
      const before = world.countedCalls();
      const usedBefore = connector.usage().calls;

      await pullAll(() => connector, { ...request, priority: 5 });
      await connector.readByIds({ ...request, ids: [id], priority: 2 });
      await connector.writeRecords(names.opportunity, [{ id, values: { [names.amount]: 1 } }], 1);

      const beside = Array.from({ length: world.callsBesidePages }, () => 5);
      expect(budget.taken).toEqual([5, ...beside, 2, 1]);
      expect(world.countedCalls() - before).toBe(3 + beside.length);
      expect(connector.usage().calls - usedBefore).toBe(3 + beside.length);
    },
  },
  {
    name: 'a day’s quota used up by others is quota-exhausted, not a retry storm',
    async run(world) {
      await world.connector.account();
      world.leaveCalls(0);

      const error = await failureOf(world.connector.count(world.names.opportunity));

      expect(error.kind).toBe('quota-exhausted');
      expect(world.connector.usage().dailyUsed).not.toBeNull();
    },
  },
  {
    name: 'a field our user may no longer see is named, in reading and in writing',
    async run(world) {
      const { connector, names, fields } = world;
      await connector.provision([fields.flag], { dryRun: false });
      const [id = ''] = world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      world.hideProvisionedFields();
      const request = { ...(await wholeWindow(world)), fields: [fields.flag.name] };

      const read = await failureOf(connector.pullChanges(request));
      const values = { [fields.flag.name]: true };
      const written = await connector.writeRecords(names.opportunity, [{ id, values }], 3).then(
        ([result]) => result?.outcome,
        (error: ConnectorError) => error.kind,
      );

      expect(read.kind).toBe('invalid-field');
      expect(read.call.fields).toEqual([fields.flag.name]);
      expect(read.message).toContain('partner-sync provision');
      expect(['failed', 'invalid-field']).toContain(written);
      const fresh = await connector.describe(names.opportunity, { fresh: true });
      expect(fresh.fields.has(fields.flag.name)).toBe(false);
    },
  },
  {
    name: 'a cancelled read ends at once, as unavailable',
    async run(world) {
      world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      const signal = AbortSignal.abort();

      const error = await failureOf(
        world.connector.pullChanges({ ...(await wholeWindow(world)), signal }),
      );

      expect([error.kind, error.call.code]).toEqual(['unavailable', 'CANCELLED']);
    },
  },
];
