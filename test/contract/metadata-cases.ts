/** What the CRM says of itself: fields, stages, account; and what provisioning changes there. */
import { expect } from '@jest/globals';
import type { ProvisionStep } from '../../connectors/connector.ts';
import { failureOf } from './reading.ts';
import type { ContractCase, ContractWorld } from './world.ts';

const day = '2026-12-31';
const inState = (steps: ProvisionStep[], state: ProvisionStep['state']) =>
  steps.filter((step) => step.state === state).map(({ what }) => what);
const wanted = ({ fields }: ContractWorld) => [fields.flag, fields.reason, fields.partner];

export const metadataCases: ContractCase[] = [
  {
    name: 'fields are described in canonical kinds',
    async run({ connector, names }) {
      const { fields } = await connector.describe(names.opportunity);

      expect(
        [names.name, names.amount, names.closeDate, names.stage].map(
          (name) => fields.get(name)?.kind,
        ),
      ).toEqual(['text', 'decimal', 'date', 'picklist']);
      expect(fields.get(names.stage)?.picklist?.length).toBeGreaterThan(1);
      expect(fields.get(names.amount)?.writable).toBe(true);
    },
  },
  {
    name: 'a describe is kept, and read again when asked fresh',
    async run(world) {
      const { connector, names } = world;
      await connector.describe(names.opportunity);
      const before = world.countedCalls();
      await Promise.all([connector.describe(names.opportunity)]);
      expect(world.countedCalls()).toBe(before);
      await connector.describe(names.opportunity, { fresh: true });
      expect(world.countedCalls()).toBe(before + world.callsADescription);
    },
  },
  {
    name: 'stages say which are closed and which are won',
    async run({ connector, names }) {
      const stages = await connector.stages(names.opportunity);

      expect(stages.some((stage) => stage.isClosed && stage.isWon)).toBe(true);
      expect(stages.some((stage) => stage.isClosed && !stage.isWon)).toBe(true);
      expect(stages.some((stage) => !stage.isClosed && stage.active)).toBe(true);
    },
  },
  {
    name: 'our own user is known, and by it our own writes',
    async run(world) {
      const { connector, names } = world;
      const account = await connector.account();
      const [id = ''] = world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      await connector.writeRecords(names.opportunity, [{ id, values: { [names.amount]: 3 } }], 3);

      const [record] = await connector.readByIds({
        object: names.opportunity,
        fields: [names.amount],
        ids: [id],
        priority: 3,
      });

      expect(account.accountId).not.toBe('');
      expect(record?.modifiedBy).toBe(account.userId);
      expect(connector.recordUrl(names.opportunity, id)).toContain(id);
    },
  },
  {
    name: 'a dry run of provisioning lists the steps and changes nothing',
    async run(world) {
      const steps = await world.connector.provision(wanted(world), { dryRun: true });

      for (const field of wanted(world)) {
        expect(inState(steps, 'would-create').join()).toContain(field.name);
      }
      expect(inState(steps, 'created')).toEqual([]);
      const { fields } = await world.connector.describe(world.names.opportunity, { fresh: true });
      expect(fields.has(world.fields.flag.name)).toBe(false);
    },
  },
  {
    name: 'provisioned fields work at once, and a second run changes nothing',
    async run(world) {
      const { connector, names, fields } = world;
      const first = await connector.provision(wanted(world), { dryRun: false });
      const [partner = ''] = world.create('partner', [{ name: 'Partner' }]);
      const [id = ''] = world.create('opportunity', [{ name: 'Deal', closeDate: day }]);
      const values = {
        [fields.flag.name]: true,
        [fields.reason.name]: 'Because.',
        [fields.partner.name]: partner,
      };
      const [written] = await connector.writeRecords(names.opportunity, [{ id, values }], 3);
      const [record] = await connector.readByIds({
        object: names.opportunity,
        fields: Object.keys(values),
        ids: [id],
        priority: 3,
      });
      const second = await connector.provision(wanted(world), { dryRun: false });

      expect(inState(first, 'failed')).toEqual([]);
      expect(written?.outcome).toBe('written');
      expect(record?.values).toEqual(values);
      expect(inState(second, 'created')).toEqual([]);
      expect(inState(second, 'failed')).toEqual([]);
      expect(inState(second, 'manual').length).toBeGreaterThan(0);
    },
  },
  {
    name: 'a field that exists as another type fails alone and says so',
    async run(world) {
      const { connector, fields } = world;
      await connector.provision([fields.reason], { dryRun: false });

      const steps = await connector.provision(
        [{ ...fields.flag, name: fields.reason.name }, fields.partner],
        { dryRun: false },
      );

      const [failed] = steps.filter(({ state }) => state === 'failed');
      expect(failed?.what).toContain(fields.reason.name);
      expect(failed?.detail).toMatch(/map another field/);
      expect(inState(steps, 'created').join()).toContain(fields.partner.name);
    },
  },
  {
    name: 'a merged record is followed to its survivor, through a chain; gone ones are left out',
    async run(world) {
      const [a = '', b = '', c = '', gone = '', alive = ''] = world.create(
        'partner',
        ['A', 'B', 'C', 'Gone', 'Alive'].map((name) => ({ name })),
      );
      const first = world.merge(b, a);
      const last = world.merge(c, first);
      world.remove('partner', [gone]);

      const found = await world.connector.resolveIdentity(world.names.partner, [
        a,
        b,
        gone,
        alive,
        world.names.noId,
      ]);

      expect(Object.fromEntries(found)).toEqual({ [a]: last, [b]: last });
    },
  },
  {
    name: 'an object that does not exist cannot be provisioned into',
    async run({ connector, names, fields }) {
      const lost = { ...fields.flag, object: names.noObject };
      const error = await failureOf(connector.provision([lost], { dryRun: true }));
      expect(error.kind).toBe('not-found');
    },
  },
];
