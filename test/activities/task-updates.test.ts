/** A summary task that later runs change: what is sent, what a plan says of it, what undo puts back. */
import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../store/types.ts';
import { connection as portalConnection, withPortal } from '../support/portal-world.ts';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';
import { id as portalId, smallPortal } from '../support/small-portal.ts';
import { type Job, connection as orgConnection, type World, withWorld } from '../support/world.ts';

/** One is stale from the first day on, another under a stricter policy only. */
const company: SmallCompany = {
  opportunities: [
    { n: 1, inStage: 40, name: 'Long still' },
    { n: 2, inStage: 10, name: 'Shortly still' },
  ],
};

interface Words {
  subject: string;
  body: string;
  dueOn: string;
  owner: string | null;
}

/** What the tests need of either CRM. */
interface Crm {
  connection: string;
  store: Store;
  begin(): Promise<void>;
  edit(file: string, from: string, to: string): void;
  job(kind: 'plan' | 'apply' | 'sync', options?: { planId?: string }): Promise<Job>;
  activity: World['activity'];
  advance(ms: number): void;
  /** The one task there is. */
  task(): Words;
  /** A person gives the task another day and owner, or other words. */
  change(words: Partial<Words>): void;
  other: string;
}

const onSalesforce = (work: (crm: Crm) => Promise<void>) =>
  withWorld(smallCompany(company), (world) => {
    const row = () => {
      const rows = world.org.query(
        'SELECT Id, Subject, Description, ActivityDate, OwnerId FROM Task',
      );
      expect(rows).toHaveLength(1);
      return rows[0]!;
    };
    return work({
      ...world,
      connection: orgConnection,
      other: id.user(2),
      task: () => ({
        subject: String(row()['Subject']),
        body: String(row()['Description']),
        dueOn: String(row()['ActivityDate']),
        owner: row()['OwnerId'] as string,
      }),
      change({ subject, dueOn, owner }) {
        const fields = {
          ...(subject === undefined ? {} : { Subject: subject }),
          ...(dueOn === undefined ? {} : { ActivityDate: dueOn }),
          ...(owner == null ? {} : { OwnerId: owner }),
        };
        const [result] = world.org.update(
          'Task',
          [{ Id: row()['Id'], ...fields }],
          world.org.admin,
        );
        expect(result).toMatchObject({ success: true });
      },
    });
  });

const onHubSpot = (work: (crm: Crm) => Promise<void>) =>
  withPortal(smallPortal(company), (world) => {
    const only = () => {
      const all = [...world.portal.store('tasks').all()];
      expect(all).toHaveLength(1);
      return all[0]!.id;
    };
    const names = ['hs_task_subject', 'hs_task_body', 'hs_timestamp', 'hubspot_owner_id'];
    return work({
      ...world,
      connection: portalConnection,
      other: portalId.owner(2),
      task() {
        const shown = world.look('tasks', only(), names);
        return {
          subject: shown['hs_task_subject']!,
          body: shown['hs_task_body']!,
          dueOn: shown['hs_timestamp']!.slice(0, 10),
          owner: shown['hubspot_owner_id']!,
        };
      },
      change({ subject, dueOn, owner }) {
        world.set('tasks', only(), {
          ...(subject === undefined ? {} : { hs_task_subject: subject }),
          ...(dueOn === undefined ? {} : { hs_timestamp: `${dueOn}T12:00:00.000Z` }),
          ...(owner == null ? {} : { hubspot_owner_id: owner }),
        });
      },
    });
  });

async function stricter(crm: Crm): Promise<Job> {
  crm.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 9 days');
  const plan = await crm.job('plan');
  const applied = await crm.job('apply', { planId: plan.runId });
  expect(applied.failure).toBeNull();
  return applied;
}

