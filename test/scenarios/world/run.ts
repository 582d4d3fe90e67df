/** Runs all scenarios at once: one company on both CRMs, one engine, one look at each step. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hubspot, salesforce, type TwoCrms, withTwoCrms } from '../../support/two-crms.ts';
import { days, nameOf, type Scenario } from '../scenario.ts';
import { companyOf } from './company.ts';
import { writtenFields } from './fields.ts';
import { change } from './hands.ts';
import { scenarioPolicy } from './policy.ts';
import { type Seen, seenOn } from './read-back.ts';

/** When was looked: after the first plan, and after each later step. */
export type When = 'first' | keyof typeof days;

export interface Played {
  /** What both CRMs showed. */
  seen: Map<When, { salesforce: Seen; hubspot: Seen }>;
  /** Writes that reached a CRM in the sync after everything had been written (case 48). */
  writesWhenQuiet: { salesforce: number; hubspot: number };
}

/** Pulls, decides and writes on both CRMs; at each step of the scenarios once more. */
export async function play(scenarios: readonly Scenario[]): Promise<Played> {
  const company = companyOf(scenarios);
  // HubSpot's ids are in another order: nothing may depend on which record came first.
  const onHubSpot = {
    ...company,
    partners: company.partners.toReversed(),
    registrations: company.registrations.toReversed(),
    touches: company.touches.toReversed(),
    opportunities: company.opportunities.toReversed(),
  };
  return withTwoCrms({ salesforce: company, hubspot: onHubSpot }, async (world) => {
    const seen: Played['seen'] = new Map();
    await provision(world);
    for (const one of scenarios) change(world, nameOf(one), one.before ?? []);
    for (const connection of connections) {
      const plan = await world.job(connection, 'plan');
      await world.job(connection, 'apply', { planId: plan.id });
    }
    seen.set('first', await seenOn(world));
    const writesWhenQuiet = await quietSync(world);
    for (const day of Object.keys(days) as (keyof typeof days)[]) {
      await step(world, scenarios, day);
      seen.set(day, await seenOn(world));
    }
    return { seen, writesWhenQuiet };
  });
}

const connections = [salesforce, hubspot];

/** Both mappings write the full set, so that every field a case speaks of can be seen. */
async function provision(world: TwoCrms): Promise<void> {
  edit(world, 'policies/sandbox.yaml', scenarioPolicy);
  for (const connection of connections) {
    const crm = connection === hubspot ? 'hubspot' : 'salesforce';
    edit(world, `${connection}.yaml`, (text) =>
      text.replace('\nwrite:\n', `\nwrite:\n${writtenFields(crm)}`),
    );
    await world.provision(connection, 'full');
  }
}

function edit({ mappingsDir }: TwoCrms, file: string, better: (text: string) => string): void {
  const path = join(mappingsDir, file);
  writeFileSync(path, better(readFileSync(path, 'utf8')));
}

/** Nothing has changed but what we wrote ourselves. */
async function quietSync(world: TwoCrms): Promise<Played['writesWhenQuiet']> {
  const count = () => ({
    salesforce: world.sandbox.tenants.defaultOrg.writeLog().length,
    hubspot: world.portal.writes.length,
  });
  const before = count();
  await sync(world);
  const after = count();
  return {
    salesforce: after.salesforce - before.salesforce,
    hubspot: after.hubspot - before.hubspot,
  };
}

async function step(
  world: TwoCrms,
  scenarios: readonly Scenario[],
  day: keyof typeof days,
): Promise<void> {
  const { clock } = world.sandbox;
  // What people do then happens at that instant, however slow this machine is.
  clock.freeze(Date.parse(days[day]));
  const due = scenarios.flatMap((one) =>
    (one.later ?? []).filter(({ on }) => on === day).map((found) => ({ one, found })),
  );
  for (const { one, found } of due) change(world, nameOf(one), found.change);
  clock.resume();
  await sync(world);
  if (due.some(({ found }) => found.change.some((did) => 'command' in did))) {
    for (const connection of connections) await world.job(connection, 'retry');
  }
}

/** The engine asks for the CRM's clock once a second at most. */
const clockAgeMs = 1_100;
/** From an edit until its sync: more than lag and overlap. */
const untilSyncMs = 10 * 60_000;

async function sync(world: TwoCrms): Promise<void> {
  world.sandbox.clock.advance(untilSyncMs);
  await new Promise((resolve) => setTimeout(resolve, clockAgeMs));
  for (const connection of connections) await world.job(connection, 'sync');
}
