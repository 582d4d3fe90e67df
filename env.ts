/** The one reader of process.env: every variable with its meaning, its default and its check. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const count = z.coerce.number().int().min(1).max(10_000);
const url = z.url({ protocol: /^https?$/, error: 'an http:// or https:// address' });
const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, 'host:port');
const flag = z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1');
const secret = z.string();
const bearer = secret.min(16, 'at least 16 characters');
const database = secret.regex(/^postgres(ql)?:\/\//, 'postgres://user:password@host/database');

/** Every variable partner-sync reads, with the sentence `.env.example` and the README repeat. */
const variables = {
  TEMPORAL_ADDRESS: hostPort
    .optional()
    .describe('Temporal server to use, host:port. Unset: a local one is found or started.'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace.'),
  TEMPORAL_UI_URL: url
    .optional()
    .describe('Address of the Temporal Web UI that printed links point to.'),
  TEMPORAL_API_KEY: secret.optional().describe('API key of Temporal Cloud or a guarded server.'),
  TEMPORAL_TLS: flag
    .optional()
    .describe('true: talk TLS to Temporal. Implied by an API key or a client certificate.'),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional().describe('Name expected in its certificate.'),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: z.string().optional().describe('PEM file of its CA.'),
  TEMPORAL_TLS_CLIENT_CERT_PATH: z.string().optional().describe('PEM file of our certificate.'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: z.string().optional().describe('PEM file of our private key.'),
  TEMPORAL_CLI_PATH: z
    .string()
    .optional()
    .describe('The `temporal` binary that starts the local server. Unset: PATH, cache, download.'),
  TEMPORAL_TEST_SERVER_PATH: z
    .string()
    .optional()
    .describe('The time-skipping test server (tests only). Unset: cache, download, Maven.'),
  DATABASE_URL: database
    .optional()
    .describe('PostgreSQL to keep the store in. Unset: an embedded store in PARTNER_SYNC_HOME.'),
  DATABASE_POOL_SIZE: count
    .default(10)
    .describe('PostgreSQL connections a worker may open, and one more for its signs of life.'),
  PARTNER_SYNC_HOME: z
    .string()
    .default('.partner-sync')
    .describe('Folder of the embedded store, the local Temporal database, logs and the token.'),
  PARTNER_SYNC_MAPPINGS: z
    .string()
    .default('mappings')
    .describe('Folder of the mappings, one YAML file a CRM connection.'),
  PARTNER_SYNC_HOST: z
    .string()
    .default('127.0.0.1')
    .describe("Address the worker's server listens on. Anything but loopback needs a token."),
  PARTNER_SYNC_PORT: port.default(7788).describe("Port of the worker's server. 0: any free port."),
  PARTNER_SYNC_TOKEN: bearer
    .optional()
    .describe("Bearer token of the worker's server. Unset: the file PARTNER_SYNC_HOME/token."),
  PARTNER_SYNC_PUBLIC_URL: url
    .optional()
    .describe(
      "Address the worker's server is reached at from outside: records link to it, webhooks go to it.",
    ),
  PARTNER_SYNC_SERVER_URL: url
    .optional()
    .describe("The worker's server, for the command line. Unset: the stack of PARTNER_SYNC_HOME."),
  SANDBOX_URL: url.optional().describe('The sandbox CRM the sample mappings connect to.'),
  SANDBOX_CLIENT_ID: z.string().default('sandbox').describe('OAuth client of the sandbox.'),
  SANDBOX_CLIENT_SECRET: secret.default('sandbox-secret').describe('Its secret.'),
  SANDBOX_HUBSPOT_TOKEN: secret.default('pat-na1-sandbox').describe("The sandbox portal's token."),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much the worker logs: fatal, error, warn, info, debug, trace or silent.'),
  WORKER_CRM_CONCURRENCY: count
    .default(8)
    .describe('CRM activities one worker runs at a time, for each CRM.'),
  WORKER_ENGINE_CONCURRENCY: count
    .default(16)
    .describe('Store and decision activities one worker runs at a time.'),
  WORKER_CACHED_WORKFLOWS: count
    .default(500)
    .describe('Workflows one worker keeps in memory, about 0.5 MB each.'),
  WORKER_SHUTDOWN_GRACE_SECONDS: count
    .default(20)
    .describe('Seconds a stopping worker gives its running activities to finish.'),
};

const secrets: ReadonlySet<string> = new Set([
  'TEMPORAL_API_KEY',
  'DATABASE_URL',
  'PARTNER_SYNC_TOKEN',
  'SANDBOX_CLIENT_SECRET',
  'SANDBOX_HUBSPOT_TOKEN',
]);

const schema = z.object(variables);

/** The checked environment: one key a variable, under the variable's own name. */
export type Env = z.infer<typeof schema>;

/** What one variable is for, as `.env.example`, the README and `doctor` show it. */
export interface VariableInfo {
  name: string;
  description: string;
  default: string | undefined;
  secret: boolean;
}

/** A wrong environment; the message names each variable and what to do about it. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const many = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`${many} in the environment; nothing was started.`, ...problems].join('\n'));
    this.problems = problems;
  }
}

/** Loads `.env` of `folder` when there is one. What the environment already says is not overridden. */
export function loadDotEnv(folder = process.cwd()): void {
  const file = join(folder, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** Reads and checks the environment; an empty value counts as unset. Throws EnvError with all problems. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const given: Record<string, string> = {};
  for (const name of Object.keys(variables)) {
    const value = source[name]?.trim();
    if (value) given[name] = value;
  }

  const parsed = schema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => describeProblem(String(issue.path[0]), issue, given));
  problems.push(...misspelt(source), ...contradictions(given));
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);
  return parsed.data;
}

/** The value of a variable that a mapping names as `${NAME}`; undefined when unset or empty. */
export function readVariable(name: string, source = process.env): string | undefined {
  return source[name] || undefined;
}

/** The environment a child process inherits, with `changes` on top; undefined removes a variable. */
export function childEnv(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}

/** Every variable partner-sync reads, in the order of `.env.example`. */
export function describeVariables(): VariableInfo[] {
  const defaults = schema.parse({}) as Record<string, unknown>;
  return Object.entries(variables).map(([name, type]) => ({
    name,
    description: type.description ?? '',
    default: defaults[name] === undefined ? undefined : String(defaults[name]),
    secret: secrets.has(name),
  }));
}

type Issue = z.core.$ZodIssue;

function describeProblem(name: string, issue: Issue, given: Record<string, string>): string {
  const value = given[name] ?? '';
  const found = secrets.has(name) ? `a value of ${value.length} characters` : `"${value}"`;
  return `${name}: expected ${expectation(issue)}, found ${found}. Correct it in .env or the environment (see .env.example).`;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? issue.message : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`;
    default:
      return issue.message;
  }
}

/** A near miss of one of our names is a typing error; other PARTNER_SYNC_ names may belong to a mapping. */
function misspelt(source: NodeJS.ProcessEnv): string[] {
  const known = Object.keys(variables);
  return Object.keys(source)
    .filter((name) => /^(PARTNER_SYNC|WORKER|SANDBOX)_/.test(name) && !known.includes(name))
    .flatMap((name) => {
      const nearest = known.find((candidate) => distance(candidate, name) <= 2);
      return nearest ? [`${name}: unknown variable. Did you mean ${nearest}?`] : [];
    });
}

function contradictions(given: Record<string, string>): string[] {
  const certificate = Boolean(given['TEMPORAL_TLS_CLIENT_CERT_PATH']);
  if (certificate === Boolean(given['TEMPORAL_TLS_CLIENT_KEY_PATH'])) return [];
  const missing = certificate ? 'TEMPORAL_TLS_CLIENT_KEY_PATH' : 'TEMPORAL_TLS_CLIENT_CERT_PATH';
  return [`${missing} is not set. A client certificate and its key go together; set both.`];
}
