/** Opens a real Chromium for the browser tests, or says how to get one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { readVariable } from '../../env.ts';

const USUAL = '/usr/bin/chromium';

/** Longest wait for anything on a page. */
const pageMaxMs = 120_000;

/** A browser that talks to the pages under test only. Throws with the remedy where none is. */
export async function openChromium(): Promise<Browser> {
  const executablePath = readVariable('CHROMIUM_PATH') ?? USUAL;
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}. Install one ("apt-get install chromium"), or set ` +
        'CHROMIUM_PATH to the one you have.',
    );
  }
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  // A page that is slow because the machine is busy is not a page that is wrong.
  browser.on('context', (context) => context.setDefaultTimeout(pageMaxMs));
  return browser;
}
