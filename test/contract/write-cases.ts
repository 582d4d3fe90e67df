/** Writing: one result a row in input order, nothing twice, cleared means cleared. */
import { expect } from '@jest/globals';
import type { TaskContent, TaskWrite } from '../../connectors/connector.ts';
import { failureOf } from './reading.ts';
import type { ContractCase, ContractWorld } from './world.ts';

const day = '2026-12-31';

export const writeCases: ContractCase[] = [
  {
    name: 'of a batch each row has its own result, in input order',
    async run(world) {
      const { names, connector } = world;
      world.forbidNegativeAmounts();
      const [a = '', b = '', c = ''] = world.create(
        'opportunity',
        ['A', 'B', 'C'].map((name) => ({ name, amount: 1, closeDate: day })),
      );

      const results = await connector.writeRecords(
        names.opportunity,
        [
          { id: a, values: { [names.amount]: 10 } },
          { id: b, values: { [names.amount]: -10 } },
          { id: names.noId, values: { [names.amount]: 10 } },
          { id: c, values: { [names.amount]: 30 } },
        ],
        3,
      );

      expect(results.map(({ id, outcome }) => [id, outcome])).toEqual([
        [a, 'written'],
        [b, 'failed'],
        [names.noId, 'failed'],
        [c, 'written'],
      ]);
      for (const result of results) {
        if (result.outcome !== 'failed') continue;
        expect(result.retryable).toBe(false);
        expect(result.code).toMatch(/^\w+$/);
        expect(result.reason).toMatch(/\. .*\.$/);
      }
      expect([a, b, c].map((id) => world.look(id)?.amount)).toEqual([10, 1, 30]);
    },
  },
  {
    name: 'more rows than one call carries are all written, with the least calls',
    async run(world) {
      const { names, connector } = world;
      const count = connector.writeBatchSize + 1;
      const created = world.create(
        'opportunity',
        Array.from({ length: count }, () => ({ name: 'Deal', closeDate: day })),
      );

      const before = world.countedCalls();
      const results = await connector.writeRecords(
        names.opportunity,
        created.map((id) => ({ id, values: { [names.amount]: 7 } })),
        3,
      );

      expect(world.countedCalls() - before).toBe(Math.ceil(count / world.rowsACall));
      expect(results.map(({ id }) => id)).toEqual(created);
      expect(new Set(created.map((id) => world.look(id)?.amount))).toEqual(new Set([7]));
    },
  },
  {
    name: 'null clears a field and leaves the others',
    async run(world) {
      const { names, connector } = world;
      const record = { name: 'Kept', amount: 5, closeDate: day };
      const [id = ''] = world.create('opportunity', [record]);

      await connector.writeRecords(
        names.opportunity,
        [{ id, values: { [names.amount]: null } }],
        3,
      );

      expect(world.look(id)).toMatchObject({ name: 'Kept', closeDate: day });
      expect(world.look(id)?.amount ?? null).toBeNull();
    },
  },
  {
    name: 'nothing to write costs no call',
    async run(world) {
      await world.connector.account();
      const before = world.countedCalls();

      expect(await world.connector.writeRecords(world.names.opportunity, [], 3)).toEqual([]);
      expect(await world.connector.upsertTasks([], 3)).toEqual([]);
      expect(world.countedCalls()).toBe(before);
    },
  },
  {
    name: 'a task written twice is one task, changed the second time',
    async run(world) {
      const { connector } = world;
      await connector.provision([], { dryRun: false });
      const task = await aTask(world);

      const [first] = await connector.upsertTasks([task], 1);
      const [second] = await connector.upsertTasks([renamed(task, 'Changed')], 1);

      expect(first).toMatchObject({ key: task.key, outcome: 'written', created: true });
      expect(second).toMatchObject({ key: task.key, outcome: 'written', created: false });
      if (first?.outcome === 'written' && second?.outcome === 'written') {
        expect(second.id).toBe(first.id);
      }
      expect(world.tasks()).toEqual([{ subject: 'Changed', open: true }]);
    },
  },
  {
    name: 'a key given twice in one batch is one task, as given last',
    async run(world) {
      await world.connector.provision([], { dryRun: false });
      const task = await aTask(world);

      const results = await world.connector.upsertTasks([task, renamed(task, 'Last')], 1);

      expect(results.map(({ outcome }) => outcome)).toEqual(['written', 'written']);
      expect(world.tasks()).toEqual([{ subject: 'Last', open: true }]);
    },
  },
  {
    name: 'a task done or cancelled is closed in the CRM, and found by its key',
    async run(world) {
      const { connector } = world;
      await connector.provision([], { dryRun: false });
      const task = await aTask(world);
      const keys = ['done', 'cancelled', 'open'].map((status) => `${task.key}:${status}`);
      await connector.upsertTasks(
        (['done', 'cancelled', 'open'] as const).map((status) => ({
          ...task,
          key: `${task.key}:${status}`,
          status,
        })),
        1,
      );

      const found = await connector.findTasks([...keys, "no such ' key"]);

      expect([...found.keys()].toSorted()).toEqual(keys.toSorted());
      expect(keys.map((key) => found.get(key)?.open)).toEqual([false, false, true]);
    },
  },
  {
    name: 'of a task that is there only the named parts are changed, one that is not is made whole',
    async run(world) {
      const { connector } = world;
      await connector.provision([], { dryRun: false });
      const task = about(await aTask(world), { body: 'First & <last>\nline', dueOn: '2026-12-01' });
      await connector.upsertTasks([task], 1);
      const only = new Set(['subject'] as const);
      const words = { subject: 'Second', body: 'Unsent', dueOn: '2027-01-01' };

      await connector.upsertTasks(
        [task.key, 'another'].map((key) => ({ ...about(task, words), key, only })),
        1,
      );

      const found = await connector.findTasks([task.key, 'another']);
      expect(found.get(task.key)?.content).toMatchObject({
        subject: 'Second',
        body: 'First & <last>\nline',
        dueOn: '2026-12-01',
      });
      expect(found.get('another')?.content).toMatchObject(words);
    },
  },
  {
    name: 'a task about a record that is not there fails alone',
    async run(world) {
      await world.connector.provision([], { dryRun: false });
      const task = await aTask(world);

      const results = await world.connector.upsertTasks(
        [{ ...task, key: 'lost', content: { ...task.content, aboutId: world.names.noId } }, task],
        1,
      );

      expect(results.map(({ key, outcome }) => [key, outcome])).toEqual([
        ['lost', 'failed'],
        [task.key, 'written'],
      ]);
    },
  },
  {
    name: 'closing a task changes its status alone, and never makes one that is gone',
    async run(world) {
      await world.connector.provision([], { dryRun: false });
      const task = about(await aTask(world), { subject: 'Kept' });
      await world.connector.upsertTasks([task], 1);

      const results = await world.connector.upsertTasks(
        [
          { key: 'gone', status: 'cancelled', content: null },
          { key: task.key, status: 'done', content: null },
        ],
        1,
      );

      expect(results).toEqual([
        expect.objectContaining({ key: 'gone', outcome: 'failed', retryable: false }),
        expect.objectContaining({ key: task.key, outcome: 'written', created: false }),
      ]);
      expect(world.tasks()).toEqual([{ subject: 'Kept', open: false }]);
    },
  },
  {
    name: 'a task is not written before its key can be kept',
    async run(world) {
      const task = await aTask(world);

      const error = await failureOf(world.connector.upsertTasks([task], 1));

      expect(error.kind).toBe('invalid-field');
      expect(error.message).toContain('partner-sync provision');
      expect(world.tasks()).toEqual([]);
    },
  },
];

function renamed(task: TaskWrite & { content: TaskContent }, subject: string): TaskWrite {
  return { ...task, content: { ...task.content, subject } };
}

function about(
  task: TaskWrite & { content: TaskContent },
  content: Partial<TaskContent>,
): TaskWrite & { content: TaskContent } {
  return { ...task, content: { ...task.content, ...content } };
}

async function aTask(world: ContractWorld): Promise<TaskWrite & { content: TaskContent }> {
  const [aboutId = ''] = world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
  return {
    key: "stale:O'Neil:1",
    status: 'open',
    content: {
      subject: `Ask about ${'a long story '.repeat(30)}`.slice(0, 200),
      body: 'Line one\nLine two with "quotes"',
      ownerId: null,
      aboutId,
      aboutObject: world.names.opportunity,
      dueOn: day,
      highPriority: true,
    },
  };
}
