/** The command line as people meet it: usage errors, a stack that is not up, validate on files. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { asTyped } from '../../client/output.ts';
import { runCommandLine } from '../../client/program.ts';
import { partnerSync } from '../support/command.ts';

jest.setTimeout(120_000);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ps-client-'));
  cpSync(fileURLToPath(new URL('../../mappings', import.meta.url)), join(folder, 'mappings'), {
    recursive: true,
  });
  rmSync(join(folder, 'mappings', 'sandbox-hubspot.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => partnerSync(args, { PARTNER_SYNC_HOME: join(folder, 'home') });

/** The same without a process of its own: refused commands do nothing that would need one. */
async function inProcess(args: string[], env: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const before = { ...process.env };
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    said[stream] += String(text);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  jest.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  try {
    Object.assign(process.env, env);
    const code = await runCommandLine(['node', 'client.ts', ...args]);
    return { code, ...said };
  } finally {
    process.env = before;
    jest.restoreAllMocks();
  }
}

describe('usage errors end with 2 and say what was meant', () => {
  test.each([
    [['snyc'], "error: unknown command 'snyc'", 'Did you mean sync?'],
    [['sync', '--ful'], "error: unknown option '--ful'", 'Did you mean --full?'],
    [['explain'], "error: missing required argument 'record'", ''],
    [['demo', '--as-of', 'yesterday'], '--as-of is a date such as 2017-12-31.', ''],
    [['demo', '--export', '.', '--as-of', '2017-02-30'], '--as-of is a date', ''],
    [['demo', '--as-of', '2017-12-31'], '--as-of needs --export.', ''],
    [['demo', '--export', '/nowhere/at/all'], '--export: there is no folder /nowhere/at/all.', ''],
    [['up', '--seed', 'x'], '--seed is a whole number.', ''],
    [['provision', '--set', 'all'], '--set is core (12 fields) or full.', ''],
    [['validate', 'nope'], '"nope" is neither a file nor a connection', 'sandbox-salesforce'],
  ])('%j', async (args, said, hint) => {
    const { code, err, out } = await inProcess(args);

    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(err).toContain(hint);
    expect(out).toBe('');
  });
});

test('a command without a running stack says how to start one, and ends with 1', async () => {
  for (const args of [['status'], ['apply', 'x']]) {
    const { code, err } = await run(...args);

    expect([args, code]).toEqual([args, 1]);
    expect(err).toContain(`partner-sync is not running in ${join(folder, 'home')}.`);
    expect(err).toContain('Start it with "npx partner-sync up"');
  }
});

test('up and demo without a single mapping start nothing, and say where they looked', async () => {
  for (const args of [['up'], ['demo', '--exit']]) {
    const ran = await inProcess(args, { PARTNER_SYNC_MAPPINGS: join(folder, 'none') });

    expect([args, ran.code]).toEqual([args, 2]);
    expect(ran.err).toContain(
      `There is no mapping in ${join(folder, 'none')}; nothing was started.`,
    );
  }
});

test('two mapping files of one connection are refused by validate and by up, which name both', async () => {
  const twins = join(folder, 'twins');
  cpSync(join(folder, 'mappings'), twins, { recursive: true });
  cpSync(join(twins, 'sandbox-salesforce.yaml'), join(twins, 'copy.yaml'));
  const env = { PARTNER_SYNC_MAPPINGS: twins, PARTNER_SYNC_HOME: join(folder, 'home') };

  const validated = await inProcess(['validate', '--json'], env);
  const up = await inProcess(['up'], env);

  expect([validated.code, up.code]).toEqual([1, 1]);
  const { files } = JSON.parse(validated.out) as { files: { file: string; problems: string[] }[] };
  const ofTwins = files.filter(({ file }) => /(copy|sandbox-salesforce)\.yaml$/.test(file));
  expect(ofTwins.map(({ problems }) => problems.length)).toEqual([1, 1]);
  expect(ofTwins[0]!.problems[0]).toContain(join(twins, 'sandbox-salesforce.yaml'));
  expect(up.err).toContain('A connection has one mapping file; nothing was started.');
  const both = `${join(twins, 'copy.yaml')} and ${join(twins, 'sandbox-salesforce.yaml')}`;
  expect(up.err).toContain(`sandbox-salesforce: ${both}`);
});

