/** Creates in the CRM what the mapping writes: fields, keys and permissions; steps are stored. */

import { z } from 'zod';
import { provisionPlan } from '../mappings/field-set.ts';
import type { Connections } from './connections.ts';
import type { ActivityDeps } from './context.ts';
import type { RunRef } from './contract.ts';
import { countStretch } from './runs.ts';

const argsOf = z.object({
  dryRun: z.boolean().default(false),
  set: z.enum(['core', 'full']).default('core'),
});

/** Runs (or, dry, only lists) the steps; they are the command's result. */
export async function provisionMapping(
  deps: ActivityDeps,
  connections: Connections,
  input: RunRef & { commandId: string },
): Promise<{ created: number; failed: number }> {
  const command = await deps.store.command(input.commandId);
  const args = argsOf.parse(command?.args ?? {});
  const mapping = connections.edited(input.connection);
  const connector = await connections.connector(mapping);
  const before = connector.usage().calls;
  const fields = provisionPlan(args.set, mapping);
  const steps = await connector.provision(fields, { dryRun: args.dryRun });
  await countStretch(deps.store, input, { apiCalls: connector.usage().calls - before });
  await deps.store.finishCommand(
    input.commandId,
    { dryRun: args.dryRun, set: args.set, steps },
    new Date().toISOString(),
  );
  const count = (state: string) => steps.filter((step) => step.state === state).length;
  return { created: count('created'), failed: count('failed') };
}
