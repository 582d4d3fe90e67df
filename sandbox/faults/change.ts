/** One thing that can happen in an org, as data: its parameters and how it is made. */
import type { z } from 'zod';
import type { Org } from '../salesforce/org.ts';
import type { Random } from '../seed/random.ts';
import type { Tenants } from '../tenants.ts';

/** Where a change happens. `random` draws what is not named. */
export interface ChangeScene {
  org: Org;
  tenants: Tenants;
  random: Random;
}

/** A change. `make` throws Error (or what the org's own calls throw) where it cannot be made. */
export interface Change {
  about: string;
  source: string;
  params: z.ZodObject;
  make: (scene: ChangeScene, params: never) => unknown;
}

/** A change with typed parameters. */
export function change<P extends z.ZodObject>(
  parts: Omit<Change, 'params' | 'make'> & {
    params: P;
    make: (scene: ChangeScene, params: z.infer<P>) => unknown;
  },
): Change {
  return parts as Change;
}
