/** Loading mappings: what good files become and how each mistake is told. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAMES} are what people write in the YAML.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { listMappings, loadMapping, loadMappingSources } from '../../mappings/load.ts';
import { formatProblems } from '../../mappings/problems.ts';
import { resolveAuth } from '../../mappings/secrets.ts';
import { env, load, mappingOf, plainMapping, plainPolicy, problemLines } from './files.ts';

test('six different mistakes are all listed, each with its position and the nearest name', () => {
  const mapping = `connection: acme
extends: salesforce
policy: acme
auth:
  flow: client-credentials
  client_id: id
  client_secret: hunter2
sync: { every: 5 min }
read:
  opportunity:
    fields:
      stag: StageName
  partner:
    where: "Type = 'Partner' LIMIT 5"
write:
  opportunity:
    stale: A__c
    stale: B__c
  scope: { direct: open_olny }
`;

  const result = load({ 'acme.yaml': mapping });

  expect(result.ok ? '' : formatProblems(result.problems, 'the worker did not start')).toBe(
    `6 problems in m/acme.yaml; the worker did not start.
m/acme.yaml:7:18 auth.client_secret: a secret in clear is refused. Write \${CLIENT_SECRET} and set that variable.
m/acme.yaml:8:16 sync.every: expected a duration such as "5 minutes", found "5 min".
m/acme.yaml:12:7 read.opportunity.fields.stag: unknown key. Did you mean "stage"?
m/acme.yaml:14:12 read.partner.where: one plain condition is allowed, without LIMIT.
m/acme.yaml:18:5 "stale" is given twice; keep one of them.
m/acme.yaml:19:20 write.scope.direct: expected "open_only", "write" or "skip", found "open_olny". Did you mean "open_only"?`,
  );
});

test('mistakes of the policy are told with those of the mapping, in the file they are in', () => {
  const lines = problemLines({
    'acme.yaml': `${plainMapping}sync: { evry: 5 minutes }\n`,
    'policies/acme.yaml': `version: 1
currency: { corporate: usd }
attribution: { lock: at_clsoe, sourced_window: 30 }
calendars:
  emea: { zone: Europe/Belin, holidays: [DE, XX], days: mon-fry }
`,
  });

  expect(lines).toEqual([
    'm/acme.yaml:5:9 sync.evry: unknown key. Did you mean "every"?',
    'm/policies/acme.yaml:2:24 currency.corporate: expected an ISO code such as USD, found "usd".',
    'm/policies/acme.yaml:3:22 attribution.lock: expected "at_close", "never" or "manual", ' +
      'found "at_clsoe". Did you mean "at_close"?',
    'm/policies/acme.yaml:3:48 attribution.sourced_window: expected a duration such as ' +
      '"30 days", found 30.',
    'm/policies/acme.yaml:5:17 calendars.emea.zone: expected an IANA time zone such as ' +
      '"Europe/Berlin", found "Europe/Belin". Did you mean "Europe/Berlin"?',
    'm/policies/acme.yaml:5:46 calendars.emea.holidays.1: no public holidays are known for "XX".',
    'm/policies/acme.yaml:5:57 calendars.emea.days: expected working days such as "mon-fri" or ' +
      '"sun-thu, sat", found "mon-fry".',
  ]);
});

test.each([
  {
    name: 'a policy file that is not there, in a folder without any',
    texts: { 'acme.yaml': plainMapping.replace('policy: acme', 'policy: sandbux') },
    line: 'm/acme.yaml:3:9 policy: there is no file m/policies/sandbux.yaml. There: none.',
  },
  {
    name: 'a preset that is not there, with the nearest name',
    texts: { 'acme.yaml': plainMapping.replace('extends: salesforce', 'extends: salesforc') },
    line:
      'm/acme.yaml:2:10 extends: there is no file m/presets/salesforc.yaml. ' +
      'Did you mean "salesforce"?',
  },
  {
    name: 'a missing key, at the map it is missing from',
    texts: { 'policies/acme.yaml': 'version: 1\ncurrency: {}\n' },
    line: 'm/policies/acme.yaml:2:1 currency.corporate: is missing: expected a currency.',
  },
  {
    name: 'a mapping that is a list',
    texts: { 'acme.yaml': '- connection: acme\n' },
    line: 'm/acme.yaml:1:1 expected a map of keys and values.',
  },
  {
    name: 'an empty file',
    texts: { 'acme.yaml': '# nothing\n' },
    line: 'm/acme.yaml:1:1 the file is empty.',
  },
  {
    name: 'an unknown sign-in',
    texts: { 'acme.yaml': plainMapping.replace('client-credentials', 'client-credential') },
    line:
      'm/acme.yaml:4:15 auth.flow: expected "jwt-bearer", "client-credentials", ' +
      '"refresh-token" or "token", found "client-credential". Did you mean "client-credentials"?',
  },
  {
    name: 'a registration state nobody knows',
    texts: {
      'acme.yaml': `${plainMapping}read: { registration: { fields: { status: { values: { New: submited } } } } }\n`,
    },
    line:
      'm/acme.yaml:5:60 read.registration.fields.status.values.New: expected a state (draft, ' +
      'submitted, in_review, action_required, approved, rejected, withdrawn, expired, converted, ' +
      'won, lost, revoked), found "submited". Did you mean "submitted"?',
  },
  {
    name: 'two keys written to one field',
    texts: {
      'acme.yaml': `${plainMapping}write: { opportunity: { stale: Partner_Sourced__c } }\n`,
    },
    line:
      'm/acme.yaml:5:32 write.opportunity.stale: "Partner_Sourced__c" is already written by ' +
      '"partner_sourced"; each key needs its own field.',
  },
  {
    name: 'a calendar that is not there',
    texts: {
      'policies/acme.yaml': `${plainPolicy}default_calendar: emae\ncalendars: { emea: { zone: UTC } }\n`,
    },
    line:
      'm/policies/acme.yaml:3:19 default_calendar: no calendar is called "emae" (there: emea). ' +
      'Did you mean "emea"?',
  },
  {
    name: 'a tier below the one before it',
    texts: {
      'policies/acme.yaml': `${plainPolicy}tiers: [{ name: A, won_deals: 5 }, { name: B, won_deals: 3 }]\n`,
    },
    line:
      'm/policies/acme.yaml:3:58 tiers.1.won_deals: expected at least 5, that of the tier below, ' +
      'found 3.',
  },
])('told in one line: $name', ({ texts, line }) => {
  expect(problemLines(texts as never)).toEqual([line]);
});

test('a policy file that is not there is told with the nearest name', () => {
  const text = plainMapping.replace('policy: acme', 'policy: sandbux');
  const readFile = (path: string) => (path === 'mappings/acme.yaml' ? text : null);

  const result = loadMapping('mappings/acme.yaml', { env, rulesVersion: 'r1', readFile });

  expect(result.ok ? [] : result.problems.map((problem) => problem.text)).toEqual([
    'mappings/acme.yaml:3:9 policy: there is no file mappings/policies/sandbux.yaml. ' +
      'Did you mean "sandbox"?',
  ]);
});

test('a missing variable is named with the nearest one that is set, and no value', () => {
  const lines = problemLines({}, { env: { SANDBOX_CLIENT_SECRTE: 'canary-value' } });

  expect(lines).toEqual([
    'm/acme.yaml:4:65 auth.client_secret: the variable SANDBOX_CLIENT_SECRET is not set ' +
      '(see .env.example). Did you mean "SANDBOX_CLIENT_SECRTE"?',
  ]);
});

test('without an environment, whether variables are set is not asked', () => {
  expect(load({}, { env: null }).ok).toBe(true);
});

test("a file's own values win over its preset's, null removes, and the rest stays", () => {
  const mapping = mappingOf({
    'acme.yaml': `${plainMapping}read:
  partner: { where: "IsPartner = true" }
  opportunity: { fields: { stage: Stage__c, lead_source: null } }
`,
  });

  expect(mapping.read.partner[0]!.where).toBe('IsPartner = true');
  expect(mapping.read.partner[0]!.fields['name']!.crmField).toBe('Name');
  expect(mapping.read.opportunity[0]!.fields['stage']!.crmField).toBe('Stage__c');
  expect(mapping.read.opportunity[0]!.fields).not.toHaveProperty('lead_source');
});

test('a mistake in a preset is told where the preset holds it', () => {
  const lines = problemLines({
    'acme.yaml': plainMapping.replace('extends: salesforce', 'extends: house'),
    'presets/house.yaml': 'extends: salesforce\nsync:\n  every: often\n',
  });

  expect(lines).toEqual([
    'm/presets/house.yaml:3:10 sync.every: expected a duration such as "5 minutes", found "often".',
  ]);
});

test('presets that extend each other in a circle are told, not followed', () => {
  const lines = problemLines({
    'acme.yaml': plainMapping.replace('extends: salesforce', 'extends: a'),
    'presets/a.yaml': 'extends: b\n',
    'presets/b.yaml': 'extends: a\n',
  });

  expect(lines).toContain('m/presets/b.yaml:1:10 extends: presets extend each other in a circle.');
});

test('the version keeps the label as written and changes with the meaning only', () => {
  const base = mappingOf();
  const commented = mappingOf({ 'acme.yaml': `# a comment\n${plainMapping}` });
  const stated = mappingOf({ 'acme.yaml': `${plainMapping}sync: { every: 300 seconds }\n` });
  const edited = mappingOf({ 'policies/acme.yaml': `${plainPolicy}stale: { default: 20 days }\n` });
  const upgraded = load({}, { rulesVersion: 'r2' });

  expect(base.version.label).toMatch(/^2026\.10-[0-9a-f]{7}$/);
  expect(commented.version).toEqual(base.version);
  expect(stated.version).toEqual(base.version);
  expect(edited.version.hash).not.toBe(base.version.hash);
  expect(upgraded.ok && upgraded.mapping.version.hash).not.toBe(base.version.hash);
});

test('stored texts give the same mapping, whatever the files say later', () => {
  const mapping = mappingOf();

  const again = loadMappingSources(mapping.sources, { env, rulesVersion: 'r1' });

  expect(mapping.sources.map((source) => source.path)).toEqual([
    'acme.yaml',
    'presets/salesforce.yaml',
    'policies/acme.yaml',
  ]);
  expect(again.ok && again.mapping.version).toEqual(mapping.version);
});

test('secrets are in neither the mapping nor its texts, only in what resolveAuth returns', () => {
  const mapping = mappingOf();

  expect(JSON.stringify(mapping)).not.toContain('canary-secret');
  expect(resolveAuth(mapping, env)).toEqual({
    flow: 'client-credentials',
    apiVersion: null,
    loginUrl: 'https://login.salesforce.com',
    clientId: 'id',
    clientSecret: 'canary-secret',
  });
  expect(() => resolveAuth(mapping, {})).toThrow(
    'SANDBOX_CLIENT_SECRET is not set: the connection acme needs it for auth.client_secret.',
  );
});

test('a private key is read from its file, and a file that is not there is named', () => {
  const mapping = mappingOf({
    'acme.yaml': plainMapping.replace(
      /auth: .*/,
      'auth: { flow: jwt-bearer, client_id: id, username: u, private_key_file: keys/sf.pem, api_version: 68.0 }',
    ),
  });

  expect(resolveAuth(mapping, env, () => 'PEM')).toMatchObject({
    privateKey: 'PEM',
    apiVersion: '68.0',
  });
  expect(() => resolveAuth(mapping, env)).toThrow(/cannot be read: keys\/sf\.pem/);
});

