/** Both sides of one span: what the CRM lists, what the mirror holds, and where they differ. */
import { toCanonical } from '../mappings/translate.ts';
import type { CanonicalValue, FieldValues, Instant, ObjectName } from '../rules/types.ts';
import { sumOf } from '../store/spans.ts';
import type { ComparedRow, Span, Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import { createReader, type Reader, sourcesHere } from './read-source.ts';

/** One comparison's surroundings. */
export interface ReconcileLeg {
  store: Store;
  open: OpenConnection;
  runId: string;
  /** Take records that vanished without a trace as deleted, however many they are. */
  acceptUnseen: boolean;
  clock: LegClock;
}

/** A record as the CRM lists it, and by which source it is read. */
export interface Listed extends ComparedRow {
  reader: Reader;
}

/** Ids by what is the matter with them; each id once. */
export interface Differences {
  /** In the CRM, not (or only as deleted) in the mirror. */
  missing: string[];
  /** The stamps differ. */
  outdated: string[];
  /** The stamps agree, a value that changes without moving it does not. */
  recalculated: string[];
  /** In the mirror, not listed by the CRM: to be verified, one way or another. */
  unlisted: string[];
}

/** Compares one object, whatever its sources. */
export interface Comparer {
  object: ObjectName;
  readers: Reader[];
  /** Canonical keys whose values are compared. */
  keys: string[];
  /** What is newer is the next sync's to read: a difference there says nothing. */
  settledUntil: Instant;
  list(span: Span, signal: AbortSignal): Promise<Map<string, Listed>>;
  /** null: the span is the same on both sides. */
  differences(span: Span, listed: Map<string, Listed>): Promise<Differences | null>;
}

/** A comparer. Throws ConnectorError where an object or a field is not there. */
export async function createComparer(
  open: OpenConnection,
  store: Store,
  object: ObjectName,
): Promise<Comparer> {
  const sources = (await sourcesHere(open)).filter((source) => source.object === object);
  const readers = await Promise.all(sources.map((source) => createReader(open, source)));
  const keys = [...new Set(readers.flatMap(unstampedKeys))].sort();
  const settledUntil = await settled(open, store, readers);
  return {
    object,
    readers,
    keys,
    settledUntil,
    async list(span, signal) {
      const listed = new Map<string, Listed>();
      for (const reader of readers) {
        for (const row of await listOne(open, reader, { span, keys, signal })) {
          listed.set(row.id, row);
        }
      }
      return listed;
    },
    async differences(span, listed) {
      if (listed.size === span.count && sumOf(listed.values(), keys) === span.sum) {
        return null;
      }
      const mirrored = await store.spanRows(open.name, object, { ...span, keys });
      return differencesOf(mirrored, listed, { keys, settledUntil });
    },
  };
}

/** A pull reads up to its cursor; a source without one has not been read at all. */
async function settled(open: OpenConnection, store: Store, readers: Reader[]): Promise<Instant> {
  const ends = await Promise.all(
    readers.map(async ({ source }) => (await store.cursor(open.name, source.name)).committedUntil),
  );
  return ends.map((end) => end ?? new Date(0).toISOString()).sort()[0] as Instant;
}

/**
 * Keys whose value can change while the record's stamp stands still: formulas, fields of a parent,
 * HubSpot's associations, and what the CRM itself keeps (crm-apis.md, "Clock"). What else users
 * write always moves the stamp; of the engine's own fields only associations are compared.
 */
function unstampedKeys({ source, fields, description }: Reader): string[] {
  const read = new Set(fields);
  const own = Object.entries(source.written).filter(
    ([, { crmField }]) => description.fields.get(crmField)?.unstamped === true,
  );
  return [...Object.entries(source.fields), ...own].flatMap(([key, { crmField }]) => {
    if (crmField === null || !read.has(crmField)) {
      return [];
    }
    const described = description.fields.get(crmField);
    const moves = described && !described.calculated && described.writable;
    return moves && described.unstamped !== true ? [] : [key];
  });
}

async function listOne(
  open: OpenConnection,
  reader: Reader,
  what: { span: Span; keys: string[]; signal: AbortSignal },
): Promise<Listed[]> {
  const { source, description } = reader;
  const { span, keys } = what;
  const asked = keys.flatMap((key) => (source.fields[key] ?? source.written[key])?.crmField ?? []);
  const records = await open.connector.listCreated({
    object: source.crmObject,
    fields: [...new Set(asked)].filter((field) => reader.fields.includes(field)).sort(),
    ...(source.where ? { where: source.where } : {}),
    createdFrom: span.from,
    createdBefore: span.before,
    priority: 5,
    signal: what.signal,
  });
  return records.map((record) => {
    const { id, modifiedAt } = record;
    const all: FieldValues =
      keys.length === 0 ? {} : toCanonical(open.mapping, source, description.fields, record).values;
    const values = Object.fromEntries(keys.map((key) => [key, storable(all[key] ?? null)]));
    return { id, modifiedAt, values, reader };
  });
}

/** As the store holds it (database.ts, toJson). */
function storable(value: CanonicalValue): CanonicalValue {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
}

function differencesOf(
  mirrored: ComparedRow[],
  listed: Map<string, Listed>,
  { keys, settledUntil }: { keys: string[]; settledUntil: Instant },
): Differences {
  const found: Differences = { missing: [], outdated: [], recalculated: [], unlisted: [] };
  const seen = new Set<string>();
  for (const row of mirrored) {
    seen.add(row.id);
    const there = listed.get(row.id);
    if (there === undefined) {
      found.unlisted.push(row.id);
    } else if (there.modifiedAt > settledUntil) {
      // The next sync reads it.
    } else if (there.modifiedAt !== row.modifiedAt) {
      found.outdated.push(row.id);
    } else if (keys.some((key) => there.values[key] !== (row.values[key] ?? null))) {
      found.recalculated.push(row.id);
    }
  }
  for (const [id, { modifiedAt }] of listed) {
    if (!seen.has(id) && modifiedAt <= settledUntil) {
      found.missing.push(id);
    }
  }
  return found;
}
