/** Tasks about alerts: one summary an owner for the past, one task a new matter, none twice. */
import { expect, test } from '@jest/globals';
import { id, type SmallOpportunity, smallCompany } from '../support/small-company.ts';
import { connection, day, type World, withWorld } from '../support/world.ts';

const oldAndNew: SmallOpportunity[] = [
  { n: 1, inStage: 40, owner: 1 },
  { n: 2, inStage: 50, owner: 1 },
  { n: 3, inStage: 60, owner: 2 },
  { n: 4, inStage: 29, owner: 1 },
];

const open = (world: World) => world.tasks().filter((task) => task.open);

test('what was stale before activation gets its flag, no task; each owner gets one summary', () =>
  withWorld(smallCompany({ opportunities: oldAndNew }), async (world) => {
    await world.begin();

    expect(world.look('Opportunity', id.opportunity(1))['Partner_Deal_Stale__c']).toBe(true);
    expect(world.tasks()).toEqual([
      { subject: 'Partner sync: 1 item to look at', open: true, owner: id.user(2), about: null },
      { subject: 'Partner sync: 2 items to look at', open: true, owner: id.user(1), about: null },
    ]);
    const [body] = world.org.query(
      "SELECT Description FROM Task WHERE Subject = 'Partner sync: 2 items to look at'",
    );
    expect(body!['Description']).toMatch(/^2 stale opportunities, oldest Opportunity 2 since /);
  }));

test('a plan says which tasks its apply will make', () =>
  withWorld(smallCompany({ opportunities: oldAndNew }), async (world) => {
    await world.begin();

    const [first] = await world.store.plans(connection, 1);
    const tasks = (await world.planRows(first!.id)).filter(({ object }) => object === 'task');

    expect(first!.tasks).toBe(2);
    expect(tasks.map(({ new: subject }) => subject).sort()).toEqual(
      world.tasks().map(({ subject }) => subject),
    );
  }));

test('one that becomes stale gets its own task, once, about the record and for its owner', () =>
  withWorld(smallCompany({ opportunities: oldAndNew }), async (world) => {
    await world.begin();
    world.advance(2 * day);

    const { run } = await world.job('sync');
    const { run: again } = await world.job('sync');
    world.advance(day);
    const { run: tomorrow } = await world.job('sync');

    expect(run.counts).toMatchObject({ alertsOpened: 1, tasks: 1 });
    expect(again.counts['tasks']).toBe(0);
    expect(tomorrow.counts['tasks']).toBe(0);
    const about = world.tasks().filter((task) => task.about === id.opportunity(4));
    expect(about).toHaveLength(1);
    expect(about[0]).toMatchObject({ open: true, owner: id.user(1) });
    expect(about[0]!.subject).toMatch(/^Stale in Proposal since .*: Opportunity 4$/);
  }));

test('its task is closed when the stage moves, and a second standstill gets a task of its own', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29 }] }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    await world.job('sync');
    const move = { Id: id.opportunity(1), StageName: 'Needs Analysis' };
    world.org.update('Opportunity', [move], world.org.admin);

    const { run: closing } = await world.job('sync');
    expect(closing.counts).toMatchObject({ alertsClosed: 1, tasks: 1, written: 1 });
    expect(open(world)).toEqual([]);

    world.advance(31 * day);
    await world.job('sync');
    expect(world.tasks()).toHaveLength(2);
    expect(open(world)).toHaveLength(1);
    expect(open(world)[0]!.subject).toMatch(/^Stale in Needs Analysis/);
  }));

test('a person who closes the task is not given it again while the same standstill lasts', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29 }] }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    await world.job('sync');
    const [task] = world.org.query('SELECT Id FROM Task');
    world.org.update('Task', [{ Id: String(task!['Id']), Status: 'Completed' }], world.org.admin);

    world.advance(day);
    const { run } = await world.job('sync');

    expect(run.counts['tasks']).toBe(0);
    expect(open(world)).toEqual([]);
  }));

test('an owner gets five tasks a day, the rest in one summary that grows with the day', () =>
  withWorld(
    smallCompany({
      opportunities: [
        ...Array.from({ length: 8 }, (_, i) => ({ n: i + 1, inStage: 29 })),
        { n: 9, inStage: 28.9, name: 'Late one' },
      ],
    }),
    async (world) => {
      await world.begin();
      freezeAtNoon(world, 2);

      const { run } = await world.job('sync');
      expect(run.counts).toMatchObject({ alertsOpened: 9, tasks: 6 });
      const own = open(world).filter(({ about }) => about !== null);
      expect(own).toHaveLength(5);
      expect(open(world).filter(({ about }) => about === null)).toEqual([
        expect.objectContaining({ subject: 'Partner sync: 4 items to look at' }),
      ]);
      const { run: again } = await world.job('sync');
      expect(again.counts['tasks']).toBe(0);
      expect(open(world)).toHaveLength(6);
    },
  ));

test('a summary that is made again the same day goes on saying what it said in the morning', () =>
  withWorld(
    smallCompany({
      opportunities: [
        ...Array.from({ length: 7 }, (_, i) => ({ n: i + 1, inStage: 29 })),
        { n: 8, stage: 'On Hold', inStage: 100 },
      ],
    }),
    async (world) => {
      await world.begin();
      freezeAtNoon(world, 2);
      await world.job('sync');
      const old = new Date(world.sandbox.clock.now() - 35 * day).toISOString();
      const woken = { Id: id.opportunity(8), StageName: 'Proposal' };
      world.org.update('Opportunity', [woken], world.org.admin);
      standStillSince(world, 8, old);

      await world.job('sync');

      const summaries = open(world).filter(({ about }) => about === null);
      expect(summaries.map(({ subject }) => subject)).toEqual(['Partner sync: 3 items to look at']);
    },
  ));

test('a record of an owner who has left gets no task for them', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29, owner: 3 }] }), async (world) => {
    await world.begin();
    world.advance(2 * day);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(run.counts['failed']).toBe(0);
    expect(world.tasks().filter(({ owner }) => owner === id.user(3))).toEqual([]);
  }));

test('a task deleted by a person is no failure when its matter clears', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1, inStage: 29 }] }), async (world) => {
    await world.begin();
    world.advance(2 * day);
    await world.job('sync');
    const ids = world.org.query('SELECT Id FROM Task').map((row) => String(row['Id']));
    world.org.delete('Task', ids, world.org.admin);
    const move = { Id: id.opportunity(1), StageName: 'Negotiation' };
    world.org.update('Opportunity', [move], world.org.admin);

    const { run } = await world.job('sync');

    expect(run.outcome).toBe('green');
    expect(world.tasks()).toEqual([]);
  }));

/** Noon, so many days on: a test must not cross midnight, where owners get new tasks. */
function freezeAtNoon(world: World, days: number): void {
  const at = new Date(world.sandbox.clock.now() + days * day);
  world.sandbox.clock.freeze(Date.parse(`${at.toISOString().slice(0, 10)}T12:00:00.000Z`));
}

/** Sets the day a stage was entered, as only an import could. */
function standStillSince(world: World, n: number, at: string): void {
  const { org } = world;
  const object = org.object('Opportunity');
  const row = [...org.row(object, id.opportunity(n))!];
  row[object.field('LastStageChangeDate')!.slot] = at.replace('Z', '+0000');
  org.put(object, row);
}
