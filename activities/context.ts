/** What every activity works with: the store, the opened connections, the stretch it may run. */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Connector } from '../connectors/connector.ts';
import type { CompiledMapping } from '../mappings/types.ts';
import type { ConnectionRow, MappingVersionRow, Store } from '../store/types.ts';
import type { Life } from './lease.ts';

/** Given by the worker; everything with a side effect comes in here. */
export interface ActivityDeps {
  store: Store;
  log: Logger;
  /** Folder of the mapping files. */
  mappingsDir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Opens a connector by the mapping's auth. Throws ConnectorError. */
  openConnector(mapping: CompiledMapping): Promise<Connector>;
  /** This worker's present life, in a store that several workers share. */
  life?: () => Life;
}

/** A connection ready for a leg: what it is mapped by, and the way to its CRM. */
export interface OpenConnection {
  name: string;
  row: ConnectionRow;
  /** The active version's mapping, or the files' where nothing is active yet. */
  mapping: CompiledMapping;
  /** null: no version has been activated; nothing is decided live. */
  active: MappingVersionRow | null;
  connector: Connector;
}

/** How long a stretch may run, and its sign of life. */
export interface LegClock {
  /** True once the stretch should end with done: false. */
  isOver(): boolean;
  /** Heartbeat with counts; throws when the activity was cancelled. */
  beat(counts: Record<string, number>): void;
  signal: AbortSignal;
}

/** Ten minutes a stretch (design.md section 3); the activity's own limit is eleven. */
export const stretchMs = 10 * 60_000;

/** Adds `n` under `name`; zero leaves no key behind. */
export function addTo(counts: Record<string, number>, name: string, n: number): void {
  if (n !== 0) {
    counts[name] = (counts[name] ?? 0) + n;
  }
}

/** 16 hex digits over a value's JSON: keys must already be in a fixed order. */
export function hashOf(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
