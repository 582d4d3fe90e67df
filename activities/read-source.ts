/** Reads one mapped source: which CRM fields to ask for, and the CRM's record in canonical form. */
import type { CrmRecord, ObjectDescription } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/errors.ts';
import { crmFieldsOf, toCanonical } from '../mappings/translate.ts';
import type { CompiledMapping, ReadSource } from '../mappings/types.ts';
import type { CanonicalRecord, ObjectName } from '../rules/types.ts';
import { hashOf, type OpenConnection } from './context.ts';
import { problemKey } from './facts.ts';

export interface Reader {
  source: ReadSource;
  object: ObjectName;
  /** API names to ask for, sorted. */
  fields: string[];
  description: ObjectDescription;
  read(record: CrmRecord): CanonicalRecord;
  /** Records since the last call that hold a value the mapping does not know. */
  takeUnreadable(): number;
}

/** A reader for a source. Throws ConnectorError where the object or a field is not there. */
export async function createReader(open: OpenConnection, source: ReadSource): Promise<Reader> {
  const description = await open.connector.describe(source.crmObject);
  const fields = crmFieldsOf(open.mapping, source, description.fields);
  let unreadable = 0;
  return {
    source,
    object: source.object,
    fields,
    description,
    read(record) {
      const { values, problems } = toCanonical(open.mapping, source, description.fields, record);
      if (problems.length > 0) {
        unreadable += 1;
      }
      return {
        id: record.id,
        createdAt: record.createdAt,
        modifiedAt: record.modifiedAt,
        modifiedBy: record.modifiedBy,
        deleted: record.deleted,
        mergedInto: record.mergedInto,
        fields: problems.length > 0 ? { ...values, [problemKey]: problems.join(' ') } : values,
      };
    },
    takeUnreadable() {
      const n = unreadable;
      unreadable = 0;
      return n;
    },
  };
}

/**
 * What a source is read as: a mapping that reads other fields, or by another condition, has
 * another shape, and what lies in the mirror was not read so.
 */
export function shapeOf({ crmObject, where, fields, written }: ReadSource): string {
  return hashOf([crmObject, where, readingOf(fields), readingOf(written)]);
}

/** What is read of each key, in one order; what a field does not say (null) is left out. */
function readingOf(fields: Record<string, object>): unknown[] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => [
      key,
      Object.entries(field).filter(([name, value]) => value !== null && name !== 'optional'),
    ]);
}

/** People before partners before what names them, so that a first read rarely meets a stranger. */
export function sourcesInOrder(mapping: CompiledMapping): ReadSource[] {
  const order: ObjectName[] = [
    'user',
    'partner',
    'account',
    'opportunity',
    'registration',
    'touch',
  ];
  return order.flatMap((object) => mapping.read[object]);
}

/** The same without optional ones the CRM does not have. Throws ConnectorError. */
export async function sourcesHere(open: OpenConnection): Promise<ReadSource[]> {
  const here: ReadSource[] = [];
  for (const source of sourcesInOrder(open.mapping)) {
    if (!source.optional || (await isThere(open, source.crmObject))) {
      here.push(source);
    }
  }
  return here;
}

async function isThere(open: OpenConnection, crmObject: string): Promise<boolean> {
  try {
    await open.connector.describe(crmObject);
    return true;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'not-found') {
      return false;
    }
    throw error;
  }
}

/** The source a written object is read by: the first of its kind. */
export function sourceOf(mapping: CompiledMapping, object: 'opportunity' | 'partner'): ReadSource {
  const source = mapping.read[object][0];
  if (source === undefined) {
    throw new Error(`The mapping of ${mapping.connection} reads no ${object}.`);
  }
  return source;
}
