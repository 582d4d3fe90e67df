/**
 * The journey on a running stack, through the command line alone: apply, a policy edit, a person's
 * edit. What must come out is worked out here from the CRM's own REST API.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Stack, startStack } from '../../embedded/stack.ts';
import { readEnv } from '../../env.ts';
import type { ExplainView, PlanRow, PlanView, RunRow } from '../../server/contract.ts';
import { partnerSync, type Ran } from '../support/command.ts';
import { prepareStore } from '../support/prepared-pglite.ts';

// About 40 s on an idle machine; a busy one takes many times that.
jest.setTimeout(600_000);

const dayMs = 86_400_000;
let folder = '';
let stack: Stack | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ps-journey-'));
  cpSync(fileURLToPath(new URL('../../mappings', import.meta.url)), join(folder, 'mappings'), {
    recursive: true,
  });
  rmSync(join(folder, 'mappings', 'sandbox-hubspot.yaml'));
  // Only what the test asks for: the owner's own syncs would make the counts a matter of luck.
  edit('sandbox-salesforce.yaml', 'every: 1 minute', 'every: 12 hours');
  process.env['PARTNER_SYNC_MAPPINGS'] = join(folder, 'mappings');
  await prepareStore(join(folder, 'home'));
  stack = await startStack({
    home: join(folder, 'home'),
    sandbox: { seed: 7 },
    env: readEnv(),
    onProgress: () => {},
    ports: { temporal: 0, ui: 0, sandbox: 0, server: 0 },
  });
});

afterAll(async () => {
  await stack?.stop();
  delete process.env['PARTNER_SYNC_MAPPINGS'];
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

function edit(file: string, from: string, to: string): void {
  const path = join(folder, 'mappings', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** A command that must end with `code`. */
async function run(args: string[], code = 0): Promise<Ran> {
  const ran = await partnerSync([...args, '--json'], {
    PARTNER_SYNC_HOME: join(folder, 'home'),
    PARTNER_SYNC_MAPPINGS: join(folder, 'mappings'),
  });
  expect({ args, code: ran.code, err: ran.err }).toMatchObject({ code });
  return ran;
}

async function plan(): Promise<{ plan: PlanView; rows: PlanRow[] }> {
  const { plans } = (await run(['plan'])).json<{ plans: { plan: PlanView; rows: PlanRow[] }[] }>();
  expect(plans).toHaveLength(1);
  return plans[0]!;
}

async function apply(id: string): Promise<RunRow> {
  return (await run(['apply', id])).json<{ run: RunRow }>().run;
}

async function sync(): Promise<RunRow> {
  return (await run(['sync'])).json<{ runs: RunRow[] }>().runs[0]!;
}

async function explain(record: string): Promise<ExplainView> {
  return (await run(['explain', record])).json<ExplainView>();
}

