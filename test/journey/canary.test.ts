/** Promise 7: what stands in the CRM never enters Temporal, and never a log. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runJob } from '../../client/jobs.ts';
import { createOutput } from '../../client/output.ts';
import { openSession, readToken, type Session } from '../../client/session.ts';
import { type Stack, startStack } from '../../embedded/stack.ts';
import { readEnv } from '../../env.ts';
import { partnerSync } from '../support/command.ts';
import { prepareStore } from '../support/prepared-pglite.ts';

const connection = 'sandbox-salesforce';
/** Planted in every kind of field a record has; none is a word the product itself uses. */
const canaries = [
  'Zanzibarquux Holding',
  'Quibblewick Partners',
  'Flumoxdeal 4711',
  'Wobbleton Stage',
  '98765.43',
  'Hesperia Vantongeren',
  'DR-CANARY-77',
  'Snorkelpath Kind',
];

let home: string;
let stack: Stack;
let session: Session;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'canary-'));
  const exportDir = join(home, 'export');
  writeExport(exportDir);
  const env = readEnv({ PATH: process.env['PATH'], LOG_LEVEL: 'trace' });
  await prepareStore(join(home, 'stack'));
  stack = await startStack({
    home: join(home, 'stack'),
    sandbox: { exportDir },
    env,
    onProgress: () => undefined,
    ports: { temporal: 0, ui: 0, sandbox: 0, server: 0 },
  });
  session = await openSession(env, {
    temporalAddress: stack.temporal.address,
    serverUrl: stack.server,
    token: readToken(stack.tokenFile),
    uiUrl: null,
    sandboxUrl: stack.sandbox,
  });
}, 600_000);

afterAll(async () => {
  await session?.close();
  await stack?.stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

test('canary values of the CRM appear in no history, summary, search attribute, failure or log', async () => {
  const output = { ...createOutput(true), result: () => undefined, progress: () => undefined };
  const actor = 'Hesperia Vantongeren <h.vantongeren@example.com>';
  const run = (job: Omit<Parameters<typeof runJob>[1], 'connection' | 'actor'>) =>
    runJob(session, { connection, actor, ...job }, output);

  await run({ kind: 'provision' });
  const { result } = await run({ kind: 'plan' });
  await run({ kind: 'apply', planId: result.planId! });
  await run({ kind: 'sync' });
  // A refused plan is a failure with a message.
  const refused = await run({ kind: 'apply', planId: result.planId! });

  expect(refused.result.outcome).toBe('red');
  const written = await session.api.text('/v1/explain', { record: 'Flumoxdeal 4711' });
  expect(written).toContain('Quibblewick Partners');
  const histories = await allHistories();
  // Only inside payloads: proof that they were decoded before being searched.
  expect(histories).toContain('"commandId"');
  expect(canaries.filter((canary) => histories.includes(canary))).toEqual([]);
  const logs = allLogs(join(home, 'stack'));
  expect(logs.length).toBeGreaterThan(100);
  expect(canaries.filter((canary) => logs.includes(canary))).toEqual([]);
  const secrets = [readToken(stack.tokenFile), 'sandbox-secret'];
  expect(secrets.filter((secret) => (histories + logs).includes(secret))).toEqual([]);
}, 600_000);

test('no command prints a secret: not its table, not its JSON, not its error', async () => {
  const planned = await printed([
    ...['plan', connection, '--json', '--html', join(home, 'plan.html')],
  ]);
  const commands = [
    ['doctor'],
    ['status'],
    ['validate', connection, '--online'],
    ['provision', connection, '--dry-run'],
    ['sync', connection],
    ['explain', 'Flumoxdeal 4711'],
    ['explain', 'nothing of this name'],
    ['apply', 'no-such-plan'],
    ['undo', 'no-such-run'],
    ['failures'],
    ['backup', join(home, 'copy.ndjson.gz')],
  ];
  const said = [planned];
  for (const args of commands) {
    said.push(await printed([...args, '--json']));
  }
  // As people see them: each word of these comes from the same answers, in tables.
  for (const args of [['doctor'], ['explain', 'Flumoxdeal 4711'], ['apply', 'no-such-plan']]) {
    said.push(await printed(args));
  }

  const all = said.join('\n');
  // What the person may see is there: the test looks at the commands' real words.
  expect(all).toContain('Quibblewick Partners');
  expect(all).toContain('"checks":[');
  const secrets = [readToken(stack.tokenFile), 'sandbox-secret', 'Bearer '];
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  const page = readFileSync(join(home, 'plan.html'), 'utf8');
  expect(secrets.filter((secret) => page.includes(secret))).toEqual([]);
  expect(statSync(join(home, 'plan.html')).mode & 0o077).toBe(0);
  expect(statSync(join(home, 'copy.ndjson.gz')).mode & 0o077).toBe(0);
}, 600_000);

/** Both streams of a command on this stack. */
async function printed(args: string[]): Promise<string> {
  const { out, err } = await partnerSync(args, { PARTNER_SYNC_HOME: join(home, 'stack') });
  return `${args.join(' ')}\n${out}\n${err}`;
}

/** Every event of every workflow, payloads decoded, as one text. */
async function allHistories(): Promise<string> {
  const parts: string[] = [];
  for await (const info of session.temporal.workflow.list()) {
    const handle = session.temporal.workflow.getHandle(info.workflowId, info.runId);
    parts.push(JSON.stringify([info.workflowId, info.type, info.typedSearchAttributes, info.memo]));
    parts.push(decoded(await handle.fetchHistory()));
  }
  return parts.join('\n');
}

/** Every text in a history, payload bytes decoded: as JSON they would hide in base64. */
function decoded(value: unknown): string {
  // Not `instanceof Uint8Array`: the bytes come from outside jest's realm.
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).map(decoded).join('\n');
  }
  return String(value);
}

function allLogs(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

function writeExport(folder: string): void {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const date = (ahead: number) => day(-ahead).slice(0, 10);
  const stamp = day(1);
  const files: Record<string, string[]> = {
    'User.csv': ['Id,Name,IsActive', '005000000000001AAA,Hesperia Vantongeren,true'],
    'Account.csv': [
      'Id,Name,Type,OwnerId,SystemModstamp',
      `001000000000001AAA,Zanzibarquux Holding,Customer,005000000000001AAA,${stamp}`,
      `001000000000002AAA,Quibblewick Partners,Partner,005000000000001AAA,${stamp}`,
    ],
    'Opportunity.csv': [
      'Id,Name,AccountId,OwnerId,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate,' +
        'LastStageChangeDate,SystemModstamp',
      `006000000000001AAA,Flumoxdeal 4711,001000000000001AAA,005000000000001AAA,` +
        `Wobbleton Stage,98765.43,${date(30)},false,false,${day(60)},${day(50)},${stamp}`,
    ],
    'Deal_Registration__c.csv': [
      'Id,Name,Partner__c,Opportunity__c,Status__c,Submitted_At__c,Decided_At__c,' +
        'Protection_Expiration_Date__c,CreatedDate,SystemModstamp',
      `a0R000000000001EAA,DR-CANARY-77,001000000000002AAA,006000000000001AAA,Approved,` +
        `${day(70)},${day(68)},${date(20)},${day(70)},${stamp}`,
    ],
    'Partner_Touch__c.csv': [
      'Id,Name,Partner__c,Opportunity__c,Kind__c,At__c,CreatedDate,SystemModstamp',
      `a0T000000000001EAA,PT-1,001000000000002AAA,006000000000001AAA,Snorkelpath Kind,` +
        `${day(40)},${day(40)},${stamp}`,
    ],
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  }
}
