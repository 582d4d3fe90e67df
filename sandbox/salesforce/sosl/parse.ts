/** Reads SOSL: what to find, in which fields, what to return of it (SOQL and SOSL Reference). */
import { ApiError } from '../errors.ts';

/** Fields a search looks into. */
export type Scope = 'all' | 'name' | 'email' | 'phone';

/** What of one object is returned. */
export interface Returning {
  object: string;
  /** `Id` unless named. */
  fields: string;
  /** ` WHERE … ORDER BY …` as SOQL has them. */
  rest: string;
  limit: number;
}

/** A search as it was asked for. */
export interface Search {
  term: string;
  scope: Scope;
  /** Null: the ids of every object that can be searched. */
  returning: Returning[] | null;
  limit: number;
}

/** Documented limit of a search's records. */
export const recordsMax = 2000;

/** Throws ApiError MALFORMED_SEARCH (400), and 501 for clauses the sandbox does not know. */
export function parseSosl(sosl: string): Search {
  const found = /^\s*FIND\s*\{((?:\\.|[^}\\])*)\}/i.exec(sosl);
  if (!found) throw malformed('No search term found. The search term must be enclosed in braces.');
  let left = sosl.slice(found[0].length);
  const scope = /^\s*IN\s+(ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS\b/i.exec(left);
  left = left.slice(scope?.[0].length ?? 0);
  const limit = /\sLIMIT\s+(\d+)\s*$/i.exec(left);
  left = left.slice(0, limit?.index);
  const returning = /^\s*RETURNING\s+/i.exec(left);
  if (!returning && left.trim() !== '') refuse(left);
  return {
    term: found[1]!,
    scope: scopeOf(scope?.[1]),
    returning: returning ? parts(left.slice(returning[0].length)).map(returningOf) : null,
    limit: limit ? Number(limit[1]) : recordsMax,
  };
}

/** The scope by the name both search resources use. */
export function scopeOf(text = 'ALL'): Scope {
  const scope = text.toLowerCase();
  // What the sidebar looks into is not told; it is the widest here.
  return scope === 'name' || scope === 'email' || scope === 'phone' ? scope : 'all';
}

/** Commas outside of brackets and texts part the objects. */
function parts(text: string): string[] {
  const found: string[] = [''];
  let depth = 0;
  for (const [piece] of text.matchAll(/'(?:\\.|[^'\\])*'|[\s\S]/g)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece === ',' && depth === 0) found.push('');
    else found[found.length - 1] += piece;
  }
  return found;
}

function returningOf(text: string): Returning {
  const [, object, inner = ''] = /^\s*(\w+)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text) ?? [];
  if (object === undefined) return refuse(text);
  const limit = /(?:^|\s)LIMIT\s+(\d+)\s*$/i.exec(inner);
  const body = inner.slice(0, limit?.index);
  const at = body.search(/(?:^|\s)(?:WHERE|ORDER\s+BY|OFFSET|USING)\s/i);
  return {
    object,
    fields: (at < 0 ? body : body.slice(0, at)).trim() || 'Id',
    rest: at < 0 ? '' : ` ${body.slice(at)}`,
    limit: limit ? Number(limit[1]) : recordsMax,
  };
}

function refuse(text: string): never {
  const clause = /^\s*(WITH|UPDATE)\s+\w+/i.exec(text)?.[0].trim();
  if (clause) throw new ApiError(501, 'NOT_IMPLEMENTED', `The sandbox has no ${clause} in SOSL.`);
  throw malformed(`unexpected token: ${text.trim().slice(0, 40)}`);
}

/** 400 MALFORMED_SEARCH. */
export function malformed(message: string): ApiError {
  return new ApiError(400, 'MALFORMED_SEARCH', message);
}
