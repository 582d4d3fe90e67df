/** The Temporal launcher: look-up order, a database that survives restarts, ports, retention. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { searchAttributes } from '../../embedded/namespace.ts';
import { startTemporal, type Temporal } from '../../embedded/temporal.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import { type Env, readEnv } from '../../env.ts';
import { withDevServer, withTimeSkipping } from '../support/temporal.ts';

let home: string;
const running: Temporal[] = [];
const onProgress = () => {};
const { TEMPORAL_ADDRESS: _, ...local } = readEnv();
const env: Env = local;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'partner-sync-test-'));
});

afterEach(async () => {
  for (const temporal of running.splice(0)) await temporal.child?.stop(0);
  rmSync(home, { recursive: true, force: true });
});

async function start(ports = { grpc: 0, ui: 0 }, environment = env): Promise<Temporal> {
  const temporal = await startTemporal({ home, env: environment, onProgress, ports });
  running.push(temporal);
  return temporal;
}

test('workflows outlive a restart of the local server, and the Web UI answers', async () => {
  const { Client, Connection } = await import('@temporalio/client');
  const first = await start();
  const before = await Connection.connect({ address: first.address });
  const options = { workflowId: 'kept', taskQueue: 'nobody' };
  await new Client({ connection: before }).workflow.start('anything', options);
  await before.close();
  expect((await fetch(first.uiUrl)).status).toBe(200);
  await first.stop();
  expect(first.child?.exited).toMatchObject({ asked: true });

  const second = await start();
  const after = await Connection.connect({ address: second.address });
  const description = await new Client({ connection: after }).workflow.getHandle('kept').describe();
  const namespace = await after.workflowService.describeNamespace({ namespace: 'default' });
  await after.close();

  expect(description.status.name).toBe('RUNNING');
  expect(Number(namespace.config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
});

test('the dev server for tests knows our search attributes', async () => {
  await withDevServer(async ({ env: { connection } }) => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });

    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(Object.keys(searchAttributes)),
    );
  });
});

test('the time-skipping server moves its clock', async () => {
  await withTimeSkipping(async (server) => {
    const before = await server.currentTimeMs();
    await server.sleep('4 days');

    expect((await server.currentTimeMs()) - before).toBeGreaterThanOrEqual(4 * 86_400_000);
  });
});

test('a port that was asked for and is busy is named with the remedy', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  const port = (squatter.address() as { port: number }).port;

  const attempt = start({ grpc: port, ui: 0 }).finally(() => squatter.close());

  await expect(attempt).rejects.toThrow(
    `Port ${port} for the Temporal server is in use. Choose another port, or set ` +
      'TEMPORAL_ADDRESS to use the server that listens there.',
  );
});

test('a server whose port was taken while it started is started on another', async () => {
  const { path } = await findTemporalBinary(env, onProgress);
  const script = join(home, 'temporal');
  const [seen, taken] = [join(home, 'asked'), join(home, 'taken')];
  // The first start finds its port in use, as when another program was quicker.
  writeFileSync(
    script,
    `#!/bin/sh
echo "$@" >> ${seen}
if [ ! -e ${taken} ]; then
  touch ${taken}
  echo "can't set frontend port: listen tcp 127.0.0.1: bind: address already in use" >&2
  exit 1
fi
exec ${path} "$@"
`,
  );
  chmodSync(script, 0o755);

  const temporal = await start({ grpc: 0, ui: 0 }, { ...env, TEMPORAL_CLI_PATH: script });

  const asked = readFileSync(seen, 'utf8').trim().split('\n');
  const ports = asked.map((line) => /--port (\d+)/.exec(line)?.[1]);
  expect(ports).toHaveLength(2);
  expect(ports[1]).not.toBe(ports[0]);
  expect(temporal.address).toBe(`127.0.0.1:${ports[1]}`);
});

test('TEMPORAL_ADDRESS is used as it is and never stopped', async () => {
  const own = await start();
  const guest = await startTemporal({
    home,
    env: { ...env, TEMPORAL_ADDRESS: own.address, TEMPORAL_UI_URL: own.uiUrl },
    onProgress,
  });
  await guest.stop();

  expect(guest).toMatchObject({
    address: own.address,
    uiUrl: own.uiUrl,
    source: 'TEMPORAL_ADDRESS',
  });
  expect(own.child?.exited).toBeUndefined();
});

test('a TEMPORAL_CLI_PATH that leads nowhere is an error, not a reason to look elsewhere', async () => {
  const attempt = findTemporalBinary({ TEMPORAL_CLI_PATH: '/nowhere/temporal' }, onProgress);

  await expect(attempt).rejects.toThrow(
    'TEMPORAL_CLI_PATH is "/nowhere/temporal", which does not exist. ' +
      'Point it at the `temporal` binary, or unset it to have one found.',
  );
});

test('a server that ends while it starts is reported with the last words of its log', async () => {
  const script = join(home, 'temporal');
  writeFileSync(script, '#!/bin/sh\necho "disk full" >&2\nexit 1\n');
  chmodSync(script, 0o755);

  const attempt = start({ grpc: 0, ui: 0 }, { ...env, TEMPORAL_CLI_PATH: script });

  await expect(attempt).rejects.toThrow(
    `The Temporal server did not start. Its log ${join(home, 'temporal.log')} ends with:\ndisk full`,
  );
  expect(existsSync(join(home, 'temporal.db'))).toBe(false);
});
