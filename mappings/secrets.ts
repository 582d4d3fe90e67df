/** Secrets of a mapping: written as ${ENV} or a file path only, resolved at the last moment. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAMES} are what people write in the YAML.
import { readFileSync } from 'node:fs';
import { eachScalar, type Located } from './located.ts';
import { didYouMean, problem } from './problems.ts';
import type { AuthTemplate, CompiledMapping, Problem, ResolvedAuth } from './types.ts';

/** Environment variables by name. */
export type Env = Record<string, string | undefined>;

const secretKeys = new Set([
  'client_secret',
  'refresh_token',
  'access_token',
  'token',
  'password',
  'secret',
  'private_key',
  'api_key',
]);
const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const onlyReference = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
/** Things that are a secret wherever they stand: PEM keys, Salesforce and HubSpot tokens. */
const looksSecret = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{20,}/,
  /\b5Aep[A-Za-z0-9._]{40,}/,
  /\bpat-[a-z]{2}\d-[0-9a-f-]{20,}/i,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\./,
];

/** Whether a key's value must never be shown. */
export function isSecretKey(key: string): boolean {
  return secretKeys.has(key);
}

/** Secrets in clear, and ${NAMES} that are not set; `env` null: names are not checked. */
export function checkSecrets(root: Located, env: Env | null): Problem[] {
  const problems: Problem[] = [];
  eachScalar(root, (path, scalar) => {
    const key = path.slice(path.lastIndexOf('.') + 1);
    const text = scalar.source;
    if (looksSecret.some((pattern) => pattern.test(text))) {
      const message = `a secret in clear is refused. Put it into the environment or a file.`;
      problems.push(problem(scalar.at, path, message));
      return;
    }
    if (isSecretKey(key) && !onlyReference.test(text)) {
      const name = `\${${key.toUpperCase()}}`;
      const message = `a secret in clear is refused. Write ${name} and set that variable.`;
      problems.push(problem(scalar.at, path, message));
      return;
    }
    problems.push(...missingVariables(path, scalar, env));
  });
  return problems;
}

function missingVariables(
  path: string,
  scalar: Extract<Located, { type: 'scalar' }>,
  env: Env | null,
): Problem[] {
  if (typeof scalar.value !== 'string' || env === null) {
    return [];
  }
  const names = [...scalar.value.matchAll(reference)].map((match) => match[1]!);
  if (names.length > 0 && !path.startsWith('auth.') && !path.startsWith('notify.')) {
    return [problem(scalar.at, path, '"${...}" is read in "auth" and "notify" only.')];
  }
  return names
    .filter((name) => env[name] === undefined || env[name] === '')
    .map((name) => {
      const hint = didYouMean(name, namesLike(name, env));
      return problem(scalar.at, path, `the variable ${name} is not set (see .env.example).${hint}`);
    });
}

/** Set variables of the same family ('SF_...'), so that the hint does not list a whole system. */
function namesLike(name: string, env: Env): string[] {
  const family = name.split('_')[0]!;
  return Object.keys(env).filter((other) => other.startsWith(family.slice(0, 2)) && env[other]);
}

/**
 * The sign-in of a mapping with its secrets; keep it out of logs and of the store.
 * Throws an Error naming the variable or the file that is missing, never a value.
 */
export function resolveAuth(
  mapping: Pick<CompiledMapping, 'auth' | 'connection'>,
  env: Env,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): ResolvedAuth {
  const value = (key: string) => resolved(mapping, key, env);
  const common = { apiVersion: mapping.auth.apiVersion, loginUrl: value('login_url') };
  switch (mapping.auth.flow) {
    case 'jwt-bearer':
      return {
        ...common,
        flow: 'jwt-bearer',
        clientId: value('client_id'),
        username: value('username'),
        privateKey: keyText(mapping.connection, value('private_key_file'), readFile),
      };
    case 'client-credentials':
      return {
        ...common,
        flow: 'client-credentials',
        clientId: value('client_id'),
        clientSecret: value('client_secret'),
      };
    case 'refresh-token': {
      const secret = mapping.auth.values['client_secret'];
      return {
        ...common,
        flow: 'refresh-token',
        clientId: value('client_id'),
        ...(secret === undefined ? {} : { clientSecret: value('client_secret') }),
        refreshToken: value('refresh_token'),
      };
    }
    case 'token':
      return { ...common, flow: 'token', accessToken: value('access_token') };
  }
}

/**
 * The secret that a HubSpot app's webhooks are signed with; null where the mapping names none, or
 * its variable is not set. Never logged or returned, as all of resolveAuth.
 */
export function webhookSecret(
  mapping: Pick<CompiledMapping, 'auth' | 'connection' | 'crm'>,
  env: Env,
): string | null {
  const isNamed = mapping.crm === 'hubspot' && mapping.auth.values['client_secret'] !== undefined;
  try {
    return isNamed ? resolved(mapping, 'client_secret', env) : null;
  } catch {
    return null;
  }
}

function resolved(
  mapping: { connection: string; auth: AuthTemplate },
  key: string,
  env: Env,
): string {
  const template = mapping.auth.values[key] ?? '';
  return template.replace(reference, (_, name: string) => {
    const found = env[name];
    if (found === undefined || found === '') {
      throw new Error(
        `${name} is not set: the connection ${mapping.connection} needs it for auth.${key}. ` +
          'Set it in .env (see .env.example).',
      );
    }
    return found;
  });
}

function keyText(connection: string, path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (cause) {
    throw new Error(
      `The private key file of the connection ${connection} cannot be read: ${path}. ` +
        'Check the path and its permissions (auth.private_key_file).',
      { cause },
    );
  }
}
