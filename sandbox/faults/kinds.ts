/** The shapes a fault can have: one that strikes a call, one that strikes a row being written. */
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { PendingRow } from '../hubspot/portal.ts';
import type { Portals } from '../hubspot/portals.ts';
import type { PendingWrite } from '../salesforce/write-hooks.ts';
import type { Random } from '../seed/random.ts';
import type { Tenants } from '../tenants.ts';
import type { FaultCall } from './call.ts';

/** What a strike may use beside its parameters. */
export interface StrikeScene {
  tenants: Tenants;
  portals: Portals;
  clock: Clock;
  /** The fault's own stream of chance for values (how long, which rows), apart from whether. */
  random: Random;
  /** False once the fault was disarmed. */
  armed: () => boolean;
}

interface KindBase {
  /** What it imitates, in one line. */
  about: string;
  /** Where the behaviour is described. */
  source: string;
  /** Strikes unless the arming says; null: until it is disarmed. */
  count: number | null;
}

/** Strikes calls. */
export interface CallKind extends KindBase {
  strikes: 'call';
  params: z.ZodObject;
  /** The calls it can strike at all; a match narrows them. */
  at: (call: FaultCall) => boolean;
  /** Answers; `proceed` runs the call (and later faults). Throws ConnectionCut. */
  apply: (
    strike: { call: FaultCall; scene: StrikeScene; params: never },
    proceed: () => Promise<Response>,
  ) => Promise<Response>;
}

/** Strikes rows written through the API. */
export interface WriteKind extends KindBase {
  strikes: 'write';
  params: z.ZodObject;
  via?: 'rest' | 'bulk';
  /** Throws RecordError, or says by how many ms (sandbox clock) the commit is late. */
  apply: (strike: { write: PendingWrite; scene: StrikeScene; params: never }) => number;
}

/** Strikes look-ups by an upsert's key: the record seems to be there twice. */
export interface KeyKind extends KindBase {
  strikes: 'key';
  params: z.ZodObject;
}

/** Strikes records written through HubSpot's API. */
export interface PortalRowKind extends KindBase {
  strikes: 'portal-row';
  params: z.ZodObject;
  /** Throws HubSpotError, or says by how many ms the search index is late with the row. */
  apply: (strike: { row: PendingRow; scene: StrikeScene; params: never }) => number;
}

export type FaultKind = CallKind | WriteKind | KeyKind | PortalRowKind;

/** A call fault with typed parameters. */
export function callFault<P extends z.ZodObject>(
  kind: Omit<CallKind, 'strikes' | 'params' | 'apply'> & {
    params: P;
    apply: (
      strike: { call: FaultCall; scene: StrikeScene; params: z.infer<P> },
      proceed: () => Promise<Response>,
    ) => Promise<Response>;
  },
): CallKind {
  return { ...kind, strikes: 'call' } as CallKind;
}

/** A write fault with typed parameters. */
export function writeFault<P extends z.ZodObject>(
  kind: Omit<WriteKind, 'strikes' | 'params' | 'apply'> & {
    params: P;
    apply: (strike: { write: PendingWrite; scene: StrikeScene; params: z.infer<P> }) => number;
  },
): WriteKind {
  return { ...kind, strikes: 'write' } as WriteKind;
}

/** A fault of rows of a portal with typed parameters. */
export function portalRowFault<P extends z.ZodObject>(
  kind: Omit<PortalRowKind, 'strikes' | 'params' | 'apply'> & {
    params: P;
    apply: (strike: { row: PendingRow; scene: StrikeScene; params: z.infer<P> }) => number;
  },
): PortalRowKind {
  return { ...kind, strikes: 'portal-row' } as PortalRowKind;
}
