/**
 * What happens in an org while an engine works: at once through the control plane, or armed as a
 * fault, just before the struck call.
 */
import { z } from 'zod';
import { isDataCall } from './call.ts';
import type { Change, ChangeScene } from './change.ts';
import { callFault, type FaultKind } from './kinds.ts';
import { metadataChanges } from './metadata-changes.ts';
import { recordChanges } from './record-changes.ts';

const changes: Record<string, Change> = { ...recordChanges, ...metadataChanges };

/** Their names. */
export const changeNames = Object.keys(changes);

/** Makes a change now. Throws Error where it is unknown, or cannot be made. */
export function makeChange(name: string, scene: ChangeScene, params: unknown): unknown {
  const change = changes[name];
  if (!change) {
    throw new Error(`There is no change "${name}". There are ${changeNames.join(', ')}.`);
  }
  const read = change.params.safeParse(params);
  if (!read.success) throw new Error(`${name}: ${z.prettifyError(read.error)}`);
  return change.make(scene, read.data as never);
}

/** Each change as a fault: it happens before the call that is struck, which then runs. */
export const changeFaults: Record<string, FaultKind> = Object.fromEntries(
  Object.entries(changes).map(([name, change]) => [
    name,
    callFault({
      about: change.about,
      source: change.source,
      count: 1,
      params: change.params,
      at: isDataCall,
      apply: async ({ call, scene, params }, proceed) => {
        const { tenants, random } = scene;
        const org = call.org ?? tenants.defaultOrg;
        change.make({ org, tenants, random }, params as never);
        return proceed();
      },
    }),
  ]),
);
