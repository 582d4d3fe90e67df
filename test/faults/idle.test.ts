/** Correctness cases of doing nothing: a sync without a change costs next to nothing, on both CRMs. */
import { expect, test } from '@jest/globals';
import * as inPortal from '../support/portal-world.ts';
import { type SmallCompany, smallCompany } from '../support/small-company.ts';
import { smallPortal } from '../support/small-portal.ts';
import { passOverlap, withWorld } from '../support/world.ts';

const company: SmallCompany = {
  opportunities: [{ n: 1 }, { n: 2 }, { n: 3, inStage: 40 }, { n: 4, stage: 'Closed Won' }],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
  touches: [{ n: 1, partner: 2, opportunity: 2 }],
};
/** Sources of the mapping; partners and customers are two reads of Account. */
const sources = 6;

test('T21: a second sync reads the overlap again, changes nothing, writes nothing, makes no task', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    const log = world.org.writeLog().length;
    const tasks = world.tasks();

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(run.counts['pulled.opportunity']).toBe(3);
    expect(run.counts['changed.opportunity']).toBeUndefined();
    expect(run.counts['decided']).toBeUndefined();
    expect(run.counts).toMatchObject({ written: 0, tasks: 0, failed: 0 });
    expect(world.org.writeLog()).toHaveLength(log);
    expect(world.tasks()).toEqual(tasks);
  }));

test('T21: an idle sync costs one read call a mapped source and nothing else that counts', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    await passOverlap(world);

    const { run, calls } = await world.job('sync');

    // Reading the CRM's clock needs no session and counts against no limit.
    expect(calls.filter((call) => call !== 'GET /services/data/')).toEqual(
      Array(sources).fill('GET /queryAll'),
    );
    expect(calls.filter((call) => call === 'GET /services/data/').length).toBeLessThanOrEqual(1);
    expect(run.counts['apiCalls']).toBe(sources);
    expect(Object.keys(run.counts).filter((name) => name.startsWith('pulled.'))).toEqual([]);
  }));

test('T21: a second sync of a portal changes nothing, writes nothing, makes no task', () =>
  inPortal.withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const seq = world.portal.writes.at(-1)?.seq;
    const tasks = world.tasks();
    expect(tasks.length).toBeGreaterThan(0);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(run.counts['changed.opportunity']).toBeUndefined();
    expect(run.counts['decided']).toBeUndefined();
    expect(run.counts).toMatchObject({ written: 0, tasks: 0, failed: 0 });
    expect(world.portal.writes.at(-1)?.seq).toBe(seq);
    expect(world.tasks()).toEqual(tasks);
  }));

test('T21: an idle sync of a portal costs a search an object, and a look at what was archived', () =>
  inPortal.withPortal(smallPortal(company), async (world) => {
    await world.begin();
    await passOverlap(world);
    const seq = world.portal.writes.at(-1)?.seq;

    const { run, calls } = await world.job('sync');

    // A search never gives what is archived, and owners cannot be searched: both are listed.
    const reads = ['companies', 'companies', 'deals', '2-30000001', '2-30000002'].flatMap(
      (object) => [`POST /crm/objects/${object}/search`, `GET /crm/objects/${object}`],
    );
    expect([...calls].sort()).toEqual(['GET /crm/owners', 'GET /crm/owners', ...reads].sort());
    expect(run.counts).toMatchObject({ apiCalls: calls.length, written: 0, tasks: 0 });
    expect(Object.keys(run.counts).filter((name) => name.startsWith('changed.'))).toEqual([]);
    expect(world.portal.writes.at(-1)?.seq).toBe(seq);
  }));
