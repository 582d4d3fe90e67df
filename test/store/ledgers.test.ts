/** Connections, versions, runs, commands, search, examples, rates and call budgets. */
import { expect, test } from '@jest/globals';
import type { Store } from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aRecord,
  aWrite,
  connection,
  now,
  sourcedBy,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const later = (ms: number) => new Date(Date.parse(now) + ms).toISOString();

function saveVersion(store: Store, id: string): Promise<void> {
  return store.saveVersion({
    id,
    connection,
    state: 'candidate',
    label: `2026.4-${id}`,
    hash: id,
    rulesVersion: '1',
    sources: [{ path: 'mappings/acme.yaml', text: 'connection: acme' }],
    createdAt: now,
    activatedAt: null,
  });
}

const limits = { dailyCalls: 100, reservedForAlerts: 10, callsPerSecond: 5 };

onEachStore((withStore) => {
  test('a connection keeps what a later report does not say', () =>
    withStore(async ({ store }) => {
      await store.upsertConnection({ name: connection, crm: 'salesforce', accountId: 'sf:00D1' });
      await store.upsertConnection({ name: connection, crm: 'salesforce', clockOffsetMs: -250 });
      await store.pauseConnection(connection, 'Refused the token.', now);

      expect(await store.connection(connection)).toEqual({
        name: connection,
        crm: 'salesforce',
        accountId: 'sf:00D1',
        userId: null,
        recordUrlBase: null,
        corporateCurrency: null,
        activatedAt: null,
        pausedAt: now,
        pauseReason: 'Refused the token.',
        clockOffsetMs: -250,
      });
      await store.pauseConnection(connection, null, null);
      expect((await store.connections())[0]?.pausedAt).toBe(null);
      expect(await store.connection('other')).toBeUndefined();
    }));

  test('activating a version retires the one before; the first one activates the connection', () =>
    withStore(async ({ store }) => {
      await store.upsertConnection({ name: connection, crm: 'salesforce' });
      await saveVersion(store, 'v1');
      await saveVersion(store, 'v2');
      await store.activateVersion('v1', now);
      await store.activateVersion('v2', later(1000));
      await store.activateVersion('v2', later(2000));
      await saveVersion(store, 'v2');

      expect((await store.activeVersion(connection))?.id).toBe('v2');
      expect((await store.version('v1'))?.state).toBe('retired');
      expect((await store.version('v2'))?.activatedAt).toBe(later(1000));
      expect((await store.versions(connection)).map((v) => v.id)).toEqual(['v2', 'v1']);
      expect((await store.connection(connection))?.activatedAt).toBe(now);
      await expect(store.activateVersion('v3', now)).rejects.toThrow('v3 is not in the store');
    }));

  test('the counts of a run are the sum of its steps, each step once', () =>
    withStore(async ({ store }) => {
      const run = {
        id: 'sync/acme/1',
        connection,
        kind: 'sync' as const,
        workflowId: 'sync/acme/1',
        workflowRunId: 'w1',
        commandId: null,
        planId: null,
        startedAt: now,
      };
      await store.openRun(run);
      await store.openRun(run);
      await store.addCounts(run.id, 'pull', { 'pulled.opportunity': 5, failed: 1 });
      await store.addCounts(run.id, 'pull', { 'pulled.opportunity': 5 });
      await store.addCounts(run.id, 'pull-2', { 'pulled.opportunity': 2 });

      const closed = await store.closeRun(run.id, 'amber', '1 row failed.', later(1000));
      const again = await store.closeRun(run.id, 'red', 'later', later(2000));

      expect(closed).toEqual({
        ...run,
        outcome: 'amber',
        message: '1 row failed.',
        counts: { 'pulled.opportunity': 7, failed: 1 },
        finishedAt: later(1000),
      });
      expect(again).toEqual(closed);
      expect(await store.runs(null, 5)).toEqual([closed]);
      expect(await store.runs('other', 5)).toEqual([]);
    }));

  test('a command keeps its arguments and gets its result', () =>
    withStore(async ({ store }) => {
      const command = {
        id: 'c1',
        kind: 'validate',
        connection: null,
        actor: 'ops@example.com',
        args: { online: true },
        createdAt: now,
      };
      await store.saveCommand(command);
      expect(await store.command('c1')).toEqual({ ...command, result: null, finishedAt: null });

      await store.finishCommand('c1', [{ problem: 'x' }], later(1));

      expect(await store.command('c1')).toMatchObject({
        result: [{ problem: 'x' }],
        finishedAt: later(1),
      });
    }));

  test('a record is found by id, short id, name without case, or the beginning of a name', () =>
    withStore(async ({ store }) => {
      await store.upsertConnection({ name: connection, crm: 'salesforce' });
      const id = '0065g00000AbCdEAAV';
      const upper = '0065g00000ABCDEAAZ';
      await store.upsertRecords(
        connection,
        'opportunity',
        [
          anOpportunity(id, { name: 'Acme renewal' }),
          anOpportunity(upper, { name: 'Acme_renewal 2' }),
        ],
        now,
      );
      await store.upsertRecords(connection, 'registration', [aRecord('a1', { name: 'DR-1' })], now);
      const found = async (text: string, where: string | null = null) =>
        (await store.findRecord(text, where)).map((record) => record.id);

      expect(await found(id)).toEqual([id]);
      expect(await found(id.slice(0, 15), connection)).toEqual([id]);
      expect(await found('ACME RENEWAL')).toEqual([id]);
      expect(await found('acme')).toEqual([id, upper]);
      expect(await found('acme_')).toEqual([upper]);
      expect(await store.findRecord('dr-1', null)).toEqual([
        { connection, object: 'registration', id: 'a1', name: 'DR-1' },
      ]);
      expect(await found('%')).toEqual([]);
      expect(await found(id, 'other')).toEqual([]);
      expect((await store.explain(connection, id.slice(0, 15)))?.record.id).toBe(id);
    }));

  test('an explanation holds all that is known of a record, with the names of its partners', () =>
    withStore(async ({ store }) => {
      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);
      await store.upsertRecords(
        connection,
        'partner',
        ['001A', '001B', '001C'].map((id) => aRecord(id, { name: `Partner ${id}` })),
        now,
      );
      const registration = aRecord('a1', { opportunity: '006A', partner: '001A' });
      await store.upsertRecords(connection, 'registration', [registration], now);
      const touch = aRecord('t1', { opportunity: '006A', partner: '001B', kind: 'Demo' });
      await store.upsertRecords(connection, 'touch', [touch], now);
      const decision = aDecision('006A', { credits: sourcedBy('001A') });
      const tier = { tier: { value: 'Gold', before: null } };
      await store.saveDecided(aBatch([decision], [aWrite('006A', tier)]));

      const found = await store.explain(connection, '006A');

      expect(found).toMatchObject({ connection, object: 'opportunity', record: { id: '006A' } });
      expect(found?.registrations.map((r) => r.id)).toEqual(['a1']);
      expect(found?.touches.map((r) => r.id)).toEqual(['t1']);
      expect(found?.partnerNames).toEqual({ '001A': 'Partner 001A', '001B': 'Partner 001B' });
      expect(found?.history).toHaveLength(1);
      expect(found?.writes).toHaveLength(1);
      expect((await store.explain(connection, '001A'))?.registrations).toHaveLength(1);
      expect(await store.explain(connection, 'a1')).toBeUndefined();
    }));

  test('rates are replaced as a whole and stay exact', () =>
    withStore(async ({ store }) => {
      const eur = { currency: 'EUR', rate: '1.08123456789', validFrom: '2026-01-01' };
      const gbp = { currency: 'GBP', rate: '1.27', validFrom: '2026-01-01' };
      await store.saveRates(connection, [gbp], now);
      await store.saveRates(connection, [eur], now);

      expect(await store.rates(connection)).toEqual([eur]);
    }));

  test('workers together never lease more than one second allows', () =>
    withStore(async ({ store }) => {
      const lease = (at: string) => store.leaseCalls('sf:00D', 2, 3, limits, at);
      const first = await Promise.all([1, 2, 3, 4].map(() => lease(now)));

      expect(first.map((l) => l.granted).sort()).toEqual([0, 1, 2, 2]);
      expect(first.find((l) => l.granted === 0)).toEqual({
        granted: 0,
        retryAt: later(200),
        exhausted: false,
      });
      expect((await lease(later(200))).granted).toBe(1);
      // A worker whose clock is behind gets nothing out of it.
      expect((await lease(later(-5000))).granted).toBe(0);
      expect((await store.leaseCalls('sf:00D', 99, 3, limits, later(60_000))).granted).toBe(5);
    }));

  test('a rate below one call a second still lets one through', () =>
    withStore(async ({ store }) => {
      const slow = { ...limits, callsPerSecond: 0.5 };
      const lease = (at: string) => store.leaseCalls('hs:1', 3, 3, slow, at);
      expect((await lease(now)).granted).toBe(1);
      expect(await lease(later(1000))).toMatchObject({ granted: 0, retryAt: later(2000) });
      expect((await lease(later(2000))).granted).toBe(1);
    }));

  test('the share of the day ends before the reserve, which alerts may use, and renews', () =>
    withStore(async ({ store }) => {
      const wide = { dailyCalls: 20, reservedForAlerts: 5, callsPerSecond: 1000 };
      const lease = (priority: number, at = now) =>
        store.leaseCalls('sf:00D', 50, priority, wide, at);
      expect((await lease(3)).granted).toBe(15);
      expect(await lease(3, later(1000))).toEqual({
        granted: 0,
        retryAt: '2026-11-22T00:00:00.000Z',
        exhausted: true,
      });
      expect((await lease(1, later(2000))).granted).toBe(5);
      expect((await lease(1, later(3000))).exhausted).toBe(true);
      expect((await lease(3, '2026-11-22T00:00:00.000Z')).granted).toBe(15);
    }));

  test('what an ordinary read may still use of the day is known before it begins', () =>
    withStore(async ({ store }) => {
      const wide = { dailyCalls: 20, reservedForAlerts: 5, callsPerSecond: 1000 };
      const left = (at = now) => store.callsLeft('sf:00D', wide, at);
      expect(await left()).toBe(15);
      await store.leaseCalls('sf:00D', 4, 3, wide, now);
      expect(await left()).toBe(11);
      await store.observeUsage('sf:00D', 92, 100, now);
      expect(await left()).toBe(3);
      expect(await left('2026-11-22T00:00:00.000Z')).toBe(15);
      const unlimited = { dailyCalls: null, reservedForAlerts: 0 };
      expect(await store.callsLeft('sf:other', unlimited, now)).toBeNull();
    }));

  test('what other clients use of the account counts as the vendor reports it', () =>
    withStore(async ({ store }) => {
      const wide = { dailyCalls: null, reservedForAlerts: 0, callsPerSecond: 1000 };
      const lease = (at: string) => store.leaseCalls('sf:00D', 50, 3, wide, at);
      await store.observeUsage('sf:00D', 970, 1000, now);
      expect((await lease(later(1000))).granted).toBe(30);
      expect((await lease(later(2000))).exhausted).toBe(true);
      await store.observeUsage('sf:00D', 500, null, later(3000));
      expect((await lease(later(4000))).granted).toBe(50);
    }));
});
