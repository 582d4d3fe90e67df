/**
 * T22: `kill -9` of the worker at every step of a run, and of the Temporal server, over ten runs
 * on real processes. A twin company goes through the same days undisturbed; at every evening both
 * CRMs must be the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedStore } from '../../embedded/store.ts';
import { connection, day as dayMs, type World, withWorld } from '../support/world.ts';
import { company, days, type Edit, editsOf, noon } from './company.ts';
import type { Death } from './dies.ts';
import { CrashStack, type RunningWorker } from './stack.ts';

// About a minute and a half on an idle machine of two cores; a busy one takes ten times that.
jest.setTimeout(1_800_000);

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));
/** The latest moment after a job was asked for at which the worker is killed by chance. */
const momentMaxMs = 1_500;

/** Where the worker dies in each day's run, one death a life, in this order. */
const deaths: Record<number, Death[]> = {
  1: [
    { step: 'adopt', when: 'after', nth: 1 },
    { step: 'settle', when: 'before', nth: 1 },
  ],
  2: [
    { step: 'page', when: 'after', nth: 1 },
    { step: 'page', when: 'before', nth: 3 },
  ],
  3: [{ step: 'decide', when: 'before', nth: 1 }],
  4: [
    { step: 'decide', when: 'after', nth: 1 },
    { step: 'claim', when: 'after', nth: 1 },
  ],
  5: [{ step: 'alerts', when: 'before', nth: 1 }],
  6: [
    { step: 'alerts', when: 'after', nth: 1 },
    { step: 'settle', when: 'after', nth: 1 },
  ],
  7: [{ step: 'openRun', when: 'after', nth: 1 }],
  8: [{ step: 'closeRun', when: 'before', nth: 1 }],
  9: [{ step: 'closeRun', when: 'after', nth: 1 }],
};
/** Days on which the Temporal server is killed, and the worker at a moment drawn by the seed. */
const serverDies = new Set([3, 7, 10]);
const chanceKills = new Set([3, 5, 7, 10]);

let stack: CrashStack;
let worker: RunningWorker;

beforeAll(async () => {
  stack = new CrashStack();
  await stack.start();
  await stack.control('POST', '/load', company());
});

afterAll(() => stack.stop());

test(`T22: ten runs killed at every step end as undisturbed ones do (SEED=${seed})`, async () => {
  await withWorld(company(), async (twin) => {
    const random = randomFrom(seed);
    await bothClocksAt(twin, 1);
    worker = await stack.startWorker();
    await stack.command(['provision', connection], worker.server);
    for (let day = 1; day <= days; day += 1) {
      await oneDay(twin, day, random);
    }
    worker.kill();
    await worker.ended;
    const alerts = await storedAlerts();

    expect(alerts).toEqual(await twin.query(alertsOfAll));
    expect(alerts.length).toBeGreaterThan(2 * (days - 2));
    expect(new Set(alerts.map((row) => JSON.stringify(row))).size).toBe(alerts.length);
  });
});

async function oneDay(twin: World, day: number, random: () => number): Promise<void> {
  if (day > 1) {
    await bothClocksAt(twin, day);
    for (const edit of editsOf(day)) {
      await stack.control('POST', '/dml', edit);
      editTwin(twin, edit);
    }
  }
  // The connector looks at the CRM's clock once a second.
  await sleep(1_100);
  await Promise.all([disturbedRun(day, random), undisturbedRun(twin, day)]);

  const [ours, theirs] = [await stateOfStack(), stateOfTwin(twin)];
  expect({ day, tasks: ours.tasks }).toEqual({ day, tasks: theirs.tasks });
  expect({ day, records: ours.records }).toEqual({ day, records: theirs.records });
}

async function undisturbedRun(twin: World, day: number): Promise<void> {
  const { failure } = day === 1 ? await begin(twin) : await twin.job('sync');
  expect(failure).toBeNull();
}

async function begin(twin: World): Promise<{ failure: null }> {
  await twin.begin();
  return { failure: null };
}

/** The day's run, its worker dying at each of the day's steps, and once by chance. */
async function disturbedRun(day: number, random: () => number): Promise<void> {
  const planned = day === 1 ? await stack.result(await stack.request({ kind: 'plan' })) : null;
  const [first, ...rest] = deaths[day] ?? [];
  if (first) {
    worker.arm(first);
  }
  const asked = stack.request(
    planned ? { kind: 'apply', planId: planned.planId! } : { kind: 'sync' },
  );
  asked.catch(() => undefined);
  for (const [index, death] of (first ? [first, ...rest] : []).entries()) {
    await stack.diesAt(worker, death);
    worker = await stack.startWorker();
    const next = rest[index];
    if (next) {
      worker.arm(next);
    }
  }
  await sleep(random() * momentMaxMs);
  if (serverDies.has(day)) {
    await stack.killTemporal();
  }
  if (chanceKills.has(day)) {
    await sleep(random() * momentMaxMs);
    worker.kill();
    await worker.ended;
    worker = await stack.startWorker();
  }
  const result = await stack.result(await asked);
  expect(result).toMatchObject({ outcome: 'green', failure: null });
}

async function bothClocksAt(twin: World, day: number): Promise<void> {
  const at = noon + day * dayMs;
  await stack.control('POST', '/clock/set', { at });
  twin.sandbox.clock.set(at);
}

function editTwin({ org }: World, { operation, object, records }: Edit): void {
  const results =
    operation === 'insert'
      ? org.insert(object, records, org.admin)
      : org.update(object, records, org.admin);
  expect(results.every(({ success }) => success)).toBe(true);
}

const queries = {
  Opportunity: 'SELECT FIELDS(ALL) FROM Opportunity ORDER BY Id LIMIT 200',
  Account: 'SELECT FIELDS(ALL) FROM Account ORDER BY Id LIMIT 200',
  Task:
    'SELECT Partner_Sync_Key__c, Subject, Status, IsClosed, OwnerId, WhatId, ActivityDate, ' +
    'Description, Priority FROM Task ORDER BY Partner_Sync_Key__c, Id',
};

/** Each write of ours moves these; how often a repeated one did is no part of the promise. */
const stamps = ['SystemModstamp', 'LastModifiedDate', 'attributes'];

type Row = Record<string, unknown>;

function stateOf(read: (soql: string) => Row[]): { records: Row[]; tasks: Row[] } {
  const rows = [...read(queries.Opportunity), ...read(queries.Account)];
  return { records: rows.map(withoutStamps), tasks: read(queries.Task).map(withoutStamps) };
}

function withoutStamps(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !stamps.includes(name)));
}

function stateOfTwin({ org }: World) {
  return stateOf((soql) => org.query(soql));
}

async function stateOfStack() {
  const answers = new Map<string, Row[]>();
  for (const soql of Object.values(queries)) {
    answers.set(soql, await stack.control('GET', `/query?q=${encodeURIComponent(soql)}`));
  }
  return stateOf((soql) => answers.get(soql)!);
}

const alertsOfAll =
  'select object, record_id, kind, episode, baseline, owner_id, task_key, subject, ' +
  'closed_at is null as open from alert order by object, record_id, kind, episode';

async function storedAlerts(): Promise<Row[]> {
  const store = await startEmbeddedStore({ dir: `${stack.home}/store` });
  const client = new pg.Client({ connectionString: store.connectionString });
  await client.connect();
  try {
    return (await client.query(alertsOfAll)).rows;
  } finally {
    await client.end();
    await store.stop();
  }
}

/** Mulberry32: good enough to choose moments, and the same everywhere. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
