/** Rights that are missing: named by `validate --online`, and before plan or apply write anything. */
import { expect, test } from '@jest/globals';
import { defaultPrivateToken, defaultServiceKey } from '../../sandbox/hubspot/portals.ts';
import { allScopes } from '../../sandbox/hubspot/scopes.ts';
import type { Store } from '../../store/types.ts';
import {
  type PortalWorld,
  connection as portalConnection,
  withPortal,
} from '../support/portal-world.ts';
import { type SmallCompany, smallCompany } from '../support/small-company.ts';
import { smallPortal } from '../support/small-portal.ts';
import { connection, type World, withWorld } from '../support/world.ts';

const company: SmallCompany = {
  opportunities: [
    { n: 1, inStage: 40 },
    { n: 2, inStage: 10 },
  ],
  registrations: [{ n: 1, partner: 1, opportunity: 2 }],
};

interface Found {
  problems: string[];
  notes: string[];
}

/** What `validate --online` says. */
async function validated(
  world: { store: Store; activity: World['activity'] },
  connection: string,
): Promise<Found> {
  const id = `validate-${Math.random()}`;
  const createdAt = new Date().toISOString();
  await world.store.saveCommand({
    id,
    kind: 'validate',
    connection,
    actor: 'test',
    createdAt,
    args: {},
  });
  await world.activity('checkMapping', { connection, commandId: id });
  return (await world.store.command(id))!.result as unknown as Found;
}

/** Takes scopes from the app, or gives it all but them. */
function takeScopes({ sandbox }: PortalWorld, ...taken: string[]): void {
  const grant = sandbox.portals.tokens.get(defaultPrivateToken)!;
  const scopes = allScopes.filter((scope) => !taken.includes(scope));
  sandbox.portals.tokens.set(defaultPrivateToken, { ...grant, scopes });
}

const readOnly = allScopes.filter((scope) => scope.endsWith('.write'));

test('a token of all scopes has no problem and no note', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();

    expect(await validated(world, portalConnection)).toMatchObject({ problems: [], notes: [] });
  }));

test('a read-only token: each scope that is missing, once, at its line, and where to add it', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    takeScopes(world, ...readOnly);

    const { problems, notes } = await validated(world, portalConnection);

    expect(problems.map((text) => /the scope (\S+):/.exec(text)?.[1]).sort()).toEqual([
      'crm.objects.companies.write',
      'crm.objects.contacts.write',
      'crm.objects.deals.write',
    ]);
    for (const text of problems) expect(text).toMatch(/\.yaml:\d+:\d+ write\.\S+: .*scopes/i);
    expect(problems.join()).toContain('fields of opportunity records cannot be written');
    expect(notes.join()).toContain('crm.schemas.deals.write');
    expect(notes.join()).toContain('partner-sync provision');
  }));

test('a scope to make properties is a note only', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    takeScopes(world, 'crm.schemas.deals.write');

    const { problems, notes } = await validated(world, portalConnection);

    expect(problems).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('crm.schemas.deals.write');
  }));

test.each([
  ['crm.objects.deals.read', 'opportunity records cannot be read'],
  ['crm.objects.custom.read', 'registration records cannot be read'],
  ['crm.objects.owners.read', 'user records cannot be read'],
])('a token that may not read, without %s', (scope, breaks) =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    takeScopes(world, scope);

    const { problems } = await validated(world, portalConnection);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`lacks the scope ${scope}`);
    expect(problems[0]).toContain(breaks);
  }),
);

test('a plan and an apply refuse in the words of validate, before anything is written', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 9 days');
    const plan = await world.job('plan');
    expect(plan.run.outcome).toBe('green');
    takeScopes(world, 'crm.objects.deals.write');
    const { problems } = await validated(world, portalConnection);
    const place = world.portal.writes.length;

    for (const job of [await world.job('plan'), await world.job('apply', { planId: plan.runId })]) {
      expect(job.failure?.type).toBe('Crm.MissingScope');
      expect(job.failure?.message).toContain(problems[0]!.replace(/^.*?presets/, 'presets'));
      expect(job.run.outcome).toBe('red');
    }
    expect(world.portal.writes.length).toBe(place);

    // The scope is given, and what was planned is done: the open plan has not been lost.
    takeScopes(world);
    const applied = await world.job('apply', { planId: plan.runId });
    expect([applied.failure, applied.run.outcome]).toEqual([null, 'green']);
    expect(applied.run.counts['written']).toBeGreaterThan(0);
  }));

