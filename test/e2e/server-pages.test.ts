/** The explanation and plan pages in a real browser: nothing is cut off, whatever the width. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { linksOf } from '../../server/deps.ts';
import { startServer } from '../../server/start.ts';
import { connection } from '../support/records.ts';
import { addPlan, fill, hostile, planId, withServer } from '../support/server.ts';
import { openChromium } from './chromium.ts';

jest.setTimeout(600_000);

let browser: Browser;

beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

/** What sticks out of a page of this width, and what the browser complained of. */
async function look(url: string, width: number) {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => problems.push(dialog.message()));
  try {
    await page.goto(url);
    const cut = await page.evaluate(`
      [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 ||
          one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
        .map((one) => one.tagName + ': ' + one.textContent.slice(0, 40))`);
    const labels = await page.evaluate(`
      [...document.querySelectorAll('td')]
        .filter((cell) => cell.dataset.label === '').length`);
    return { cut, labels, problems, text: await page.locator('main').textContent() };
  } finally {
    await page.close();
  }
}

test.each([1280, 700, 390, 320])('at %d pixels no cell of a page is cut off', (width) =>
  withServer(async ({ deps, store }) => {
    await fill(store);
    await addPlan(store, 3);
    const server = await startServer({ ...deps, publicUrl: null }, { host: '127.0.0.1', port: 0 });
    const links = linksOf({ ...deps, publicUrl: () => server.url });
    try {
      for (const url of [links.page(connection, '006A'), links.plan(planId)]) {
        const { cut, labels, problems, text } = await look(url, width);

        expect(cut).toEqual([]);
        expect(labels).toBe(0);
        // Hostile words are there as words, and did nothing.
        expect(text).toContain(hostile);
        expect(problems).toEqual([]);
      }
    } finally {
      await server.close();
    }
  }),
);
