/** What zod found, as problems with positions, expected and found values and the nearest name. */
import type { z } from 'zod';
import { type Located, locate } from './located.ts';
import { didYouMean, oneOf, problem } from './problems.ts';
import { isSecretKey } from './secrets.ts';
import type { Problem } from './types.ts';

type Issue = z.core.$ZodIssue;

/** Checks a tree against a schema. `prefix` goes before each path ('policy.'). */
export function checkSchema<T extends z.ZodType>(
  schema: T,
  value: unknown,
  root: Located,
): { data: z.output<T>; problems: [] } | { data: null; problems: Problem[] } {
  const result = schema.safeParse(value, { error: phrase });
  if (result.success) {
    return { data: result.data, problems: [] };
  }
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, [], schema, root));
  return { data: null, problems };
}

function problemsOf(
  issue: Issue,
  base: readonly PropertyKey[],
  schema: z.ZodType,
  root: Located,
): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((name) => unknownKey(name, path, known, root));
  }
  if (issue.code === 'invalid_key') {
    return [invalidKey(issue, path, root)];
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = fittingBranch(issue.errors);
    if (branch !== null) {
      return branch.flatMap((inner) => problemsOf(inner, path, schema, root));
    }
  }
  const { found, nearest } = locate(root, path);
  const at = found?.at ?? nearest.keyAt ?? nearest.at;
  const name = path.join('.');
  if (found === null) {
    return [problem(at, name, `is missing: expected ${issue.message}.`)];
  }
  const hint = found.type === 'scalar' ? didYouMean(found.source, nearOf(issue)) : '';
  return [problem(at, name, `expected ${issue.message}, found ${shown(found, path)}.${hint}`)];
}

/** Names a wrong value may have been meant for. */
function nearOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') {
    return issue.values.map(String);
  }
  const near: unknown = issue.code === 'custom' ? issue.params?.['near'] : optionsOf(issue);
  return Array.isArray(near) ? near.map(String) : [];
}

function optionsOf(issue: Issue): unknown[] {
  const options = (issue as { options?: unknown[] }).options;
  return Array.isArray(options) ? options : [];
}

function unknownKey(name: string, path: PropertyKey[], known: string[], root: Located): Problem {
  const { found, nearest } = locate(root, [...path, name]);
  const at = found?.keyAt ?? nearest.at;
  const hint = elsewhere[name] ?? didYouMean(name, known);
  return problem(at, [...path, name].join('.'), `unknown key.${hint}`);
}

/** Keys that are known, but not where they were found. */
const elsewhere: Record<string, string> = {
  '<<': ' YAML merge keys are not read; use "extends".',
  names_partner_by: ' It goes with a field that names a partner.',
};

function invalidKey(
  issue: Extract<Issue, { code: 'invalid_key' }>,
  path: PropertyKey[],
  root: Located,
): Problem {
  const { found, nearest } = locate(root, path);
  const expected = issue.issues[0]?.message ?? 'another key';
  const at = found?.keyAt ?? nearest.at;
  return problem(at, path.join('.'), `expected ${expected} as the key.`);
}

/** The branch of a union the value was meant for: the one whose own type it has. */
function fittingBranch(branches: Issue[][]): Issue[] | null {
  const fitting = branches.filter((issues) => issues.every((issue) => issue.path.length > 0));
  const own = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type'),
  );
  const candidates = fitting.length > 0 ? fitting : own;
  return candidates.sort((a, b) => a.length - b.length)[0] ?? null;
}

/** What was found, short; never the value of a secret. */
function shown(found: Located, path: readonly PropertyKey[]): string {
  if (found.type === 'map') {
    return 'a map';
  }
  if (found.type === 'list') {
    return 'a list';
  }
  if (isSecretKey(String(path.at(-1)))) {
    return 'a value that is not shown';
  }
  if (found.value === null) {
    return 'nothing';
  }
  const text = found.source.length > 60 ? `${found.source.slice(0, 57)}...` : found.source;
  return typeof found.value === 'string' ? `"${text}"` : text;
}

/** Expected phrases for what the schemas do not phrase themselves. */
const phrase: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return Array.isArray(optionsOf(issue as never)) && optionsOf(issue as never).length > 0
        ? oneOf(optionsOf(issue as never))
        : 'another value';
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return 'another value';
  }
};

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a table',
  array: 'a list',
};

/** Keys a schema knows at a path, through unions and tables. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return keysOf(path.reduce<unknown[]>((at, step) => at.flatMap((s) => below(s, step)), [schema]));
}

interface Definition {
  type: string;
  innerType?: unknown;
  in?: unknown;
  shape?: Record<string, unknown>;
  options?: unknown[];
  valueType?: unknown;
  element?: unknown;
}

const definition = (schema: unknown): Definition =>
  (schema as { _zod: { def: Definition } })._zod.def;

function unwrapped(schema: unknown): unknown[] {
  const def = definition(schema);
  if (def.type === 'union') {
    return def.options!.flatMap(unwrapped);
  }
  const inner = def.innerType ?? def.in;
  return inner === undefined ? [schema] : unwrapped(inner);
}

function below(schema: unknown, step: PropertyKey): unknown[] {
  return unwrapped(schema).flatMap((one) => {
    const def = definition(one);
    const next = def.shape?.[String(step)] ?? def.valueType ?? def.element;
    return next === undefined ? [] : [next];
  });
}

function keysOf(schemas: unknown[]): string[] {
  const keys = schemas.flatMap(unwrapped).flatMap((s) => Object.keys(definition(s).shape ?? {}));
  return [...new Set(keys)];
}