test('of a service key HubSpot tells nothing: the scopes it needs are named in a note', () =>
  withPortal(smallPortal(company), async (world) => {
    await world.begin();
    const { tokens } = world.sandbox.portals;
    tokens.set(defaultPrivateToken, tokens.get(defaultServiceKey)!);

    const { problems, notes } = await validated(world, portalConnection);

    expect(problems).toEqual([]);
    expect(notes.join()).toContain('crm.objects.deals.write');
    expect(notes.join()).toContain('service key');
  }));

/** What a profile of its own and its permission set permit our user, in Salesforce's own words. */
interface Permitted {
  objects: Record<string, { edit: boolean }>;
  editTasks?: boolean;
  /** Fields of ours that are read only. */
  readOnly?: string[];
}

const everything: Permitted = {
  objects: {
    Account: { edit: true },
    Opportunity: { edit: true },
    Deal_Registration__c: { edit: true },
    Partner_Touch__c: { edit: true },
  },
};

/** Our user keeps the provisioned permission set; beside it, it may do only what is given. */
function permit({ org }: World, { objects, editTasks = true, readOnly = [] }: Permitted): void {
  const one = (soql: string) => String(org.query(soql)[0]!['Id']);
  const profile = one("SELECT Id FROM Profile WHERE Name = 'Minimum Access - Salesforce'");
  org.update('User', [{ Id: org.integrationUserId, ProfileId: profile }], org.admin);
  const named = { Name: `Set_${Math.random().toString(36).slice(2)}`, Label: 'Set' };
  const tasks = { PermissionsActivitiesAccess: true, PermissionsEditTask: editTasks };
  const [set] = org.insert('PermissionSet', [{ ...named, ...tasks }], org.admin);
  const ParentId = set!.id!;
  org.insert(
    'ObjectPermissions',
    Object.entries(objects).map(([SobjectType, { edit }]) => {
      const rights = { PermissionsRead: true, PermissionsCreate: edit, PermissionsEdit: edit };
      return { ParentId, SobjectType, ...rights };
    }),
    org.admin,
  );
  const assignment = { PermissionSetId: ParentId, AssigneeId: org.integrationUserId };
  org.insert('PermissionSetAssignment', [assignment], org.admin);
  for (const field of readOnly) {
    const Id = one(
      `SELECT Id FROM FieldPermissions WHERE Field = '${field}' AND PermissionsEdit = true`,
    );
    org.update('FieldPermissions', [{ Id, PermissionsEdit: false }], org.admin);
  }
}

test('a Salesforce user who may edit what is written has no problem', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    permit(world, everything);

    expect(await validated(world, connection)).toMatchObject({ problems: [] });
  }));

test.each<[string, Partial<Permitted>, string, string]>([
  [
    'may not edit opportunities',
    { objects: { ...everything.objects, Opportunity: { edit: false } } },
    'write.opportunity: our user may not edit Opportunity records',
    'Object Settings',
  ],
  [
    'may not edit one field',
    { readOnly: ['Opportunity.Partner_Attribution_Reason__c'] },
    'Opportunity.Partner_Attribution_Reason__c may not be edited by our user',
    'Set Field-Level Security',
  ],
  [
    'may not make tasks',
    { editTasks: false },
    'write.tasks.key: our user may not make or edit tasks',
    '"Edit Tasks"',
  ],
])('a Salesforce user who %s: where, and by which permission', (_, taken, says, remedy) =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.edit('policies/sandbox.yaml', 'default: 30 days', 'default: 9 days');
    const plan = await world.job('plan');
    permit(world, { ...everything, ...taken });
    const tasks = world.tasks().length;

    const { problems } = await validated(world, connection);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(says);
    expect(problems[0]).toContain(remedy);
    expect(problems[0]).toMatch(/\.yaml:\d+:\d+ /);
    const applied = await world.job('apply', { planId: plan.runId });
    expect(applied.failure?.type).toBe('Crm.MissingScope');
    expect(applied.failure?.message).toContain(problems[0]!.replace(/^.*?presets/, 'presets'));
    expect(applied.calls.filter((call) => /^(POST|PATCH)/.test(call))).toEqual([]);
    expect(world.tasks()).toHaveLength(tasks);
  }),
);

test('a right that is lost between plan and write: the rows are held as failures, and done later', () =>
  withWorld(smallCompany(company), async (world) => {
    await world.begin();
    world.advance(40 * 86_400_000);
    permit(world, { objects: { ...everything.objects, Opportunity: { edit: false } } });

    const refused = await world.job('sync');

    expect(refused.run.outcome).toBe('amber');
    expect(refused.run.counts['failed']).toBeGreaterThan(0);
    const { rows } = { rows: await world.store.failures(connection, 50) };
    expect(rows.every(({ state }) => state === 'failed')).toBe(true);
    permit(world, everything);
    await world.job('retry');
    expect(await world.store.failures(connection, 50)).toEqual([]);
  }));
