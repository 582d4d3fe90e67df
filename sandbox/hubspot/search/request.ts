/** A search as its body says it, checked against the limits HubSpot documents. */
import { z } from 'zod';
import { badRequest } from '../errors.ts';

/** The operators of the guide (CRM search, Filter operators). */
export const operators = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const filterSchema = z.object({
  propertyName: z.string(),
  operator: z.enum(operators),
  value: scalar.nullish(),
  highValue: scalar.nullish(),
  values: z.array(scalar).nullish(),
});
const sortSchema = z.union([
  z.string(),
  z.object({
    propertyName: z.string(),
    direction: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING'),
  }),
]);
const requestSchema = z.object({
  filterGroups: z.array(z.object({ filters: z.array(filterSchema) })).default([]),
  filters: z.array(filterSchema).default([]),
  sorts: z.array(sortSchema).nullish(),
  query: z.string().nullish(),
  properties: z.array(z.string()).nullish(),
  limit: z.coerce.number().int().default(10),
  after: z.union([z.string(), z.number()]).transform(String).nullish(),
});

export type Filter = z.infer<typeof filterSchema>;

/** A search, ready to run. */
export interface SearchRequest {
  /** Any of these groups, all filters of a group. */
  groups: Filter[][];
  sort: { propertyName: string; descending: boolean } | null;
  query: string | null;
  properties: string[];
  limit: number;
  after: number;
}

const limitMax = 200;
const bodyMax = 3000;
const groupsMax = 5;
const filtersInGroupMax = 6;
const filtersMax = 18;
/** No search shows more than this many results. */
const resultsMaxUsual = 10_000;

/** Reads the body. Throws HubSpotError 400 for what HubSpot refuses. */
export function readSearch(text: string, resultsMax = resultsMaxUsual): SearchRequest {
  if (text.length > bodyMax) {
    throw badRequest(`The request body is ${text.length} characters long, above ${bodyMax}.`);
  }
  const body = parsed(text);
  const groups = body.filterGroups.map(({ filters }) => filters);
  if (body.filters.length > 0) groups.push(body.filters);
  const all = groups.flat().length;
  if (groups.length > groupsMax) throw tooMany('filterGroups', groupsMax);
  if (all > filtersMax || groups.some((one) => one.length > filtersInGroupMax)) {
    throw tooMany('filters', filtersMax);
  }
  const sorts = body.sorts ?? [];
  if (sorts.length > 1) throw badRequest('Only one sort is supported.');
  if (body.limit > limitMax || body.limit < 0) {
    throw badRequest(`limit must be between 0 and ${limitMax}, not ${body.limit}.`);
  }
  const after = body.after === '' ? 0 : Number(body.after ?? 0);
  if (!Number.isInteger(after) || after < 0) {
    throw badRequest(`after must be an integer, not "${body.after}".`);
  }
  if (after + body.limit > resultsMax) {
    throw badRequest(`Paging is limited to ${resultsMax} results; after is ${after}.`, {
      errors: [{ message: `Requested result ${after + body.limit}`, code: 'RESULT_WINDOW' }],
    });
  }
  return {
    groups,
    sort: sorts[0] === undefined ? null : readSort(sorts[0]),
    query: body.query?.trim() ? body.query.trim() : null,
    properties: body.properties ?? [],
    limit: body.limit,
    after,
  };
}

function parsed(text: string): z.infer<typeof requestSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    throw badRequest(`Invalid input JSON: ${error instanceof Error ? error.message : error}`);
  }
  const read = requestSchema.safeParse(json);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw badRequest(`Invalid input JSON at ${first?.path.join('.')}: ${first?.message}`);
}

function tooMany(what: string, max: number) {
  return badRequest(`The search has too many ${what}: at most ${max}.`);
}

/** `{propertyName, direction}`, or a text as the client's types have it: `-createdate`. */
function readSort(sort: z.infer<typeof sortSchema>): NonNullable<SearchRequest['sort']> {
  if (typeof sort === 'string') {
    return { propertyName: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
  }
  return { propertyName: sort.propertyName, descending: sort.direction === 'DESCENDING' };
}
