/** What comes in from outside: exact versions, licences we may ship, and the audit's three answers. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

interface Locked {
  version?: string;
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
  license?: string;
  integrity?: string;
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const lock = readJson('package-lock.json') as { packages: Record<string, Locked> };

/** Ours to use and to ship. */
const allowed = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'ISC',
  'PostgreSQL',
  'PSF-2.0',
  'Unlicense',
  'BlueOak-1.0.0',
  'CC0-1.0',
]);
/** For data alone: browser tables and public holidays. */
const allowedForData: Record<string, string> = {
  'caniuse-lite': 'CC-BY-4.0',
  'date-holidays-parser': 'CC-BY-3.0',
  'date-holidays': 'CC-BY-3.0',
};

/** 'MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT': one of the ORed, all of the ANDed. */
function mayUse(licence: string, name: string): boolean {
  const plain = licence.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(plain)) {
    return false;
  }
  return plain
    .split(' OR ')
    .some((part) =>
      part.split(' AND ').every((one) => allowed.has(one) || allowedForData[name] === one),
    );
}

/** The licence a package states; where its manifest is silent, the one its text is known to be. */
function licenceOf(folder: string): string {
  const { license } = readJson(join(folder, 'package.json')) as { license?: unknown };
  if (typeof license === 'string') {
    return license;
  }
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
  return text.includes('This is free and unencumbered software') ? 'Unlicense' : 'none stated';
}

test('every package of the production tree has a licence we may ship under', () => {
  const production = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional, link }]) => path !== '' && !dev && !devOptional && !link,
  );
  const bad = production.flatMap(([path, locked]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // Builds for other platforms are not installed here: what the lockfile says of them counts.
    const installed = existsSync(join(path, 'package.json'));
    const licence = installed ? licenceOf(path) : (locked.license ?? null);
    return licence === null || mayUse(licence, name) ? [] : [`${path}: ${licence}`];
  });

  expect(production.length).toBeGreaterThan(200);
  expect(bad).toEqual([]);
});

test.each([
  ['GPL-3.0', false],
  ['(MIT OR GPL-3.0)', true],
  ['Apache-2.0 AND GPL-2.0', false],
  ['CC-BY-4.0', false],
  ['UNLICENSED', false],
  ['none stated', false],
  ['SEE LICENSE IN LICENSE.md', false],
])('the licence %s: may be shipped %s', (licence, may) => {
  expect(mayUse(licence, 'some-package')).toBe(may);
});

test('package.json names exact versions, and the lockfile holds the same', () => {
  const manifest = readJson('package.json') as Record<string, Record<string, string>>;
  const wanted = { ...manifest['dependencies'], ...manifest['devDependencies'] };

  expect(Object.keys(wanted).length).toBeGreaterThan(30);
  for (const [name, range] of Object.entries(wanted)) {
    const version = range.replace(/^npm:[^@]+@/, '');
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)]);
    expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  }
});

describe('the audit step of CI', () => {
  const judged = (answer: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'ps-audit-'));
    const file = join(folder, 'answer.json');
    try {
      writeFileSync(file, typeof answer === 'string' ? answer : JSON.stringify(answer));
      const { status, stdout } = spawnSync(process.execPath, ['.ci/audit.js', file], {
        encoding: 'utf8',
      });
      return { code: status, said: stdout.trim() };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const finding = (severity: string) => ({
    name: 'leftpad',
    severity,
    range: '<1.2.3',
    via: [{ title: 'Pads the wrong side', url: 'https://example.com/advisory/1' }],
    fixAvailable: true,
  });

  test('passes without a grave finding', () => {
    const answer = { auditReportVersion: 2, vulnerabilities: { leftpad: finding('moderate') } };

    expect(judged(answer)).toEqual({
      code: 0,
      said: 'No known weakness of high or critical severity.',
    });
  });

  test.each(['high', 'critical'])('fails on a %s one, which it names', (severity) => {
    const answer = { auditReportVersion: 2, vulnerabilities: { leftpad: finding(severity) } };

    expect(judged(answer)).toEqual({
      code: 1,
      said:
        `leftpad <1.2.3 (${severity}): Pads the wrong side https://example.com/advisory/1; ` +
        'an update mends it',
    });
  });

  test.each([404, 405, 501])(
    'says in one line that a registry has no such service (%d)',
    (code) => {
      expect(judged({ message: 'Method Not Allowed', statusCode: code })).toEqual({
        code: 3,
        said: `The registry offers no audit (it answered ${code}): known weaknesses of dependencies were not looked up.`,
      });
    },
  );

  test.each([
    ['an answer that is no JSON', 'npm error network'],
    ['a refusal', { message: '401 Unauthorized', statusCode: 401 }],
    ['a server that fails', { message: '500', statusCode: 500 }],
  ])('fails on %s', (_, answer) => {
    expect(judged(answer).code).toBe(1);
  });
});
