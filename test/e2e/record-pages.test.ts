/** The record pages in a real browser: find a deal, act as a user, move its stage, read on. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { sampleCompany } from '../../sandbox/seed/sample-company.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { openChromium } from './chromium.ts';

const today = new Date().toISOString().slice(0, 10);
const deal = 'Case 03 Opportunity opened after submission, before approval';

let browser: Browser;
let running: RunningSandbox;
let page: Page;
let problems: string[];

beforeAll(async () => {
  running = await startSandbox({ dataset: sampleCompany(7, today) });
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

beforeEach(async () => {
  problems = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
});

afterEach(async () => {
  await page?.close();
});

const open = (path: string) => page.goto(running.url + path);

async function openDeal(): Promise<void> {
  await open('/lightning/o/Opportunity/list?filterName=NamedCases');
  await page.getByLabel('Search this list').fill('Case 03');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: deal }).click();
  await page.getByRole('heading', { level: 1, name: deal }).waitFor();
}

test('from the home page to a deal, its account and its registration', async () => {
  await open('/');
  await page.getByRole('link', { name: 'Named cases' }).click();
  await openDeal();

  const registrations = page.getByRole('region', { name: /^Deal Registrations/ });
  await registrations.getByRole('link', { name: /^DR-\d{5}$/ }).click();
  await page.getByRole('link', { name: 'Northgate Consulting' }).first().click();

  await page.getByRole('heading', { level: 1, name: 'Northgate Consulting' }).waitFor();
  expect(await page.getByRole('region', { name: 'Details' }).textContent()).toContain('Strategic');
  expect(problems).toEqual([]);
});

test('a stage changed as a chosen user shows who did it, in both histories', async () => {
  await openDeal();
  await page.getByLabel('Acting as').selectOption('Emma Fairley');
  await page.getByRole('button', { name: 'Switch' }).click();
  await page.getByRole('heading', { level: 1, name: deal }).waitFor();

  await page.getByLabel('Stage', { exact: true }).selectOption('Negotiation');
  await page.getByRole('button', { name: 'Change stage' }).click();

  await page.getByRole('status').getByText('Saved: Stage.').waitFor();
  const step = page.getByRole('region', { name: 'Path' });
  expect(await step.locator('[aria-current=step]').textContent()).toBe('Negotiation');
  const first = page.getByRole('region', { name: /^Field history/ }).locator('tbody tr');
  await first.filter({ hasText: 'Stage' }).first().waitFor();
  expect(await first.filter({ hasText: 'Stage' }).first().textContent()).toContain('Emma Fairley');
  const stages = page.getByRole('region', { name: /^Stage history/ });
  expect(await stages.locator('tbody tr').first().textContent()).toContain('Negotiation');
  expect(problems).toEqual([]);
});

test('a refused edit is explained beside its field, and corrected in place', async () => {
  await openDeal();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Stage').selectOption('Closed Lost');
  await page.getByRole('button', { name: 'Save' }).click();

  await page.getByRole('alert').getByText('The record was not saved.').waitFor();
  const reason = page.getByLabel('Loss Reason');
  expect(await reason.getAttribute('aria-invalid')).toBe('true');
  await reason.selectOption('Price');
  await page.getByRole('button', { name: 'Save' }).click();

  await page.getByRole('status').getByText('Saved:').waitFor();
});

test.each([
  { name: 'a desk at 1280 pixels', width: 1280, height: 900 },
  { name: 'a phone', width: 390, height: 844 },
])('no page is wider than $name', async ({ width, height }) => {
  await page.setViewportSize({ width, height });
  const id = running.sandbox.tenants.defaultOrg.query(
    "SELECT Id FROM Account WHERE Name = 'Northgate Consulting'",
  )[0]?.['Id'];
  await openDeal();
  const paths = [
    new URL(page.url()).pathname,
    new URL(page.url()).pathname.replace('/view', '/edit'),
    `/lightning/r/Account/${id}/view`,
    '/lightning/page/home',
    '/lightning/o/Opportunity/list?filterName=AllOpen',
    '/lightning/o/Deal_Registration__c/list?filterName=All',
    '/lightning/nowhere',
  ];
  for (const path of paths) {
    await open(path);
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect({ path, wide }).toEqual({ path, wide: width });
  }
});

test('the keyboard reaches the content first, and the focus is seen', async () => {
  await open('/lightning/page/home');

  await page.keyboard.press('Tab');

  const focused = page.locator(':focus');
  expect(await focused.textContent()).toBe('Skip to content');
  expect((await focused.boundingBox())?.width).toBeGreaterThan(50);
});