test('the shipped sandbox mapping and policy load without a problem or a warning', () => {
  const result = loadMapping('mappings/sandbox-salesforce.yaml', { env, rulesVersion: 'r1' });

  expect(result.ok ? result.warnings : result.problems).toEqual([]);
  const mapping = result.ok ? result.mapping : null;
  expect(Object.keys(mapping!.write.opportunity)).toHaveLength(9);
  expect(Object.keys(mapping!.write.partner)).toHaveLength(3);
  expect(mapping!.policy.calendarOfRegion['emea']).toBe('emea');
  expect(mapping!.policy.stale.stageDays).toEqual({ Negotiation: 21 });
  expect(mapping!.policy.tiers!.tables[0]!.levels).toHaveLength(4);
});

test('mappings of a folder are listed with the connection each is for', () => {
  expect(listMappings('mappings')).toContainEqual({
    connection: 'sandbox-salesforce',
    path: 'mappings/sandbox-salesforce.yaml',
    isMapping: true,
  });
});

test('two files that name one connection are both refused, each naming the place in the other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ps-twins-'));
  try {
    cpSync('mappings', folder, { recursive: true });
    const first = join(folder, 'sandbox-salesforce.yaml');
    const second = join(folder, 'copy.yml');
    writeFileSync(second, `# a copy\n${readFileSync(first, 'utf8')}`);
    const at = readFileSync(first, 'utf8')
      .split('\n')
      .findIndex((l) => l.startsWith('connection:'));
    const problemsOf = (path: string) => {
      const result = loadMapping(path, { env, rulesVersion: 'r1' });
      return result.ok ? [] : result.problems.map(({ text }) => text);
    };

    expect(problemsOf(first)).toEqual([
      `${first}:${at + 1}:13 connection: "sandbox-salesforce" is the connection of ` +
        `${second}:${at + 2}:13 too. Give one of them another name, or move one of the files out ` +
        'of the folder.',
    ]);
    expect(problemsOf(second)[0]).toContain(`is the connection of ${first}:${at + 1}:13 too.`);
    expect(listMappings(folder)).toContainEqual({
      connection: 'sandbox-salesforce',
      path: second,
      isMapping: true,
    });

    writeFileSync(
      second,
      readFileSync(second, 'utf8').replace('connection: ', 'connection: other-'),
    );
    expect([...problemsOf(first), ...problemsOf(second)]).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('two touch sources of one object have cursors of their own', () => {
  const touch =
    '{ object: T__c, partner: P__c, opportunity: O__c, kind: { constant: Demo }, at: A__c }';
  const mapping = mappingOf({
    'acme.yaml': `${plainMapping}read: { touch: [${touch}, ${touch}] }\n`,
  });

  expect(mapping.read.touch.map((source) => source.name)).toEqual(['touch:T__c', 'touch:T__c#2']);
  expect(mapping.read.touch[0]!.fields['kind']).toMatchObject({ crmField: null, constant: 'Demo' });
});
