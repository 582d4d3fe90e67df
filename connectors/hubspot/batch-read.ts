/** Reads records by id, a hundred a call, and says which are not there. */
import type { HubSpotApi } from './api.ts';
import { errorFromResponse, malformedResponse, toVendorError } from './errors.ts';
import type { ObjectType } from './objects.ts';
import { mergedIds, type ReadContext, type Row } from './records.ts';

/** Inputs of a batch (HubSpot docs, "CRM objects"). */
export const batchMax = 100;

/** What is asked for. */
export interface BatchRead {
  type: ObjectType;
  ids: string[];
  properties: string[];
  /** true: records in the recycle bin only. */
  archived?: boolean;
  /** Another unique property than the record's id. */
  idProperty?: string;
}

/** Rows found, in no order, and the asked ids HubSpot says it does not have. */
export interface BatchRows {
  rows: Row[];
  missing: string[];
}

/**
 * Every id is either found or said to be missing. A merged id comes as its survivor's row. Throws
 * for any other entry of a 207, and 'malformed-response' where an id is passed over in silence.
 */
export async function batchRead(
  api: HubSpotApi,
  asked: BatchRead,
  context: ReadContext,
): Promise<BatchRows> {
  const ids = [...new Set(asked.ids)];
  const all: BatchRows = { rows: [], missing: [] };
  for (let at = 0; at < ids.length; at += batchMax) {
    const found = await readOne(api, { ...asked, ids: ids.slice(at, at + batchMax) }, context);
    all.rows.push(...found.rows);
    all.missing.push(...found.missing);
  }
  return all;
}

async function readOne(
  api: HubSpotApi,
  { type, ids, properties, archived, idProperty }: BatchRead,
  context: ReadContext,
): Promise<BatchRows> {
  const answer = await api.call<{ results?: Row[]; errors?: unknown[] }>({
    ...context,
    method: 'POST',
    path: `${api.paths.objects(type.path)}/batch/read${archived ? '?archived=true' : ''}`,
    body: {
      properties,
      propertiesWithHistory: [],
      inputs: ids.map((id) => ({ id })),
      ...(idProperty ? { idProperty } : {}),
    },
    object: type.name,
  });
  if (!Array.isArray(answer?.results)) throw notWhole(type, context);
  const rows = answer.results;
  const entries = answer.errors ?? [];
  for (const entry of entries) {
    if (toVendorError(entry)?.code === 'OBJECT_NOT_FOUND') continue;
    const { operation } = context;
    const body = JSON.stringify(entry);
    throw errorFromResponse({ operation, object: type.name, status: 400, body });
  }
  const seen = new Set(
    idProperty
      ? rows.map(({ properties: values }) => values[idProperty]?.toLowerCase())
      : rows.flatMap((row) => [row.id, ...mergedIds(row)]),
  );
  const missing = ids.filter((id) => !seen.has(idProperty ? id.toLowerCase() : id));
  if (missing.length > 0 && entries.length === 0) throw notWhole(type, context);
  return { rows, missing };
}

function notWhole(type: ObjectType, { operation }: ReadContext): Error {
  return malformedResponse(
    { operation, object: type.name },
    'answered with some of the records it was asked for, and no word on the others',
  );
}
