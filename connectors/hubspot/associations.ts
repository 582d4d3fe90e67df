/** Reads which records belong together, a thousand at a time; an error is never "none". */
import type { CallPriority } from '../budget.ts';
import type { HubSpotApi } from './api.ts';
import type { LabelType } from './association-labels.ts';
import { errorFromResponse, malformedResponse, toVendorError } from './errors.ts';
import type { ObjectType } from './objects.ts';

/** An associated record and what the association means. */
export interface Link {
  to: string;
  types: LabelType[];
}

/** What a call is for. */
export interface LinkContext {
  operation: string;
  priority: CallPriority;
  signal?: AbortSignal;
}

/** Batch read takes 1,000 records a call (HubSpot changelog, 10 February 2025). */
export const linkReadMax = 1_000;
/** Pages of one record's associations before the answer counts as broken: 500 a page. */
const pagesMax = 200;

/**
 * The associations of each record, by id in the order of the ids they lead to; [] where HubSpot
 * says that there are none. Throws for any other entry of a 207, and 'malformed-response' where a
 * record is neither answered nor refused.
 */
export async function readLinks(
  api: HubSpotApi,
  pair: { from: ObjectType; to: string },
  ids: string[],
  context: LinkContext,
): Promise<Map<string, Link[]>> {
  const links = new Map<string, Link[]>();
  let asked: { id: string; after?: string }[] = [...new Set(ids)].map((id) => ({ id }));
  for (let page = 0; asked.length > 0; page += 1) {
    if (page > pagesMax) throw malformedResponse({ ...context, object: pair.from.name });
    const further: { id: string; after: string }[] = [];
    for (let at = 0; at < asked.length; at += linkReadMax) {
      const inputs = asked.slice(at, at + linkReadMax);
      further.push(...(await readBatch(api, pair, { inputs, links }, context)));
    }
    asked = further;
  }
  return links;
}

/** One call; what has further pages is given back. */
async function readBatch(
  api: HubSpotApi,
  { from, to }: { from: ObjectType; to: string },
  { inputs, links }: { inputs: { id: string; after?: string }[]; links: Map<string, Link[]> },
  context: LinkContext,
): Promise<{ id: string; after: string }[]> {
  const answer = await api.call<BatchAnswer>({
    method: 'POST',
    path: `${api.paths.associations(from.path, to)}/batch/read`,
    body: { inputs },
    ...context,
    object: from.name,
  });
  const further: { id: string; after: string }[] = [];
  const answered = new Set<string>();
  for (const row of answer?.results ?? []) {
    const id = String(row.from?.id ?? '');
    answered.add(id);
    links.set(id, [...(links.get(id) ?? []), ...(row.to ?? []).map(toLink)]);
    const after = row.paging?.next?.after;
    if (after !== undefined) further.push({ id, after });
  }
  for (const entry of answer?.errors ?? []) {
    const without = idsWithout(entry);
    if (without === null) throw entryError(entry, context, from);
    for (const id of without) {
      answered.add(id);
      if (!links.has(id)) links.set(id, []);
    }
  }
  // One left out would be taken for a record without associations, and its partner be lost.
  if (inputs.some(({ id }) => !answered.has(id))) {
    throw malformedResponse({ operation: context.operation, object: from.name });
  }
  for (const list of links.values()) list.sort((a, b) => Number(a.to) - Number(b.to));
  return further;
}

function toLink(row: RawLink): Link {
  return { to: String(row.toObjectId), types: row.associationTypes ?? [] };
}

/** The records an entry says have no associations; null for an entry that says anything else. */
function idsWithout(entry: RawEntry): string[] | null {
  if (!/NO_ASSOCIATIONS_FOUND$/.test(String(entry.subCategory ?? ''))) return null;
  const { fromObjectId = [], ids = [] } = entry.context ?? {};
  const named = [...fromObjectId, ...ids].map(String);
  return named.length > 0 ? named : null;
}

function entryError(entry: RawEntry, { operation }: LinkContext, from: ObjectType): Error {
  const status = toVendorError(entry)?.code === 'OBJECT_NOT_FOUND' ? 404 : 400;
  return errorFromResponse({
    operation,
    object: from.name,
    status,
    body: JSON.stringify(entry),
  });
}

interface RawLink {
  toObjectId: string | number;
  associationTypes?: LabelType[];
}

interface RawEntry {
  subCategory?: unknown;
  context?: { fromObjectId?: unknown[]; ids?: unknown[] };
}

interface BatchAnswer {
  results?: {
    from?: { id?: unknown };
    to?: RawLink[];
    paging?: { next?: { after?: string } };
  }[];
  errors?: RawEntry[];
}
