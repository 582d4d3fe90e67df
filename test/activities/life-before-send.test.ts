/** Workers that share a store: nothing is sent after a life's end, and what the dead left is written. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Life } from '../../activities/lease.ts';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, type World, withWorld } from '../support/world.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A life the test holds in its hand. */
class HeldLife implements Life {
  readonly id = randomUUID();
  isLate = false;
  isOver = false;
  renewals = 0;
  readonly left: string[] = [];

  lasts = (): boolean => !this.isLate && !this.isOver;

  renew = async (): Promise<boolean> => {
    this.renewals += 1;
    this.isLate = false;
    return this.lasts();
  };

  leave = (leaseId: string): void => void this.left.push(leaseId);
}

/** A world whose one opportunity somebody has just edited where the engine writes. */
function withEdited(
  work: (world: World, held: { life: HeldLife }) => Promise<void>,
): Promise<void> {
  const held = { life: new HeldLife() };
  const company = smallCompany({ opportunities: [{ n: 1 }] });
  const inWorld = async (world: World) => {
    await world.store.beginWorker(held.life.id, 'partner-sync/here/1/000001');
    await world.begin();
    const edit = { Id: id.opportunity(1), Partner_Deal_Stale__c: true };
    world.org.update('Opportunity', [edit], world.org.admin);
    await work(world, held);
  };
  return withWorld(company, inWorld, { life: () => held.life });
}

const stale = (world: World) =>
  world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c'];
const patches = (calls: string[]) => calls.filter((call) => call.startsWith('PATCH'));

/** Happens as soon as a claim has found rows. */
function afterClaim({ store }: World, what: () => void): void {
  const claim = store.claimWrites;
  jest.spyOn(store, 'claimWrites').mockImplementation(async (request) => {
    const rows = await claim(request);
    if (rows.length > 0) {
      what();
    }
    return rows;
  });
}

test('a life that has ended since the claim makes no call; a new one of the worker does', () =>
  withEdited(async (world, held) => {
    const { life } = held;
    afterClaim(world, () => {
      life.isOver = true;
      // A new life must not send what was claimed in the old.
      held.life = new HeldLife();
    });
    const still = await world.job('sync');
    jest.restoreAllMocks();

    expect(still.failure?.type).toBe('Store.Unavailable');
    expect(patches(still.calls)).toEqual([]);
    expect(stale(world)).toBe(true);

    const next = await world.job('sync');
    expect(next.failure).toBeNull();
    expect(stale(world)).toBe(false);
  }));

test('a worker that is only late with its sign of life gives it first, and sends', () =>
  withEdited(async (world, { life }) => {
    afterClaim(world, () => {
      life.isLate = true;
    });
    const { failure, calls } = await world.job('sync');

    expect(failure).toBeNull();
    expect(life.renewals).toBeGreaterThan(0);
    expect(patches(calls).length).toBeGreaterThan(0);
    expect(stale(world)).toBe(false);
  }));

test('a run waits for the rows of a worker that died, and writes them itself', () =>
  withEdited(async (world) => {
    const { store } = world;
    await store.beginWorker('W0', 'partner-sync/there/1/000000');
    const claim = store.claimWrites;
    let left = 0;
    jest.spyOn(store, 'claimWrites').mockImplementation(async (request) => {
      const isFirst = left === 0;
      const rows = await claim(isFirst ? { ...request, leaseId: 'L0', worker: 'W0' } : request);
      left += isFirst ? rows.length : 0;
      return isFirst ? [] : rows;
    });
    const look = store.rowsInHand;
    const seen: number[] = [];
    jest.spyOn(store, 'rowsInHand').mockImplementation(async (...given) => {
      const rows = await look(...given);
      seen.push(rows);
      if (seen.length === 2) {
        await store.endWorker('W0', null);
        await store.takeOverClaims(new Date().toISOString());
      }
      return rows;
    });

    const { run, failure } = await world.job('sync');

    expect(left).toBeGreaterThan(0);
    expect(seen.slice(0, 2)).toEqual([left, left]);
    expect(failure).toBeNull();
    expect(run.outcome).toBe('green');
    expect(stale(world)).toBe(false);
    const pending = await store.pendingWrites(connection, new Date().toISOString());
    expect(pending).toMatchObject({ due: 0, waiting: 0 });
  }));

test('rows whose result the store did not take are left, waited for and read back', () =>
  withEdited(async (world, { life }) => {
    const { store } = world;
    const settle = store.settleWrites;
    let failures = 0;
    jest.spyOn(store, 'settleWrites').mockImplementation(async (...given) => {
      failures += 1;
      if (failures === 1) {
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' });
      }
      return settle(...given);
    });
    const cut = await world.job('sync');
    expect(cut.failure).not.toBeNull();
    expect(patches(cut.calls)).toHaveLength(1);
    expect(life.left).toHaveLength(1);

    // As worker/life.ts does with the next sign of life.
    const look = store.rowsInHand;
    const seen: number[] = [];
    jest.spyOn(store, 'rowsInHand').mockImplementation(async (...given) => {
      seen.push(await look(...given));
      if (seen.length === 1) {
        await store.leaveClaims(life.left, new Date().toISOString());
      }
      return seen.at(-1)!;
    });
    const next = await world.job('sync');

    expect(seen[0]).toBe(1);
    expect(next.failure).toBeNull();
    expect(next.run.outcome).toBe('green');
    // What the CRM has is not sent again; the task about the edit is new.
    expect(patches(next.calls).filter((call) => !call.includes('/Task/'))).toEqual([]);
    expect(stale(world)).toBe(false);
  }));
