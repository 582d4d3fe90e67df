/** The user's cache folder, where servers fetched or built once are kept for every project. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import envPaths from 'env-paths';
import type { OnProgress } from './errors.ts';
import { acquireLock, type Lock, LockHeld } from './process-lock.ts';

/** A folder in the user's cache (XDG_CACHE_HOME on Linux, Library/Caches on macOS), created. */
export function cacheFolder(...parts: string[]): string {
  const folder = join(envPaths('partner-sync', { suffix: '' }).cache, ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** How often a waiting process looks whether the other one is done. */
const pollMs = 500;

/** Runs `make` as the only process of this machine doing so; others wait, then find what it made. */
export async function onceAtATime<T>(
  name: string,
  onProgress: OnProgress,
  make: () => Promise<T>,
): Promise<T> {
  const lock = await waitForLock(join(cacheFolder(), `${name}.lock`), name, onProgress);
  try {
    return await make();
  } finally {
    lock.release();
  }
}

async function waitForLock(file: string, name: string, onProgress: OnProgress): Promise<Lock> {
  for (let told = false; ; told = true) {
    try {
      return acquireLock(file);
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      if (!told) onProgress(`Waiting for process ${error.holder.pid}, which is getting ${name}.`);
      await sleep(pollMs);
    }
  }
}
