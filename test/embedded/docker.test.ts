/** docker-compose.yml and Dockerfile: everything pinned, no secret in clear, only known variables. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { describeVariables, readEnv } from '../../env.ts';

interface Service {
  image?: string;
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  logging?: { options: Record<string, string> };
  stop_grace_period?: string;
  read_only?: boolean;
  tmpfs?: string[];
}

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const workers = services.filter(([name]) => name.startsWith('worker'));
const known = new Map(describeVariables().map((variable) => [variable.name, variable]));

test('the stack is Temporal, its Web UI, PostgreSQL and two workers', () => {
  expect(services.map(([name]) => name).sort()).toEqual([
    'postgres',
    'temporal',
    'temporal-ui',
    'worker-1',
    'worker-2',
  ]);
});

test.each(services)('%s has an image with an exact version and a health check', (_, service) => {
  expect(service.image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  expect(service.healthcheck?.test.length).toBeGreaterThan(1);
});

test.each(services)('%s holds no secret in clear', (_, service) => {
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (/PASSWORD|PWD|TOKEN|SECRET|API_KEY/.test(name)) expect(value).toMatch(/^\$\{\w+:\?.+\}$/);
    expect(value).not.toMatch(/:\/\/[^:/]+:(?!\$\{)[^@]*@/);
  }
});

test.each(services)('%s opens its ports on this machine only', (_, service) => {
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test.each(services)('%s waits for services that exist and are healthy', (_, service) => {
  for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
    expect(compose.services[name]).toBeDefined();
    expect(condition).toBe('service_healthy');
  }
});

test('named volumes are declared, and the database is on one', () => {
  const named = services
    .flatMap(([, service]) => service.volumes ?? [])
    .filter((volume) => !volume.startsWith('.'))
    .map((volume) => volume.split(':')[0]);

  expect([...new Set(named)]).toEqual(Object.keys(compose.volumes));
});

test.each(workers)(
  '%s gets only variables that partner-sync reads, with valid values',
  (_, worker) => {
    const environment = worker.environment ?? {};
    const filled = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, fillIn(value)]),
    );

    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    expect(readEnv(filled)).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal:7233',
      DATABASE_URL: `postgres://partner_sync:${given}@postgres:5432/partner_sync`,
      PARTNER_SYNC_PORT: 7788,
    });
  },
);

test.each(workers)('%s may stop for longer than its drain takes', (_, worker) => {
  const graceSeconds = Number(worker.environment?.['WORKER_SHUTDOWN_GRACE_SECONDS']);
  // The longest call of a CRM: requestTimeoutDefaultMs of connectors/salesforce/api.ts.
  const longestCallSeconds = 130;

  expect(worker.stop_grace_period).toMatch(/^\d+s$/);
  const stopSeconds = Number.parseInt(worker.stop_grace_period!, 10);
  expect(stopSeconds).toBeGreaterThan(graceSeconds + longestCallSeconds);
});

test.each(workers)('%s writes nowhere but to a volume and /tmp', (_, worker) => {
  const writable = (worker.volumes ?? []).filter((volume) => !volume.endsWith(':ro'));

  expect(worker.read_only).toBe(true);
  expect(worker.tmpfs).toEqual(['/tmp']);
  expect(writable).toEqual(['backups:/home/node/partner-sync/backups']);
  // A new volume has the owner of the folder in the image.
  expect(read('Dockerfile')).toMatch(
    /^RUN install .*-o node .*\/home\/node\/partner-sync\/backups$/m,
  );
});

test.each(services)('%s has logs that do not grow for ever', (_, service) => {
  expect(service.logging?.options).toMatchObject({ 'max-size': expect.any(String) });
});

const given = 'a-value-from-dot-env';

/** What compose does with ${NAME:?message} and ${NAME:-default}. */
function fillIn(value: string): string {
  return value.replace(/\$\{\w+:\?[^}]*\}/g, given).replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

test('the image is the Node that package.json pins, runs as another user than root, and has no development packages', () => {
  const dockerfile = read('Dockerfile');
  const { dependencies } = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
  };
  const variables = [...dockerfile.matchAll(/\b((?:PARTNER_SYNC|TEMPORAL)_[A-Z_]+)\b/g)];

  expect(dockerfile).toMatch(new RegExp(`^FROM node:${dependencies['node']}-[a-z-]+$`, 'm'));
  expect(dockerfile).toMatch(/^USER (?!root)/m);
  expect(dockerfile).toContain('npm ci --omit=dev');
  // By the user that runs it: another one's cache is another folder.
  expect(dockerfile.indexOf('RUN node worker/prebuild.ts')).toBeGreaterThan(
    dockerfile.indexOf('\nUSER '),
  );
  expect(dockerfile).toMatch(/^CMD \["node", "worker\.ts"\]$/m);
  expect(variables.map(([, name]) => name).filter((name) => !known.has(name ?? ''))).toEqual([]);
});

test('what must stay out of the image is ignored', () => {
  const ignored = read('.dockerignore').split('\n');

  expect(ignored).toEqual(expect.arrayContaining(['.env', '.partner-sync', '**/node_modules']));
});