describe('odd files and folders are told in a sentence', () => {
  const file = () => {
    const path = join(folder, 'a-file');
    writeFileSync(path, '');
    return path;
  };

  test.each([
    ['a file', (path: string) => path, 'is a file'],
    ['below a file', (path: string) => join(path, 'home'), 'below'],
  ])('a home that is %s', async (_, homeOf, said) => {
    const home = homeOf(file());
    for (const args of [['status'], ['up'], ['demo', '--exit'], ['backup']]) {
      const ran = await inProcess(args, { PARTNER_SYNC_HOME: home });

      expect([args, ran.code]).toEqual([args, 2]);
      expect(ran.err).toContain(`PARTNER_SYNC_HOME ${home}`);
      expect(ran.err).toContain(said);
      expect(ran.err).toContain('Set it to a folder of your own');
      expect(ran.err).not.toContain('an error of its own');
    }
  });

  test('a home that cannot be made', async () => {
    const ran = await inProcess(['up'], { PARTNER_SYNC_HOME: '/proc/no/such/place' });

    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/^PARTNER_SYNC_HOME \/proc\/no\/such\/place cannot be made \(/m);
  });

  test('a relative home is told as the whole path it means here', async () => {
    const ran = await inProcess(['status'], { PARTNER_SYNC_HOME: 'no-such-home' });

    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`partner-sync is not running in ${resolve('no-such-home')}.`);
  });

  test.each(['--html', '--csv'])(
    'plan %s into a folder that is not there, or onto one',
    async (option) => {
      const missing = await inProcess(['plan', option, join(folder, 'none', 'plan.out')]);
      const onto = await inProcess(['plan', option, folder]);

      expect([missing.code, onto.code]).toEqual([2, 2]);
      expect(missing.err).toContain(`there is no folder ${join(folder, 'none')}. Make it first`);
      expect(onto.err).toContain(`${option} ${folder} is a folder. Name a file in it`);
    },
  );
});

test('--version says which one, and every other command is named so that it can be typed', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await inProcess(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });

  expect(asTyped('Run "partner-sync resume acme", then partner-sync apply x.')).toBe(
    'Run "npx partner-sync resume acme", then npx partner-sync apply x.',
  );
  expect(asTyped('partner-sync is up: npx partner-sync status, ~/.partner-sync status')).toBe(
    'partner-sync is up: npx partner-sync status, ~/.partner-sync status',
  );
});

test('with --json an error is one JSON object on stdout, the sentence still on stderr', async () => {
  const ran = await run('status', '--json');

  expect(ran.code).toBe(1);
  expect(ran.out.trimEnd().split('\n')).toHaveLength(1);
  expect(ran.json()).toEqual({ error: expect.stringMatching(/^partner-sync is not running in/) });
  expect(ran.err).toContain('partner-sync is not running in');
});

test('doctor tells what is missing and ends with 1', async () => {
  const ran = await run('doctor', '--json');

  expect(ran.code).toBe(1);
  expect(ran.json()).toEqual({
    checks: [
      expect.objectContaining({ part: 'Node', ok: true }),
      expect.objectContaining({ part: 'Stack', ok: false, found: 'not running' }),
    ],
  });
});

test('--help lists the commands and ends with 0', async () => {
  const { code, out } = await run('--help');

  expect(code).toBe(0);
  for (const command of 'up demo validate provision plan apply sync explain doctor'.split(' ')) {
    expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  }
});

test('a wrong environment is told with every problem and without a value of a secret', async () => {
  const env = { PARTNER_SYNC_PORT: 'high', PARTNER_SYNC_TOKEN: 'short-secret', LOG_LEVEL: 'loud' };
  const { code, err } = await partnerSync(['status'], env);

  expect(code).toBe(1);
  expect(err).toContain('3 problems in the environment; nothing was started.');
  expect(err).not.toContain('short-secret');
});

