/** Reads a mapping with its presets and policy; answers with the mapping or with every problem. */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { compileMapping } from './compile.ts';
import { compilePolicy } from './compile-policy.ts';
import { folderFiles, type MappingFiles, storedFiles, yamlFiles } from './files.ts';
import { type Located, locate, plain, readYaml } from './located.ts';
import { checkMappingMeaning, checkMappingTree, warnOfKinds } from './mapping-checks.ts';
import { checkPolicyMeaning, checkPolicyTree, warnOfPolicy } from './policy-checks.ts';
import { type PolicyInput, policySchema } from './policy-schema.ts';
import { problem, sorted } from './problems.ts';
import { type MappingInput, mappingSchema } from './schema.ts';
import { checkSchema } from './schema-problems.ts';
import { checkSecrets, type Env } from './secrets.ts';
import { SourceReader } from './source-reader.ts';
import type { CompiledMapping, LoadResult, MappingText, Position, Problem } from './types.ts';

export { resolveAuth } from './secrets.ts';

export interface LoadOptions {
  /** Where ${NAMES} are looked up; null: whether they are set is not checked. */
  env: Env | null;
  /** Part of the version: an upgrade that decides differently is a new version. */
  rulesVersion: string;
  /** Reads a text file, null where there is none; tests give their own. */
  readFile?: (path: string) => string | null;
}

/** The mapping of a file, e.g. 'mappings/acme-salesforce.yaml'. Never throws on bad input. */
export function loadMapping(path: string, options: LoadOptions): LoadResult {
  return load(folderFiles(dirname(path), options.readFile), basename(path), options);
}

/** The mapping of stored texts (the active version), the mapping file first. */
export function loadMappingSources(sources: MappingText[], options: LoadOptions): LoadResult {
  return load(storedFiles(sources), sources[0]?.path ?? 'mapping.yaml', options);
}

/** A YAML file where mappings are kept. */
export interface MappingFile {
  /** The connection it is for; by its own name where it does not say. */
  connection: string;
  path: string;
  /** It says which connection it is for: a policy or a preset does not. */
  isMapping: boolean;
}

/** Mapping files of a folder with the connection each is for, by name of the file. */
export function listMappings(folder: string): MappingFile[] {
  const files = folderFiles(folder);
  return yamlFiles(folder).map((path) => {
    const connection = named(files, path)?.connection;
    return {
      connection: connection ?? path.replace(/\.ya?ml$/, ''),
      path: join(folder, path),
      isMapping: connection !== undefined,
    };
  });
}

/** The connection a file is for and where it says so; null where it does not. */
function named(files: MappingFiles, path: string): { connection: string; at: Position } | null {
  const { root } = readYaml(files.shown(path), files.read(path) ?? '');
  const found = root === null ? null : locate(root, ['connection']).found;
  return found?.type === 'scalar' ? { connection: found.source, at: found.at } : null;
}

/** One connection, one file: with two, which of them is in force would be chance. */
function namedTwice(files: MappingFiles, path: string): Problem[] {
  const own = named(files, path);
  return files.beside(path).flatMap((other) => {
    const theirs = named(files, other);
    if (own === null || theirs?.connection !== own.connection) {
      return [];
    }
    const where = `${theirs.at.file}:${theirs.at.line}:${theirs.at.column}`;
    const message =
      `"${own.connection}" is the connection of ${where} too. Give one of them another name, or ` +
      'move one of the files out of the folder.';
    return [problem(own.at, 'connection', message)];
  });
}

