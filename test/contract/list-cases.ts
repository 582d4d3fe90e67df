/** Listing what is there, for reconcile: whole spans of creation, live records only, or an error. */
import { expect } from '@jest/globals';
import type { CrmRecord } from '../../connectors/connector.ts';
import { failureOf, wholeWindow } from './reading.ts';
import type { ContractCase } from './world.ts';

const day = '2026-12-31';
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `Deal ${at}`, amount: at, closeDate: day }));
const named = (...names: string[]) => names.map((name) => ({ name, closeDate: day }));
const ids = (records: CrmRecord[]) => records.map(({ id }) => id).toSorted();

export const listCases: ContractCase[] = [
  {
    name: 'a list has every live record once, over pages, and no deleted one',
    async run(world) {
      const created = world.create('opportunity', many(700));
      world.remove('opportunity', created.slice(0, 2));
      const { object } = await wholeWindow(world);

      const listed = await world.connector.listCreated({
        object,
        fields: [world.names.amount],
        createdFrom: null,
        createdBefore: null,
        priority: 5,
      });

      expect(ids(listed)).toEqual(created.slice(2).toSorted());
      const last = listed.find(({ id }) => id === created.at(-1));
      expect(Number(last?.values[world.names.amount])).toBe(699);
      expect(last).toMatchObject({ deleted: false, mergedInto: null });
    },
  },
  {
    name: 'spans of creation take in their beginning, leave out their end, and obey the condition',
    async run(world) {
      world.freeze();
      const early = world.create('opportunity', named('Alpha', 'Beta'));
      world.advance(10_000);
      const late = world.create('opportunity', named('Alpha'));
      const { object } = await wholeWindow(world);
      const list = async (from: string | null, before: string | null, where?: string) =>
        ids(
          await world.connector.listCreated({
            object,
            fields: [],
            ...(where ? { where } : {}),
            createdFrom: from,
            createdBefore: before,
            priority: 5,
          }),
        );
      const request = { object, fields: [], ids: late, priority: 5 as const };
      const [{ createdAt }] = (await world.connector.readByIds(request)) as [CrmRecord];

      expect(await list(createdAt, null)).toEqual(late);
      expect(await list(null, createdAt)).toEqual(early.toSorted());
      expect(await list(null, null, world.names.whereAlpha)).toEqual(
        [early[0] ?? '', late[0] ?? ''].toSorted(),
      );
      const byId = { ...request, ids: [...early, ...late], where: world.names.whereAlpha };
      expect(ids(await world.connector.readByIds(byId))).toEqual(
        [early[0] ?? '', late[0] ?? ''].toSorted(),
      );
      const unknown = { ...request, object: world.names.noObject };
      const refused = { ...unknown, createdFrom: null, createdBefore: null };
      expect((await failureOf(world.connector.listCreated(refused))).kind).toBe('not-found');
    },
  },
];
