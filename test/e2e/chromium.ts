/** Opens a real Chromium for the browser tests, or says how to get one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { readVariable } from '../../env.ts';

const USUAL = '/usr/bin/chromium';

/** A browser that talks to the pages under test only. Throws with the remedy where none is. */
export async function openChromium(): Promise<Browser> {
  const executablePath = readVariable('CHROMIUM_PATH') ?? USUAL;
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}. Install one ("apt-get install chromium"), or set ` +
        'CHROMIUM_PATH to the one you have.',
    );
  }
  return chromium.launch({
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
}
