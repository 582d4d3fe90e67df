/** The official Python client, unmodified, against the sandbox; said aloud where it is missing. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { defaultPrivateToken } from '../../sandbox/hubspot/portals.ts';
import { openPortal } from './client.ts';

const script = fileURLToPath(new URL('official_client.py', import.meta.url));
// A machine may keep the client in an environment of its own.
const python = process.env['HUBSPOT_PYTHON'] ?? 'python3';
const probe = spawnSync(python, ['-c', 'import hubspot.crm.deals']);
const present = probe.status === 0;
const reason = present ? '' : ` (skipped: ${python} has no package hubspot-api-client)`;

(present ? test : test.skip)(
  `the official Python client creates, searches, batch-updates and associates${reason}`,
  async () => {
    const { running, close } = await openPortal();
    try {
      const run = promisify(execFile);
      const { stdout } = await run(python, [script, running.url, defaultPrivateToken]);
      expect(JSON.parse(stdout)).toEqual({
        search: [1, '10'],
        batch: [1, 1, 'OBJECT_NOT_FOUND'],
        associated: [true, 1],
        property: 'a',
        won: ['1.0', '0.0'],
        all: 2,
        owners: 0,
        gone: [404, 'OBJECT_NOT_FOUND'],
      });
    } finally {
      await close();
    }
  },
  120_000,
);
