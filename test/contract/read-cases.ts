/** Reading: nothing lost at borders of pages and windows, deletions seen, values always alike. */
import { expect } from '@jest/globals';
import type { CrmRecord } from '../../connectors/connector.ts';
import { failureOf, pullAll, wholeWindow } from './reading.ts';
import type { ContractCase } from './world.ts';

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `Deal ${at}`, amount: at, closeDate: day }));
const day = '2026-12-31';
const ids = (records: CrmRecord[]) => records.map(({ id }) => id);

export const readCases: ContractCase[] = [
  {
    name: '2,500 records of one instant arrive once each, in pages, with the least calls',
    async run(world) {
      const created = world.create('opportunity', many(2_500));
      const request = await wholeWindow(world);
      await world.connector.describe(request.object);

      const before = world.countedCalls();
      const { records, pages } = await pullAll(() => world.connector, request);

      expect(pages).toBeGreaterThan(1);
      expect(ids(records).toSorted()).toEqual(created.toSorted());
      expect(world.countedCalls() - before).toBe(pages + world.callsBesidePages);
      const order = records.map(({ modifiedAt, id }) => `${modifiedAt} ${id}`);
      expect(order).toEqual(order.toSorted());
    },
  },
  {
    name: 'a read goes on in another process from its position, losing nothing',
    async run(world) {
      const created = world.create('opportunity', many(700));
      const request = await wholeWindow(world);

      const { records, pages } = await pullAll(() => world.reopen(), request);

      expect(pages).toBeGreaterThan(1);
      expect(ids(records).toSorted()).toEqual(created.toSorted());
    },
  },
  {
    name: 'a read goes on when the CRM has forgotten it between two pages',
    async run(world) {
      const created = world.create('opportunity', many(700));
      const request = await wholeWindow(world);

      const { records } = await pullAll(() => {
        world.forgetPaging();
        return world.connector;
      }, request);

      expect(ids(records).toSorted()).toEqual(created.toSorted());
    },
  },
  {
    name: 'a record changed while its window is read loses nobody its place',
    async run(world) {
      const created = world.create('opportunity', many(700));
      const request = await wholeWindow(world);
      const first = await world.connector.pullChanges(request);
      world.advance(60_000);
      for (const id of created.slice(150, 250)) world.edit('opportunity', id, { name: 'Moved' });
      world.forgetPaging();

      const after = first.next ?? undefined;
      const rest = await pullAll(() => world.connector, { ...request, ...(after && { after }) });
      const again = { ...request, from: request.until, until: await world.connector.now() };
      const next = await pullAll(() => world.connector, again);

      const seen = new Set([...ids(first.records), ...ids(rest.records), ...ids(next.records)]);
      expect(created.filter((id) => !seen.has(id))).toEqual([]);
    },
  },
  {
    name: 'both bounds of a window are inside it, and nothing else is',
    async run(world) {
      world.freeze();
      const [early = ''] = world.create('opportunity', [{ name: 'Early', closeDate: day }]);
      world.advance(10_000);
      const [late = ''] = world.create('opportunity', [{ name: 'Late', closeDate: day }]);
      world.advance(10_000);
      const all = (await pullAll(() => world.connector, await wholeWindow(world))).records;
      const at = (id: string) => all.find((record) => record.id === id)?.modifiedAt ?? '';
      const window = async (from: string, until: string) =>
        ids(
          (
            await pullAll(() => world.connector, {
              ...(await wholeWindow(world)),
              from,
              until,
            })
          ).records,
        );
      const plus = (instant: string, ms: number) =>
        new Date(Date.parse(instant) + ms).toISOString();

      expect(await window(at(early), at(late))).toEqual([early, late]);
      expect(await window(plus(at(early), 1_000), at(late))).toEqual([late]);
      expect(await window(at(early), plus(at(late), -1_000))).toEqual([early]);
      expect(await window(plus(at(late), 1_000), plus(at(late), 5_000))).toEqual([]);
    },
  },
  {
    name: 'a deleted record comes in its window, marked as deleted',
    async run(world) {
      const [kept = '', gone = ''] = world.create('opportunity', many(2));
      world.advance(5_000);
      world.remove('opportunity', [gone]);

      const { records } = await pullAll(() => world.connector, await wholeWindow(world));

      expect(records.map(({ id, deleted }) => ({ id, deleted }))).toEqual([
        { id: kept, deleted: false },
        { id: gone, deleted: true },
      ]);
    },
  },
  {
    name: 'ids deleted in a window are listed, and none from before it',
    async run(world) {
      const [first = '', second = ''] = world.create('opportunity', many(2));
      world.remove('opportunity', [first]);
      world.advance(600_000);
      const from = new Date(world.nowMs()).toISOString();
      world.advance(60_000);
      world.remove('opportunity', [second]);
      world.advance(120_000);
      const until = new Date(world.nowMs()).toISOString();

      const found = await world.connector.pullDeleted(world.names.opportunity, from, until);

      expect(found).toEqual([second]);
    },
  },
  {
    name: 'the mapping’s condition holds in every read',
    async run(world) {
      const [alpha] = world.create('opportunity', [{ name: 'Alpha', closeDate: day }]);
      world.create('opportunity', many(3));
      const where = world.names.whereAlpha;
      const request = { ...(await wholeWindow(world)), where };

      expect(ids((await pullAll(() => world.connector, request)).records)).toEqual([alpha]);
      expect(await world.connector.count(world.names.opportunity, where)).toBe(1);
      expect(await world.connector.count(world.names.opportunity)).toBe(4);
      expect(ids((await world.connector.backfill(request, null)).records)).toEqual([alpha]);
    },
  },
  {
    name: 'a read by id gives what exists, deleted ones too, and leaves out what does not',
    async run(world) {
      const created = world.create('opportunity', many(600));
      world.remove('opportunity', created.slice(0, 1));
      const { names } = world;

      const records = await world.connector.readByIds({
        object: names.opportunity,
        fields: [names.name],
        ids: [names.noId, ...created, "' OR Name != '"],
        priority: 1,
      });

      expect(ids(records).toSorted()).toEqual(created.toSorted());
      expect(records.filter((record) => record.deleted).map(({ id }) => id)).toEqual([created[0]]);
    },
  },
  {
    name: 'a record reads the same by window, by id and by backfill',
    async run(world) {
      const { names, connector } = world;
      const text = 'Quote \' " \\ comma, + & % é 🚀';
      const created = world.create('opportunity', [
        { name: text, amount: 1234.5, closeDate: day },
        { name: 'Empty', closeDate: day },
      ]);
      const fields = [names.name, names.amount, names.closeDate, names.ownerName];
      const request = { ...(await wholeWindow(world)), fields };

      const pulled = (await pullAll(() => connector, request)).records;
      const read = await connector.readByIds({ ...request, ids: created });
      const filled = (await connector.backfill(request, null)).records;

      const byId = (records: CrmRecord[]) => records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(byId(read)).toEqual(byId(pulled));
      expect(byId(filled)).toEqual(byId(pulled));
      const first = pulled.find(({ id }) => id === created[0]);
      expect(first?.values[names.name]).toBe(text);
      expect(Number(first?.values[names.amount])).toBe(1234.5);
      expect(first?.values[names.closeDate]).toBe(day);
      expect(first?.values[names.ownerName]).toBeTruthy();
      expect(first?.modifiedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(pulled.find(({ id }) => id === created[1])?.values[names.amount]).toBeNull();
    },
  },
  {
    name: 'a backfill goes on from its resume token in another process',
    async run(world) {
      const created = world.create('opportunity', many(700));
      const request = await wholeWindow(world);
      const seen: string[] = [];
      let resume: string | null = null;
      let calls = 0;
      do {
        const page = await world.reopen().backfill(request, resume);
        seen.push(...ids(page.records));
        resume = page.resume;
        calls += 1;
      } while (resume !== null && calls < 50);

      expect(calls).toBeGreaterThan(1);
      expect(seen.toSorted()).toEqual(created.toSorted());
    },
  },
  {
    name: 'an object, a field or a condition that cannot be is refused by kind',
    async run(world) {
      const { names, connector } = world;
      const request = await wholeWindow(world);
      const kinds = await Promise.all(
        [
          connector.describe(names.noObject),
          connector.pullChanges({ ...request, object: names.noObject }),
          connector.count(names.noObject),
          connector.pullChanges({ ...request, fields: [names.noField] }),
          connector.pullChanges({ ...request, where: "Name != '') OR (Name != ''" }),
          connector.pullChanges({ ...request, fields: ['Name FROM Opportunity --'] }),
        ].map(async (work) => (await failureOf(work)).kind),
      );

      expect(kinds).toEqual([
        'not-found',
        'not-found',
        'not-found',
        'invalid-field',
        'rejected',
        'invalid-field',
      ]);
    },
  },
];
