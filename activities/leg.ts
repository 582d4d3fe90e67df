/** Sets up a decide leg: live by the active version, or into a plan by the plan's version. */

import { normaliseDesired } from '../mappings/translate.ts';
import { rateTable } from '../rules/currency.ts';
import type { FieldValues, WritableObject } from '../rules/types.ts';
import type { PlanHead, Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import type { RunRef } from './contract.ts';
import type { DecideLeg } from './decide-leg.ts';
import type { FactSource } from './facts.ts';
import { sourceOf } from './read-source.ts';
import { survivorsOf } from './survivors.ts';

/** The leg's surroundings; `plan` null: live decisions. */
export async function decideLegOf(
  store: Store,
  open: OpenConnection,
  run: RunRef,
  clock: LegClock,
  plan: PlanHead | null,
): Promise<DecideLeg> {
  const now = await open.connector.now();
  const slot = plan?.id ?? 'live';
  const version = plan?.version ?? open.active!.id;
  const facts = await factSource(store, open, slot, version);
  const { partners } = facts;
  return {
    store,
    open,
    runId: run.runId,
    slot,
    version,
    // Before the first apply the plan's own instant stands for the activation it proposes.
    activatedAt: open.row.activatedAt ?? plan?.createdAt ?? now,
    now,
    facts,
    target: { mapping: open.mapping, now, partners, normalise: await normaliser(open) },
    clock,
  };
}

/** Where the facts of a leg come from. */
export async function factSource(
  store: Store,
  open: OpenConnection,
  slot: string,
  version: string,
): Promise<FactSource> {
  const { write } = open.mapping;
  return {
    store,
    connection: open.name,
    slot,
    version,
    rates: rateTable(await store.rates(open.name)),
    engineKeys: new Set([...Object.keys(write.opportunity), ...Object.keys(write.partner)]),
    partners: new Map(),
    survivors: survivorsOf(await store.aliases(open.name)),
  };
}

/** Desired values as the CRM will hold them, by its own description of the fields. */
async function normaliser(
  open: OpenConnection,
): Promise<(object: WritableObject, fields: FieldValues) => FieldValues> {
  const { mapping, connector } = open;
  const described = {
    opportunity: (await connector.describe(sourceOf(mapping, 'opportunity').crmObject)).fields,
    partner: (await connector.describe(sourceOf(mapping, 'partner').crmObject)).fields,
  };
  return (object, fields) => {
    if (object === 'task') {
      return fields;
    }
    const out: FieldValues = {};
    for (const [key, value] of Object.entries(fields)) {
      const target = mapping.write[object][key];
      const field = target && described[object].get(target.crmField);
      out[key] = target && field ? normaliseDesired(target, field, value) : value;
    }
    return out;
  };
}
