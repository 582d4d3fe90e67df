/** simple-salesforce, unmodified, against the sandbox behind https; said aloud where it is missing. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startSandbox } from '../../sandbox/server.ts';

const script = fileURLToPath(new URL('simple_salesforce_client.py', import.meta.url));
// A machine may keep the client in an environment of its own.
const python = process.env['SALESFORCE_PYTHON'] ?? 'python3';
const lacks = [
  spawnSync(python, ['-c', 'import simple_salesforce']).status === 0
    ? null
    : `${python} has no package simple-salesforce`,
  spawnSync('openssl', ['version']).status === 0 ? null : 'there is no openssl',
].filter(Boolean);
const reason = lacks.length === 0 ? '' : ` (skipped: ${lacks.join(', ')})`;
const run = promisify(execFile);

(reason === '' ? test : test.skip)(
  `simple-salesforce writes, reads and works in bulk by both Bulk APIs${reason}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-tls-'));
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const made = `-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x`;
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', keyFile, '-out', certFile];
    await run('openssl', ['req', ...made.split(' '), ...names, ...files]);
    const tls = { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
    const running = await startSandbox({ tls });
    try {
      const { tenants } = running.sandbox;
      const { id: orgId, integrationUserId: userId } = tenants.defaultOrg;
      const token = tenants.openSession({ orgId, userId, clientId: null });
      const env = { ...process.env, REQUESTS_CA_BUNDLE: certFile };
      const { stdout } = await run(python, [script, running.url, token], { env });
      expect(JSON.parse(stdout)).toEqual({
        created: true,
        updated: 204,
        read: 'python.example',
        upserted: 200,
        described: true,
        bulk: [[true, false], ['int']],
        bulk2: [1, [1, 1], 2],
        names: ['Bulk', 'Bulk 2', 'Upserted'],
        updated_ids: 3,
        deleted: 204,
        refused: [
          [404, 'ENTITY_IS_DELETED'],
          [400, 'INVALID_FIELD'],
        ],
        limit: true,
      });
    } finally {
      await running.close();
      await rm(folder, { recursive: true });
    }
  },
  120_000,
);
