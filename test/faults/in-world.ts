/** What the named cases share: companies of a size, arming, and the mirror as it stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectName } from '../../rules/types.ts';
import type { ArmingInput } from '../../sandbox/faults/arming.ts';
import { makeChange } from '../../sandbox/faults/changes.ts';
import { random } from '../../sandbox/seed/random.ts';
import type { MirrorRow } from '../../store/types.ts';
import { id, type SmallOpportunity } from '../support/small-company.ts';
import { connection, type World } from '../support/world.ts';

/** `n` opportunities; `more` says of each what matters. */
export function opportunities(
  n: number,
  more: (i: number) => Partial<SmallOpportunity> = () => ({}),
): SmallOpportunity[] {
  return Array.from({ length: n }, (_, i) => ({ n: i + 1, ...more(i + 1) }));
}

/** Opportunities that become stale within two days: each is then one write and one task. */
export const soonStale = (n: number) => opportunities(n, () => ({ inStage: 29 }));

/** Reads of opportunities, first pages and later ones. */
export const opportunityReads = {
  operation: ['GET /queryAll', 'GET /query/{locator}'],
  object: 'Opportunity',
};

/** Arms a fault; the answer tells how often it has struck. */
export function arm(world: World, fault: ArmingInput): () => number {
  const { id: armed } = world.sandbox.faults.arm(fault);
  return () => world.sandbox.faults.list().find((one) => one.id === armed)?.struck ?? 0;
}

/** Makes a change of the org now. */
export function change(world: World, name: string, params: object): unknown {
  const { org, sandbox } = world;
  return makeChange(name, { org, tenants: sandbox.tenants, random: random(1, name) }, params);
}

/** Moves the CRM's clock and waits until the connector asks for it anew (after a second). */
export async function jump(world: World, ms: number): Promise<void> {
  world.advance(ms);
  await sleep(1_050);
}

/** The mirror's row of the n-th opportunity. */
export async function mirrored(world: World, n: number): Promise<MirrorRow | undefined> {
  return mirrorOf(world, 'opportunity', id.opportunity(n));
}

/** The mirror's row of a record. */
export async function mirrorOf(
  world: World,
  object: ObjectName,
  recordId: string,
): Promise<MirrorRow | undefined> {
  return (await world.store.mirror(connection, object, [recordId]))[0];
}

/** Rows whose time has not come are tried at the next job. */
export async function letRetriesBegin(world: World): Promise<void> {
  await world.query('update write set next_try_at = now() where next_try_at is not null');
}

/** Sets a field of the n-th opportunity as a person in the CRM. */
export function edit(world: World, n: number, values: object): void {
  const [result] = world.org.update(
    'Opportunity',
    [{ Id: id.opportunity(n), ...values }],
    world.org.admin,
  );
  if (!result?.success) throw new Error(JSON.stringify(result));
}

/** The fields a mapping needs, without a version that decides. */
export async function provisioned(world: World): Promise<void> {
  const createdAt = new Date().toISOString();
  const command = { id: 'c-1', kind: 'provision', connection, actor: 'test', createdAt };
  await world.store.saveCommand({ ...command, args: { set: 'core' } });
  const run = { connection, runId: `provision/${connection}/0` };
  await world.activity('provisionFields', { ...run, commandId: 'c-1' });
}
