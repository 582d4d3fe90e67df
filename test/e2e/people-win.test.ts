/**
 * People win, as they see it: a box unticked in the CRM's own page is ticked again once with a task
 * that says why; unticked again it stays, a dispute is shown; and what a run wrote is taken back.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Stack, startStack } from '../../embedded/stack.ts';
import { readEnv } from '../../env.ts';
import type { ExplainView, PlanView, RunRow } from '../../server/contract.ts';
import { partnerSync } from '../support/command.ts';
import { prepareStore } from '../support/prepared-pglite.ts';
import { openChromium } from './chromium.ts';

// A minute on an idle machine.
jest.setTimeout(600_000);

const deal = 'Case 03 Opportunity opened after submission, before approval';
let folder = '';
let stack: Stack;
let browser: Browser;
let page: Page;
let applied: RunRow;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ps-people-'));
  const mappings = join(folder, 'mappings');
  cpSync(fileURLToPath(new URL('../../mappings', import.meta.url)), mappings, { recursive: true });
  rmSync(join(mappings, 'sandbox-hubspot.yaml'));
  // Only the syncs the test asks for.
  const file = join(mappings, 'sandbox-salesforce.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('every: 1 minute', 'every: 12 hours'));
  process.env['PARTNER_SYNC_MAPPINGS'] = mappings;
  await prepareStore(join(folder, 'home'));
  stack = await startStack({
    home: join(folder, 'home'),
    sandbox: { seed: 7 },
    env: readEnv(),
    onProgress: () => {},
    ports: { temporal: 0, ui: 0, sandbox: 0, server: 0 },
  });
  browser = await openChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  delete process.env['PARTNER_SYNC_MAPPINGS'];
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function run<T>(...args: string[]): Promise<T> {
  const ran = await partnerSync([...args, '--json'], {
    PARTNER_SYNC_HOME: join(folder, 'home'),
    PARTNER_SYNC_MAPPINGS: join(folder, 'mappings'),
  });
  expect({ args, code: ran.code, err: ran.err }).toMatchObject({ code: 0 });
  return ran.json<T>();
}

const sync = async () => (await run<{ runs: RunRow[] }>('sync')).runs[0]!;

async function openDeal(): Promise<void> {
  await page.goto(`${stack.sandbox}/lightning/o/Opportunity/list?filterName=NamedCases`);
  await page.getByLabel('Search this list').fill('Case 03');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: deal }).click();
  await page.getByRole('heading', { level: 1, name: deal }).waitFor();
}

/** What a seller does who does not believe it. */
async function untick(): Promise<void> {
  await openDeal();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Partner Sourced', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Saved:').waitFor();
}

async function isTicked(): Promise<boolean> {
  await openDeal();
  await page.getByRole('link', { name: 'Edit' }).click();
  return page.getByLabel('Partner Sourced', { exact: true }).isChecked();
}

test('a box unticked is ticked again once, with a task; unticked again, it stays and a dispute opens', async () => {
  await run('provision');
  const { plans } = await run<{ plans: { plan: PlanView }[] }>('plan');
  applied = (await run<{ run: RunRow }>('apply', plans[0]!.plan.id)).run;
  expect(await isTicked()).toBe(true);

  await untick();
  expect((await sync()).outcome).toBe('green');
  expect(await isTicked()).toBe(true);
  await openDeal();
  await page
    .getByRole('region', { name: /Activity|Open tasks|Tasks/ })
    .getByText(/put back/i)
    .first()
    .waitFor();

  await untick();
  await sync();
  await sync();
  expect(await isTicked()).toBe(false);
  await openDeal();
  const ours = page.locator('[aria-labelledby=section-partner-sync]');
  expect(await ours.textContent()).toContain('Disputed');

  const told = await run<ExplainView>('explain', deal);
  expect(told.fields.find(({ key }) => key === 'partner_sourced')).toMatchObject({
    decided: true,
    inCrm: false,
    state: 'disputed',
  });
  await page.goto(told.pageUrl);
  await page
    .getByText(/disputed/i)
    .first()
    .waitFor();
});

test('undo of the apply takes its values back, and three syncs leave them so', async () => {
  const other = 'Case 01';
  const details = async () => {
    await page.goto(`${stack.sandbox}/lightning/o/Opportunity/list?filterName=NamedCases`);
    await page.getByLabel('Search this list').fill(other);
    await page.getByRole('button', { name: 'Search' }).click();
    await page
      .getByRole('link', { name: new RegExp(`^${other}`) })
      .first()
      .click();
    return page.locator('[aria-labelledby=section-partner-sync]').textContent();
  };
  expect(await details()).toMatch(/Sourced by|Influenced by/);
  await run('undo', applied.id);
  expect(await details()).not.toMatch(/Sourced by|Influenced by/);
  for (let n = 0; n < 3; n += 1) {
    expect((await sync()).counts['written'] ?? 0).toBe(0);
  }
  expect(await details()).not.toMatch(/Sourced by|Influenced by/);
});
