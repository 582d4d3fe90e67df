/** Secrets stay where they are: files for their owner only, and no word of them in what is printed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkHome, prepareHome, writePrivate } from '../../client/files.ts';
import { ensureToken, tokenFile } from '../../embedded/token.ts';
import { childEnv } from '../../env.ts';
import { partnerSync } from '../support/command.ts';

jest.setTimeout(180_000);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ps-secrets-'));
});
afterEach(() => {
  process.umask(0o022);
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('files', () => {
  test('the token and the folders above it are for their owner only, whatever the umask', () => {
    process.umask(0);
    const home = join(folder, 'a', 'home');

    ensureToken(home);

    expect([home, join(folder, 'a')].map(modeOf)).toEqual(['700', '700']);
    expect(modeOf(tokenFile(home))).toBe('600');
  });

  test('a token file that was opened to others is closed again', () => {
    const token = ensureToken(folder);
    chmodSync(tokenFile(folder), 0o644);

    expect(ensureToken(folder)).toBe(token);
    expect(modeOf(tokenFile(folder))).toBe('600');
  });

  test('a home the command line makes, and the plans it writes, are for their owner only', () => {
    process.umask(0);
    const home = join(folder, 'b', 'home');

    prepareHome(home);
    prepareHome(home);
    writePrivate('--html', join(home, 'plan.html'), 'x');

    expect([home, join(folder, 'b')].map(modeOf)).toEqual(['700', '700']);
    expect(modeOf(join(home, 'plan.html'))).toBe('600');
    expect(() => checkHome(join(folder, 'none'))).not.toThrow();
  });

  test('doctor names a home and a token that others may read, with the command that mends it', async () => {
    ensureToken(folder);
    chmodSync(folder, 0o755);
    chmodSync(tokenFile(folder), 0o640);
    const privacy = async () => {
      const ran = await partnerSync(['doctor', '--json'], { PARTNER_SYNC_HOME: folder });
      const { checks } = ran.json<{ checks: { part: string }[] }>();
      return checks.find(({ part }) => part === 'Home folder');
    };

    expect(await privacy()).toEqual({
      part: 'Home folder',
      ok: false,
      found: `open to others: ${folder}, ${tokenFile(folder)}`,
      remedy: `chmod go-rwx ${folder} ${tokenFile(folder)}`,
    });

    chmodSync(folder, 0o700);
    chmodSync(tokenFile(folder), 0o600);
    expect(await privacy()).toMatchObject({ ok: true, remedy: null });
  });
});

describe('words', () => {
  const canaries = {
    DATABASE_URL: 'postgres://canary-user:canary-database-word@127.0.0.1:1/canary',
    PARTNER_SYNC_TOKEN: 'canary-token-of-the-server',
    TEMPORAL_API_KEY: 'canary-temporal-key',
    SANDBOX_CLIENT_SECRET: 'canary-client-word',
  };
  const secret = /canary-(database-word|token|temporal-key|client-word|in-clear|in-key)/;

  test('a command that reaches nothing says what is missing and no secret', async () => {
    const nowhere = {
      ...canaries,
      PARTNER_SYNC_HOME: folder,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TEMPORAL_TLS: 'false',
      PARTNER_SYNC_SERVER_URL: 'http://127.0.0.1:1',
    };
    for (const args of [['doctor'], ['status'], ['doctor', '--json']]) {
      const { out, err } = await partnerSync(args, nowhere);

      expect(out + err).toMatch(/does not answer|is silent/);
      expect(out + err).not.toMatch(secret);
    }
  });

  test('a wrong environment is told without the values that are secret', async () => {
    const wrong = {
      DATABASE_URL: 'mysql://canary-user:canary-database-word@db/canary',
      PARTNER_SYNC_TOKEN: 'canary-token',
      PARTNER_SYNC_PORT: 'high',
      PARTNER_SYNC_HOME: folder,
    };

    const { code, err } = await partnerSync(['status'], wrong);

    expect(code).toBe(1);
    expect(err).toContain('3 problems in the environment');
    expect(err).not.toMatch(secret);
  });

  test('validate refuses a secret in clear and does not repeat it', async () => {
    mkdirSync(join(folder, 'policies'));
    const file = join(folder, 'acme.yaml');
    writeFileSync(
      join(folder, 'policies', 'acme.yaml'),
      'version: 1\ncurrency: { corporate: USD }\n',
    );
    const auth = 'flow: client-credentials, client_id: id, client_secret: canary-in-clear';
    writeFileSync(file, `connection: acme\nextends: salesforce\npolicy: acme\nauth: { ${auth} }\n`);
    for (const args of [
      ['validate', file],
      ['validate', file, '--json'],
    ]) {
      const { code, out, err } = await partnerSync(args, { PARTNER_SYNC_HOME: folder });

      expect(code).toBe(1);
      expect(out).toContain('a secret in clear is refused');
      expect(out + err).not.toMatch(secret);
    }
  });

  test('a worker that cannot reach its database ends without a word of its secrets', async () => {
    const script = fileURLToPath(new URL('../../worker.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', script], {
      cwd: folder,
      env: childEnv({
        ...canaries,
        PARTNER_SYNC_HOME: folder,
        PARTNER_SYNC_PORT: '0',
        LOG_LEVEL: 'trace',
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        NODE_OPTIONS: undefined,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }

    const [code] = await once(child, 'close');

    expect(code).toBe(1);
    expect(said).not.toBe('');
    expect(said).not.toMatch(secret);
  });
});
