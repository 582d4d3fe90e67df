/** The armed faults of a sandbox: they take hold of calls and rows, deterministically. */
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import {
  type Arming,
  type ArmingInput,
  armingSchema,
  Decider,
  matchesOperation,
} from './faults/arming.ts';
import { type FaultCall, namesField, objectsOf } from './faults/call.ts';
import { catalog } from './faults/catalog.ts';
import type { FaultKind, StrikeScene } from './faults/kinds.ts';
import type { PendingRow } from './hubspot/portal.ts';
import type { Portals } from './hubspot/portals.ts';
import type { PendingWrite } from './salesforce/write-hooks.ts';
import { random } from './seed/random.ts';
import type { Tenants } from './tenants.ts';

/** What a fault struck. */
export interface Strike {
  /** Which match it was, counted from 1. */
  n: number;
  operation: string;
  /** The row, for faults of rows. */
  recordId?: string;
  at: string;
}

/** An armed fault as the control plane lists it. */
export interface ArmedFault {
  id: string;
  name: string;
  about: string;
  seed: number;
  /** Strikes it has in all; null: until it is disarmed. */
  count: number | null;
  probability: number;
  after: number;
  match: Arming['match'];
  params: Record<string, unknown>;
  /** Calls or rows that matched, and those of them it struck. */
  seen: number;
  struck: number;
  spent: boolean;
  /** The latest strikes, oldest first. */
  strikes: Strike[];
}

interface Armed {
  id: string;
  kind: FaultKind;
  arming: Arming;
  params: Record<string, unknown>;
  decider: Decider;
  scene: StrikeScene;
  strikes: Strike[];
}

/** Strikes kept by a fault; older ones are only counted. */
const strikesKept = 100;

export class FaultRegistry {
  readonly #tenants: Tenants;
  readonly #portals: Portals;
  readonly #clock: Clock;
  #armed: Armed[] = [];
  #next = 1;

  constructor({ tenants, portals, clock }: { tenants: Tenants; portals: Portals; clock: Clock }) {
    this.#tenants = tenants;
    this.#portals = portals;
    this.#clock = clock;
  }

  /** True while nothing is armed: calls need not be looked at. */
  get idle(): boolean {
    return this.#armed.length === 0;
  }

  /** Arms a fault. Throws Error for an unknown name or parameters it does not have. */
  arm(input: ArmingInput): ArmedFault {
    const { name, seed, count, probability, after, match, ...own } = input;
    const kind = catalog[name];
    if (!kind) throw new Error(unknownName(name));
    const arming = read(name, armingSchema, { name, seed, count, probability, after, match });
    const params = read(name, kind.params, own) as Record<string, unknown>;
    const id = `${name}-${this.#next}`;
    this.#next += 1;
    const armed: Armed = {
      id,
      kind,
      arming,
      params,
      decider: new Decider(arming, kind.count),
      scene: {
        tenants: this.#tenants,
        portals: this.#portals,
        clock: this.#clock,
        random: random(arming.seed, `fault/${name}/values`),
        armed: () => this.#armed.includes(armed),
      },
      strikes: [],
    };
    this.#armed.push(armed);
    this.#hookWrites();
    return shown(armed);
  }

  /** Disarms by id or name (all of that name), or all; answers how many. */
  disarm(idOrName?: string): number {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter(
      ({ id, arming }) => idOrName !== undefined && id !== idOrName && arming.name !== idOrName,
    );
    this.#hookWrites();
    return before - this.#armed.length;
  }

  list(): ArmedFault[] {
    return this.#armed.map(shown);
  }

  /** Runs a call through every fault that strikes it, in the order in which they were armed. */
  run(call: FaultCall, proceed: () => Promise<Response>): Promise<Response> {
    const armed = this.#armed.filter(({ kind }) => kind.strikes === 'call');
    const from = async (i: number): Promise<Response> => {
      const fault = armed[i];
      if (!fault) return proceed();
      const { kind, params, scene } = fault;
      if (kind.strikes !== 'call' || !(await strikesCall(fault, call))) return from(i + 1);
      this.#note(fault, { operation: call.operation });
      return kind.apply({ call, scene, params: params as never }, () => from(i + 1));
    };
    return from(0);
  }