describe('the CRM', () => {
  /** As the integration user, or as somebody whose token the sandbox's control plane gives. */
  async function token(as?: string): Promise<string> {
    if (as === undefined) {
      const form = {
        grant_type: 'client_credentials',
        client_id: 'sandbox',
        client_secret: 'sandbox-secret',
      };
      const answer = await fetch(`${stack!.sandbox}/services/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return ((await answer.json()) as { access_token: string }).access_token;
    }
    const answer = await fetch(`${stack!.sandbox}/__sandbox/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as }),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  async function query<T>(soql: string): Promise<T[]> {
    const headers = { authorization: `Bearer ${await token()}` };
    const rows: T[] = [];
    let path: string | undefined = `/services/data/v68.0/query?q=${encodeURIComponent(soql)}`;
    while (path) {
      const answer = await fetch(`${stack!.sandbox}${path}`, { headers });
      const page = (await answer.json()) as { records: T[]; nextRecordsUrl?: string };
      rows.push(...page.records);
      path = page.nextRecordsUrl;
    }
    return rows;
  }

  interface OpenDeal {
    Id: string;
    StageName: string;
    /** null until the stage has changed once: it has stood there since its creation. */
    LastStageChangeDate: string | null;
    CreatedDate: string;
  }

  /** Open deals that have stood in their stage for `from` to `to` days, by the CRM alone. */
  async function standingBetween(from: number, to: number, now: string): Promise<string[]> {
    const deals = await query<OpenDeal>(
      'SELECT Id, StageName, LastStageChangeDate, CreatedDate FROM Opportunity WHERE IsClosed = false',
    );
    return deals
      .filter(({ StageName }) => StageName !== 'Negotiation' && StageName !== 'On Hold')
      .filter(({ LastStageChangeDate, CreatedDate }) => {
        const days = (Date.parse(now) - Date.parse(LastStageChangeDate ?? CreatedDate)) / dayMs;
        return days >= from && days < to;
      })
      .map(({ Id }) => Id)
      .sort();
  }

  test('goes through provision, plan, apply, a policy edit and a person at work', async () => {
    await run(['provision']);
    const first = await plan();
    expect(first.plan.records).toBeGreaterThan(500);
    expect(Object.keys(first.plan.moneyMoved)).toContain('None -> Sourced');
    const firstRun = await apply(first.plan.id);
    expect(firstRun.outcome).toBe('green');
    expect(firstRun.counts['written']).toBe(first.plan.records);
    const fields = first.rows.filter(({ object }) => object !== 'task');
    expect(fields).toHaveLength(first.plan.fields);

    const idle = await sync();
    expect(idle.counts).toMatchObject({ written: 0, tasks: 0, failed: 0 });
    const flagged = await query('SELECT Id FROM Opportunity WHERE Partner_Deal_Stale__c = true');

    // A policy edit: 30 -> 20 days. The file alone does nothing.
    edit('policies/sandbox.yaml', 'default: 30 days', 'default: 20 days');
    expect((await sync()).counts).toMatchObject({ written: 0 });
    const second = await plan();
    const expected = await standingBetween(20, 30, second.plan.createdAt);
    expect(expected.length).toBeGreaterThan(5);
    const changed = second.rows.filter(({ object }) => object !== 'task');
    expect(changed.map(({ recordId }) => recordId).sort()).toEqual(expected);
    for (const row of changed) {
      expect(row).toMatchObject({ field: 'stale', old: false, new: true, rule: 'stale' });
      expect(row.reason).toMatch(/\(limit 20 days, passed .*\): stale\./);
    }
    expect(second.plan.version).not.toBe(first.plan.version);

    const secondRun = await apply(second.plan.id);
    expect(secondRun.counts).toMatchObject({ written: expected.length, failed: 0 });
    const now = await query('SELECT Id FROM Opportunity WHERE Partner_Deal_Stale__c = true');
    expect(now).toHaveLength(flagged.length + expected.length);
    expect((await sync()).counts).toMatchObject({ written: 0, tasks: 0 });

    const subject = expected[0]!;
    const told = await explain(subject);
    const label = (version: string) => version.slice(version.indexOf('@') + 1);
    const versions = told.history.filter(({ kind }) => kind === 'stale').map((row) => row.version);
    expect(versions).toEqual([label(second.plan.version), label(first.plan.version)]);
    expect(told.decisions.find(({ kind }) => kind === 'stale')!.sentence).toContain('20 days');

    // A person moves the deal on.
    const [admin] = await query<{ Username: string }>(
      "SELECT Username FROM User WHERE Username LIKE 'marguerite%'",
    );
    const answer = await fetch(
      `${stack!.sandbox}/services/data/v68.0/sobjects/Opportunity/${subject}`,
      {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await token(admin!.Username)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ StageName: 'Negotiation' }),
      },
    );
    expect(answer.status).toBe(204);
    const third = await sync();
    expect(third.counts).toMatchObject({ 'changed.opportunity': 1, written: 1, failed: 0 });
    const [moved] = await query(
      `SELECT StageName, Partner_Deal_Stale__c FROM Opportunity WHERE Id = '${subject}'`,
    );
    expect(moved).toMatchObject({ StageName: 'Negotiation', Partner_Deal_Stale__c: false });
    const after = await explain(subject);
    expect(after.history[0]!.sentence).toMatch(/^In Negotiation since/);
    expect((await sync()).counts).toMatchObject({ written: 0 });
  });

  test('a plan that is applied already, or that there never was, is refused in words', async () => {
    const applied = (await run(['status'])).json<{ connections: { lastRun: RunRow }[] }>();
    expect(applied.connections[0]!.lastRun.outcome).toBe('green');

    const again = await run(['apply', 'plan/sandbox-salesforce/2'], 1);
    expect(again.err).toMatch(/only an open plan can be applied|There is no such plan/);
    const never = await run(['apply', 'plan/sandbox-salesforce/999'], 1);
    expect(never.err).toContain('There is no such plan.');
    const nobody = await run(['sync', 'acme'], 2);
    expect(nobody.err).toContain('There is no connection "acme" (there: sandbox-salesforce).');
  });
});