describe('validate', () => {
  /** Line numbers in the files are counted from 1, as editors do. */
  function broken(): { file: string; expected: RegExp[] } {
    const file = join(folder, 'mappings', 'broken.yaml');
    writeFileSync(
      file,
      [
        'connection: broken',
        'extends: salesforce',
        'policy: sandbox',
        'auth:',
        '  flow: client-credentials',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the mapping's own syntax
        '  login_url: ${SANDBOX_URL}',
        '  client_id: sandbox',
        '  client_secret: sandbox-secret', // 1: a secret in clear
        'sync:',
        '  every: 5 mintues', // 2: no duration
        '  overlapp: 5 minutes', // 3: an unknown key
        'read:',
        '  partner:',
        '    where: "Type = \'Partner\' OR Id IN (SELECT Id FROM Account)"', // 4: no plain condition
        'write:',
        '  opportunity:',
        '    stale: [Partner_Deal_Stale__c]', // 5: a list where a name belongs
        '  scope:',
        '    direct: sometimes', // 6: not one of the values
        '',
      ].join('\n'),
    );
    return {
      file,
      expected: [
        /broken\.yaml:8:18 auth\.client_secret: /,
        /broken\.yaml:10:10 sync\.every: .*"5 mintues"/,
        /broken\.yaml:11:3 sync\.overlapp: unknown key\. Did you mean "overlap"\?/,
        /broken\.yaml:14:12 read\.partner\.where: /,
        /broken\.yaml:17:12 write\.opportunity\.stale: /,
        /broken\.yaml:19:13 write\.scope\.direct: .*"sometimes"/,
      ],
    };
  }

  test('a folder stands for the mappings in it; one without says what is there instead', async () => {
    const mappings = join(folder, 'mappings');

    const all = await inProcess(['validate', mappings, '--json']);
    const above = await inProcess(['validate', folder]);
    const policies = await inProcess(['validate', join(mappings, 'policies')]);

    const files = (JSON.parse(all.out.trim().split('\n').at(-1)!) as { files: { file: string }[] })
      .files;
    expect(files.map(({ file }) => file)).toContain(join(mappings, 'sandbox-salesforce.yaml'));
    expect(files.every(({ file }) => !file.includes('policies'))).toBe(true);
    expect([above.code, policies.code]).toEqual([2, 2]);
    expect(above.err).toContain(`partner-sync validate ${mappings}`);
    expect(policies.err).toContain('checked with the mapping that names them');
  });

  test('lists all six mistakes of a file with their positions, in their order, and ends with 1', async () => {
    const { file, expected } = broken();

    const { code, out } = await run('validate', file);

    expect(code).toBe(1);
    const [head, ...lines] = out.trimEnd().split('\n');
    expect(head).toBe(`6 problems in ${file}`);
    expect(lines).toHaveLength(6);
    expected.forEach((pattern, i) => {
      expect(lines[i]).toMatch(pattern);
    });
    expect(out).not.toContain('sandbox-secret');
  });

  test('--json gives the same problems to machines', async () => {
    const { file, expected } = broken();

    const ran = await run('validate', file, '--json');

    expect(ran.code).toBe(1);
    const { files } = ran.json<{ files: { file: string; problems: string[] }[] }>();
    expect(files).toHaveLength(1);
    expected.forEach((pattern, i) => {
      expect(files[0]!.problems[i]).toMatch(pattern);
    });
  });

  test('the sandbox mapping has no problems, by file and by the name of its connection', async () => {
    const path = join(folder, 'mappings', 'sandbox-salesforce.yaml');
    const env = { PARTNER_SYNC_MAPPINGS: join(folder, 'mappings') };
    for (const what of [path, 'sandbox-salesforce']) {
      const ran = await partnerSync(['validate', what, '--json'], env);

      expect(ran.code).toBe(0);
      const { files } = ran.json<{ files: { version: string; problems: string[] }[] }>();
      expect(files).toEqual([
        {
          file: path,
          connection: 'sandbox-salesforce',
          version: expect.stringMatching(/^2026\.1-[0-9a-f]{7}$/),
          problems: [],
          notes: [],
          forecast: null,
        },
      ]);
    }
  });

  test('a file that is no YAML is told with its line, not with a stack', async () => {
    const file = join(folder, 'mappings', 'torn.yaml');
    writeFileSync(file, 'connection: torn\n  policy: [\n');

    const { code, out, err } = await run('validate', file);

    expect(code).toBe(1);
    expect(out).toMatch(/torn\.yaml:\d+:\d+/);
    expect(out + err).not.toMatch(/\n {4}at /);
  });
});