function load(files: MappingFiles, path: string, options: LoadOptions): LoadResult {
  const reader = new SourceReader(files);
  const merged = reader.readMerged(path);
  const root = merged === null ? null : withTextAt(merged, ['auth', 'api_version']);
  const policy = root === null ? null : readPolicy(reader, root);
  const problems = [...reader.problems, ...namedTwice(files, path)];

  const mapping = root === null ? null : checkSchema(mappingSchema, plain(root), root);
  const decided = policy === null ? null : checkSchema(policySchema, plain(policy), policy);
  if (root !== null && mapping !== null) {
    problems.push(...mapping.problems, ...checkMappingTree(root));
    problems.push(...checkSecrets(root, options.env));
  }
  if (policy !== null && decided !== null) {
    problems.push(...decided.problems, ...checkPolicyTree(policy), ...checkSecrets(policy, null));
  }
  if (decided?.data) {
    problems.push(...checkPolicyMeaning(decided.data, policy!));
  }
  const part = mapping?.data ? compileMapping(mapping.data) : null;
  if (part !== null) {
    problems.push(...checkMappingMeaning(part, root!));
  }
  if (problems.length > 0 || part === null || !decided?.data) {
    return { ok: false, problems: sorted(withoutEchoes(problems)) };
  }
  const compiled: CompiledMapping = {
    ...part,
    policy: compilePolicy(decided.data),
    version: version(mapping!.data!, decided.data, options.rulesVersion),
    sources: reader.sources,
    positions: { ...positionsOf(root!, ''), ...positionsOf(policy!, 'policy') },
  };
  // Later keys of the policy have no home in `Policy` yet, but calendars decide as expanded.
  compiled.version = withCalendars(compiled);
  const warnings = [
    ...reader.warnings,
    ...warnOfKinds(part, compiled.policy, root!),
    ...warnOfPolicy(decided.data, policy!),
  ];
  return { ok: true, mapping: compiled, warnings: sorted(warnings) };
}

function readPolicy(reader: SourceReader, root: Located): Located | null {
  const named = locate(root, ['policy']).found;
  if (named === null || named.type !== 'scalar' || typeof named.value !== 'string') {
    return null;
  }
  const policy = reader.read(`policies/${named.value}.yaml`, {
    at: named.at,
    path: 'policy',
    folder: 'policies',
    name: named.value,
  });
  return policy === null ? null : withTextAt(policy, ['version']);
}

/** YAML reads `version: 2026.10` as the number 2026.1: the text as written is what counts. */
function withTextAt(root: Located, path: string[]): Located {
  const map = locate(root, path.slice(0, -1)).found;
  const key = path.at(-1)!;
  const found = map?.type === 'map' ? map.entries.get(key) : undefined;
  if (map?.type === 'map' && found?.type === 'scalar' && typeof found.value === 'number') {
    map.entries.set(key, { ...found, value: found.source });
  }
  return root;
}

/**
 * One mistake, one line: a refused secret is not a wrong type as well, and a key that is missing
 * only because it is misspelt is named once, at the misspelling.
 */
function withoutEchoes(problems: Problem[]): Problem[] {
  const isRefused = (p: Problem) => p.message.startsWith('a secret in clear');
  const refused = new Set(problems.filter(isRefused).map((p) => p.path));
  const misspelt = new Set(problems.flatMap(meantPath));
  return problems.filter(
    (p) =>
      (!refused.has(p.path) || isRefused(p)) &&
      !isEchoOfPreset(p, problems) &&
      !(p.message.startsWith('is missing') && misspelt.has(p.path)),
  );
}

/** What a preset gives cannot be missed while the preset itself is not found. */
function isEchoOfPreset({ path, message }: Problem, all: Problem[]): boolean {
  return (
    message.startsWith('is missing') &&
    !path.startsWith('auth') &&
    all.some((p) => p.path === 'extends' && p.message.startsWith('there is no file'))
  );
}

function meantPath({ path, message }: Problem): string[] {
  const meant = /^unknown key\. Did you mean "(.+)"\?$/.exec(message);
  return meant === null ? [] : [[...path.split('.').slice(0, -1), meant[1]].join('.')];
}

/** Equal meaning, equal hash: comments, order of keys, presets and file names do not matter. */
function version(
  mapping: MappingInput,
  policy: PolicyInput,
  rulesVersion: string,
): CompiledMapping['version'] {
  const { extends: _, ...meaning } = mapping;
  const hash = digest(stableJson([meaning, policy, rulesVersion]));
  return { label: policy.version, hash };
}

function withCalendars({ version: base, policy }: CompiledMapping): CompiledMapping['version'] {
  const calendars = Object.values(policy.calendars).map((c) => [c.name, c.version]);
  const hash = digest(stableJson([base.hash, calendars]));
  return { label: `${base.label}-${hash.slice(0, 7)}`, hash };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function positionsOf(root: Located, prefix: string): Record<string, Position> {
  const positions: Record<string, Position> = {};
  const visit = (located: Located, path: string): void => {
    if (path !== '') {
      positions[path] = located.at;
    }
    const children =
      located.type === 'map'
        ? [...located.entries]
        : located.type === 'list'
          ? located.items.map((item, index) => [String(index), item] as const)
          : [];
    for (const [name, child] of children) {
      visit(child, path === '' ? name : `${path}.${name}`);
    }
  };
  visit(root, prefix);
  return positions;
}