  #hookWrites(): void {
    const { hooks } = this.#tenants;
    const has = (strikes: FaultKind['strikes']) =>
      this.#armed.some(({ kind }) => kind.strikes === strikes);
    hooks.beforeWrite = has('write') ? (write) => this.#beforeWrite(write) : null;
    hooks.keyFitsTwo = has('key')
      ? ({ orgId, object, field }) => {
          const look = { orgId, object: object.name, operation: 'upsert', via: 'rest' };
          return this.#strikesRow('key', { ...look, fields: () => [field] }).length > 0;
        }
      : null;
    this.#portals.onRow(has('portal-row') ? (row) => this.#beforeRow(row) : null);
  }

  #beforeRow(row: PendingRow): number {
    const { portalId: orgId, object, operation, recordId } = row;
    const seen = { orgId, object, operation, via: 'rest', ...(recordId ? { recordId } : {}) };
    const fields = () => Object.keys(row.properties);
    let lateMs = 0;
    for (const { kind, params, scene } of this.#strikesRow('portal-row', { ...seen, fields })) {
      if (kind.strikes !== 'portal-row') continue;
      lateMs = Math.max(lateMs, kind.apply({ row, scene, params: params as never }));
    }
    return lateMs;
  }

  #beforeWrite(write: PendingWrite): number {
    // Only what comes through the API: people and the control plane are never struck.
    if (write.via !== 'rest' && write.via !== 'bulk') return 0;
    const recordId = String(write.after[0]);
    const { orgId, operation, via, object } = write;
    const row = { orgId, operation, via, object: object.name, recordId };
    let lateMs = 0;
    for (const { kind, params, scene } of this.#strikesRow('write', {
      ...row,
      fields: () => changedFields(write),
    })) {
      if (kind.strikes !== 'write') continue;
      lateMs = Math.max(lateMs, kind.apply({ write, scene, params: params as never }));
    }
    return lateMs;
  }

  /** Lazily, one by one: a fault that refuses the row leaves it unseen by those after it. */
  #strikesRow(strikes: 'write' | 'key' | 'portal-row', row: RowSeen): Armed[] {
    const struck: Armed[] = [];
    for (const fault of this.#armed) {
      if (fault.kind.strikes !== strikes || !matchesRow(fault, row)) continue;
      if (!fault.decider.decide()) continue;
      const { operation, recordId } = row;
      this.#note(fault, { operation, ...(recordId ? { recordId } : {}) });
      struck.push(fault);
    }
    return struck;
  }

  #note(fault: Armed, what: Pick<Strike, 'operation' | 'recordId'>): void {
    fault.strikes.push({ n: fault.decider.seen, ...what, at: this.#clock.iso() });
    if (fault.strikes.length > strikesKept) fault.strikes.shift();
  }
}

interface RowSeen {
  orgId: string;
  object: string;
  operation: string;
  via: string;
  recordId?: string;
  fields: () => string[];
}

async function strikesCall({ kind, arming, decider }: Armed, call: FaultCall): Promise<boolean> {
  const { operation, object, field, org } = arming.match;
  if (kind.strikes !== 'call' || !kind.at(call)) return false;
  if (!matchesOperation(operation, call.operation)) return false;
  if (org !== undefined && (call.org ?? call.portal)?.id !== org) return false;
  if (object !== undefined && !(await objectsOf(call)).has(object.toLowerCase())) return false;
  if (field !== undefined && !(await namesField(call, field))) return false;
  return decider.decide();
}

function matchesRow({ kind, arming }: Armed, row: RowSeen): boolean {
  const { operation, object, field, org, via } = arming.match;
  const wantedVia = via ?? (kind.strikes === 'write' ? kind.via : undefined);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (
    matchesOperation(operation, row.operation) &&
    (org === undefined || org === row.orgId) &&
    (wantedVia === undefined || wantedVia === row.via) &&
    (object === undefined || same(object, row.object)) &&
    (field === undefined || row.fields().some((name) => same(name, field)))
  );
}

function changedFields({ object, before, after }: PendingWrite): string[] {
  return object.fields
    .filter(({ slot }) => (before?.[slot] ?? null) !== (after[slot] ?? null))
    .map(({ name }) => name);
}

function shown({ id, kind, arming, params, decider, strikes }: Armed): ArmedFault {
  const { name, seed, probability, after, match } = arming;
  const { count, seen, struck, spent } = decider;
  const common = { id, name, about: kind.about, seed, count, probability, after, match, params };
  return { ...common, seen, struck, spent, strikes: [...strikes] };
}

function read<T extends z.ZodType>(name: string, schema: T, input: unknown): z.infer<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Error(`Fault ${name}: ${z.prettifyError(result.error)}`);
}

function unknownName(name: string): string {
  const names = Object.keys(catalog);
  const nearest = names.toSorted((a, b) => distance(name, a) - distance(name, b)).slice(0, 3);
  return `There is no fault "${name}". Nearest: ${nearest.join(', ')}. GET /__sandbox/faults/kinds.`;
}
