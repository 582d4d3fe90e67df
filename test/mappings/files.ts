/** A mappings folder in memory, with the shipped presets beneath it. */
import { type LoadOptions, loadMapping } from '../../mappings/load.ts';
import type { CompiledMapping, LoadResult } from '../../mappings/types.ts';

export const env = {
  SANDBOX_URL: 'http://127.0.0.1:9',
  SANDBOX_CLIENT_ID: 'client',
  SANDBOX_CLIENT_SECRET: 'canary-secret',
};

/** The least a mapping says. */
export const plainMapping = `connection: acme
extends: salesforce
policy: acme
auth: { flow: client-credentials, client_id: id, client_secret: "\${SANDBOX_CLIENT_SECRET}" }
`;
export const plainPolicy = `version: 2026.10
currency: { corporate: USD }
`;

/** Loads 'm/acme.yaml' of a folder given as texts; unnamed files are the plain ones. */
export function load(
  texts: Record<string, string> = {},
  options: Partial<LoadOptions> = {},
): LoadResult {
  const all: Record<string, string> = {
    'acme.yaml': plainMapping,
    'policies/acme.yaml': plainPolicy,
    ...texts,
  };
  const readFile = (path: string) => all[path.replace(/^m\//, '')] ?? null;
  return loadMapping('m/acme.yaml', { env, rulesVersion: 'r1', readFile, ...options });
}

/** The lines a folder's problems are printed as. */
export function problemLines(
  texts: Record<string, string>,
  options: Partial<LoadOptions> = {},
): string[] {
  const result = load(texts, options);
  return result.ok ? [] : result.problems.map((problem) => problem.text);
}

/** A mapping that must load. */
export function mappingOf(texts: Record<string, string> = {}): CompiledMapping {
  const result = load(texts);
  if (!result.ok) {
    throw new Error(result.problems.map((problem) => problem.text).join('\n'));
  }
  return result.mapping;
}
