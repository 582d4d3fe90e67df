/** The environment: defaults, golden error texts, and the agreement with .env.example. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { describeVariables, EnvError, readEnv, readVariable } from '../../env.ts';

function problemsOf(source: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
}

test('an empty environment gives the defaults of one machine', () => {
  expect(readEnv({})).toEqual({
    TEMPORAL_NAMESPACE: 'default',
    DATABASE_POOL_SIZE: 10,
    PARTNER_SYNC_HOME: '.partner-sync',
    PARTNER_SYNC_MAPPINGS: 'mappings',
    PARTNER_SYNC_HOST: '127.0.0.1',
    PARTNER_SYNC_PORT: 7788,
    SANDBOX_CLIENT_ID: 'sandbox',
    SANDBOX_CLIENT_SECRET: 'sandbox-secret',
    SANDBOX_HUBSPOT_TOKEN: 'pat-na1-sandbox',
    LOG_LEVEL: 'info',
    WORKER_CRM_CONCURRENCY: 8,
    WORKER_ENGINE_CONCURRENCY: 16,
    WORKER_CACHED_WORKFLOWS: 500,
    WORKER_SHUTDOWN_GRACE_SECONDS: 20,
  });
});

test('an empty value counts as unset', () => {
  expect(readEnv({ DATABASE_URL: '', PARTNER_SYNC_PORT: ' ' })).toEqual(readEnv({}));
});

const remedy = 'Correct it in .env or the environment (see .env.example).';

test.each([
  ['TEMPORAL_ADDRESS', 'localhost', 'expected host:port, found "localhost"'],
  ['TEMPORAL_UI_URL', 'ftp://x', 'expected an http:// or https:// address, found "ftp://x"'],
  ['TEMPORAL_TLS', 'yes', 'expected one of 0, 1, true, false, found "yes"'],
  ['DATABASE_POOL_SIZE', '0', 'expected at least 1, found "0"'],
  ['PARTNER_SYNC_PORT', '70000', 'expected at most 65535, found "70000"'],
  ['PARTNER_SYNC_PORT', '80.5', 'expected a whole number, found "80.5"'],
  ['PARTNER_SYNC_PORT', 'http', 'expected a number, found "http"'],
  ['PARTNER_SYNC_TOKEN', 'short', 'expected at least 16 characters, found a value of 5 characters'],
  [
    'DATABASE_URL',
    'mysql://root:hunter2@db/x',
    'expected postgres://user:password@host/database, found a value of 25 characters',
  ],
  [
    'LOG_LEVEL',
    'loud',
    'expected one of fatal, error, warn, info, debug, trace, silent, found "loud"',
  ],
])('%s=%s is told with what was expected', (name, value, expected) => {
  expect(problemsOf({ [name]: value })).toEqual([`${name}: ${expected}. ${remedy}`]);
});

test('several problems are told at once, and no secret is repeated', () => {
  expect(() => readEnv({ LOG_LEVEL: 'loud', DATABASE_URL: 'hunter2' })).toThrow(
    new EnvError([
      `DATABASE_URL: expected postgres://user:password@host/database, found a value of 7 characters. ${remedy}`,
      `LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, found "loud". ${remedy}`,
    ]).message,
  );
});

test('a misspelt variable is told with the nearest name; a variable of a mapping is left alone', () => {
  expect(problemsOf({ PARTNER_SYNC_HOEM: 'x', PARTNER_SYNC_SALESFORCE_KEY: 'y' })).toEqual([
    'PARTNER_SYNC_HOEM: unknown variable. Did you mean PARTNER_SYNC_HOME?',
  ]);
});

test('a client certificate without its key is told', () => {
  expect(problemsOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: 'cert.pem' })).toEqual([
    'TEMPORAL_TLS_CLIENT_KEY_PATH is not set. ' +
      'A client certificate and its key go together; set both.',
  ]);
});

test('a variable of a mapping is read by its name', () => {
  expect(readVariable('SF_CLIENT_ID', { SF_CLIENT_ID: 'abc' })).toBe('abc');
  expect(readVariable('SF_CLIENT_ID', { SF_CLIENT_ID: '' })).toBeUndefined();
});

test('.env.example names every variable with its description and default, and no other', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const shown = [...text.matchAll(/^# (.+)\n# ([A-Z_]+)=(.*)$/gm)].map(
    ([, description, name, value]) => ({ description, name, value }),
  );

  expect(shown).toEqual(
    describeVariables().map((variable) => ({
      description: variable.description,
      name: variable.name,
      value: variable.default ?? '',
    })),
  );
});
