/**
 * T22 on a portal: `kill -9` of the worker at each kind of step of a run, and of the Temporal
 * server, on real processes. A twin portal goes through the same days undisturbed; at every evening
 * both must be the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { stageId } from '../../sandbox/seed/hubspot-fields.ts';
import { connection, type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallPortal } from '../support/small-portal.ts';
import { day as dayMs } from '../support/world.ts';
import { noon, story } from './company.ts';
import type { Death } from './dies.ts';
import { CrashStack, type RunningWorker } from './stack.ts';

jest.setTimeout(1_800_000);

/** Where the worker dies in each day's run, one death a life, in this order. */
const deaths: Death[][] = [
  [
    { step: 'adopt', when: 'after', nth: 1 },
    { step: 'settle', when: 'before', nth: 1 },
  ],
  [
    { step: 'page', when: 'after', nth: 1 },
    { step: 'decide', when: 'before', nth: 1 },
    { step: 'claim', when: 'after', nth: 1 },
  ],
  [
    { step: 'alerts', when: 'after', nth: 1 },
    { step: 'settle', when: 'after', nth: 1 },
  ],
  [
    { step: 'openRun', when: 'after', nth: 1 },
    { step: 'closeRun', when: 'before', nth: 1 },
  ],
];
/** The day on which the Temporal server is killed too. */
const serverDies = 3;

let stack: CrashStack;
let worker: RunningWorker;

beforeAll(async () => {
  stack = new CrashStack({}, connection);
  await stack.start();
  await stack.control('POST', '/hubspot/load', smallPortal(story, noon));
});

afterAll(() => stack.stop());

test('T22: four runs on a portal, killed at every kind of step, end as undisturbed ones do', () =>
  withPortal(smallPortal(story, noon), async (twin) => {
    await bothClocksAt(twin, 1);
    worker = await stack.startWorker();
    await stack.command(['provision', connection], worker.server);
    for (const [index, ofDay] of deaths.entries()) {
      await oneDay(twin, index + 1, ofDay);
    }
  }));

async function oneDay(twin: PortalWorld, day: number, ofDay: Death[]): Promise<void> {
  if (day > 1) {
    await bothClocksAt(twin, day);
    for (const { n, properties } of editsOf(day)) {
      const edit = { operation: 'update', object: 'deals', id: id.deal(n), properties };
      await stack.control('POST', '/hubspot/write', edit);
      twin.set('deals', id.deal(n), properties);
    }
  }
  // The connector looks at the CRM's clock once a second.
  await sleep(1_100);
  await Promise.all([disturbedRun(day, ofDay), undisturbedRun(twin, day)]);

  const [ours, theirs] = [await stateOf(stack.sandbox), await stateOf(twin.url)];
  expect(theirs.tasks.length).toBeGreaterThanOrEqual(day);
  expect({ day, tasks: ours.tasks }).toEqual({ day, tasks: theirs.tasks });
  expect({ day, records: ours.records }).toEqual({ day, records: theirs.records });
}

async function undisturbedRun(twin: PortalWorld, day: number): Promise<void> {
  if (day === 1) {
    await twin.begin();
  } else {
    expect((await twin.job('sync')).failure).toBeNull();
  }
}

async function disturbedRun(day: number, [first, ...rest]: Death[]): Promise<void> {
  const planned = day === 1 ? await stack.result(await stack.request({ kind: 'plan' })) : null;
  worker.arm(first!);
  const asked = stack.request(
    planned ? { kind: 'apply', planId: planned.planId! } : { kind: 'sync' },
  );
  asked.catch(() => undefined);
  for (const [index, death] of [first!, ...rest].entries()) {
    await stack.diesAt(worker, death);
    worker = await stack.startWorker();
    const next = rest[index];
    if (next) {
      worker.arm(next);
    }
  }
  if (day === serverDies) {
    await stack.killTemporal();
  }
  expect(await stack.result(await asked)).toMatchObject({ outcome: 'green', failure: null });
}

async function bothClocksAt(twin: PortalWorld, day: number): Promise<void> {
  const at = noon + day * dayMs;
  await stack.control('POST', '/clock/set', { at });
  twin.sandbox.clock.set(at);
}

/** What people do on a day: a stale deal moves on, an amount changes. */
function editsOf(day: number): { n: number; properties: Record<string, string> }[] {
  const moved = { n: 2 * (day - 1), properties: { dealstage: stageId('Negotiation') } };
  return [moved, { n: 30 + day, properties: { amount: String(7_000 + day) } }];
}

interface Shown {
  properties: Record<string, string | null>;
  associations?: Record<string, { results: { id: string; type: string }[] }>;
}

const ofTasks = [
  ...['partner_sync_key', 'hs_task_subject', 'hs_task_body', 'hs_task_status'],
  ...['hs_task_priority', 'hubspot_owner_id'],
];

/** Deals, companies and tasks with their associations, as any client reads them. */
async function stateOf(url: string): Promise<{ records: unknown[]; tasks: unknown[] }> {
  const records = [
    ...(await list(url, 'deals', await propertiesOf(url, 'deals'))),
    ...(await list(url, 'companies', await propertiesOf(url, 'companies'))),
  ];
  const tasks = (await list(url, 'tasks', ofTasks)).map(({ properties, associations }) => ({
    ...Object.fromEntries(ofTasks.map((name) => [name, properties[name]])),
    about: associations?.['deals']?.results.map((deal) => deal.id),
  }));
  tasks.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { records, tasks };
}

/** All but HubSpot's own (how long a stage has lasted, to the ms) and what every write moves. */
async function propertiesOf(url: string, object: string): Promise<string[]> {
  const { results } = await get<{ results: { name: string }[] }>(
    url,
    `/crm/v3/properties/${object}`,
  );
  return results.map(({ name }) => name).filter((name) => !/^hs_|lastmodified/.test(name));
}

async function list(url: string, object: string, properties: string[]): Promise<Shown[]> {
  const to = object === 'tasks' ? 'deals' : 'companies,deals';
  const path = `/crm/v3/objects/${object}?limit=100&associations=${to}&properties=${properties}`;
  const { results, paging } = await get<{ results: Shown[]; paging?: unknown }>(url, path);
  expect(paging).toBeUndefined();
  return results.map((row) => ({
    properties: Object.fromEntries(properties.map((name) => [name, row.properties[name] ?? null])),
    ...(row.associations ? { associations: row.associations } : {}),
  }));
}

async function get<T>(url: string, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${defaultPrivateToken}` };
  const answer = await fetch(url + path, { headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