/** Runs an undo's activities; its answer. */
let undos = 900;
async function undo(crm: Crm, undoRunId: string) {
  const { connection, activity } = crm;
  undos += 1;
  const runId = `undo/${connection}/${undos}`;
  const commandId = `undo-command-${undos}`;
  const createdAt = new Date().toISOString();
  const command = { id: commandId, kind: 'undo', connection, actor: 'test', createdAt, args: {} };
  await crm.store.saveCommand(command as never);
  await activity('openRun', { connection, kind: 'undo', commandId, planId: null }, { runId });
  await activity('undoChanges', { connection, runId, undoRunId, field: null });
  await activity('writeChanges', { connection, runId, planId: null });
  await activity('closeRun', { connection, runId, failure: null });
  const run = (await crm.store.run(runId))!;
  const answer = (await crm.store.command(commandId))!.result as {
    left: { object: string; field: string; why: string }[];
  };
  return { run, left: answer.left };
}

describe.each([
  ['Salesforce', onSalesforce],
  ['HubSpot', onHubSpot],
])('on %s', (_, on) => {
  test('an update of a summary changes its words, and leaves the day and the owner to people', () =>
    on(async (crm) => {
      await crm.begin();
      const before = crm.task();
      expect(before.subject).toContain('1 ');
      expect(before.body).toContain('Long still');
      crm.change({ dueOn: '2031-03-04', owner: crm.other });

      const { run } = await stricter(crm);

      expect([run.outcome, run.counts['tasks']]).toEqual(['green', 1]);
      const after = crm.task();
      expect(after.body).toContain('2 stale opportunities, oldest Long still');
      expect(after).toMatchObject({ dueOn: '2031-03-04', owner: crm.other });
    }));

  test('a plan names the task it would change, with the old words and the new', () =>
    on(async (crm) => {
      await crm.begin();
      const before = crm.task();
      crm.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 9 days');

      const plan = await crm.job('plan');

      const { rows } = await crm.store.planRows(plan.runId, { limit: 100, object: 'task' });
      await crm.job('apply', { planId: plan.runId });
      const after = crm.task();
      expect(
        rows.map(({ recordName, field, old, new: planned }) => [recordName, field, old, planned]),
      ).toEqual([
        [`Task "${before.subject}"`, 'body', before.body, after.body],
        [`Task "${before.subject}"`, 'subject', before.subject, after.subject],
      ]);
      expect((await crm.store.plan(plan.runId))!.tasks).toBe(1);
    }));

  test('undo of the run that changed it puts the words back, and leaves what a person has set', () =>
    on(async (crm) => {
      await crm.begin();
      const before = crm.task();
      const { runId } = await stricter(crm);
      expect(crm.task().body).not.toBe(before.body);
      crm.change({ dueOn: '2031-03-04' });

      const { run, left } = await undo(crm, runId);

      expect(run.outcome).toBe('green');
      expect(run.counts).toMatchObject({ tasksRestored: 1 });
      expect(crm.task()).toEqual({ ...before, dueOn: '2031-03-04' });
      expect(left).toEqual([]);
      crm.advance(3_600_000);
      await crm.job('sync');
      expect(crm.task().body).toBe(before.body);
    }));

  test('undone one after the other, the run that had made the task cancels it', () =>
    on(async (crm) => {
      await crm.begin();
      const before = crm.task();
      const first = (await crm.store.latestRun(crm.connection, 'apply'))!;
      const second = await stricter(crm);

      // Not while it says what the later run wrote: that is left alone and named.
      const early = await undo(crm, first.id);
      expect(early.run.counts['tasksCancelled']).toBeUndefined();
      expect(
        early.left.filter(({ object }) => object === 'task').map(({ field }) => field),
      ).toEqual(expect.arrayContaining(['subject', 'body']));
      await undo(crm, second.runId);
      const { run } = await undo(crm, first.id);

      expect(run.counts).toMatchObject({ tasksCancelled: 1 });
      expect(crm.task().subject).toBe(`Cancelled: ${before.subject}`);
    }));

  test('words a person has changed since are left alone, and named', () =>
    on(async (crm) => {
      await crm.begin();
      const before = crm.task();
      const { runId } = await stricter(crm);
      crm.change({ subject: 'Mine now' });

      const { left } = await undo(crm, runId);

      expect(crm.task()).toMatchObject({ subject: 'Mine now', body: before.body });
      expect(left).toEqual([
        expect.objectContaining({ object: 'task', field: 'subject', why: 'changed since' }),
      ]);
    }));
});
