/** A copy of the store on the machine of the worker; what its disk refuses is a sentence. */
import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Hono } from 'hono';
import { z } from 'zod';
import { paths } from './contract.ts';
import type { ServerDeps } from './deps.ts';

/** `path`: an absolute file; without it a new file in the folder of backups. */
const asked = z.object({ path: z.string().min(1).refine(isAbsolute).optional() });

/** Mounts the backup; it answers where the file is and how many bytes it has. */
export function mountBackup(app: Hono, { store, backupFolder }: ServerDeps): void {
  app.post(paths.backup, async (c) => {
    const body = asked.safeParse(await c.req.json().catch(() => null));
    if (!body.success) {
      return c.json({ error: 'A backup is written to an absolute path.' }, 400);
    }
    const path = body.data.path ?? join(backupFolder, `store-${stamp()}.ndjson.gz`);
    try {
      if (body.data.path === undefined) {
        await mkdir(backupFolder, { recursive: true, mode: 0o700 });
      }
      return c.json({ path, ...(await store.backup(path)) });
    } catch (error) {
      const why = refusals[(error as NodeJS.ErrnoException).code ?? '']?.(path);
      if (why === undefined) {
        throw error;
      }
      return c.json({ error: `The backup was not written: ${why}` }, 400);
    }
  });
}

/** What the worker's disk refuses, by errno. */
const refusals: Record<string, (path: string) => string> = {
  ENOENT: (path) => `the worker finds no folder ${dirname(path)}. Make it first, or name another.`,
  ENOTDIR: (path) => `${dirname(path)} is no folder. Name another.`,
  EISDIR: (path) => `${path} is a folder. Name a file in it.`,
  EACCES: (path) => `the worker may not write to ${dirname(path)}. Name another folder.`,
  EPERM: (path) => `the worker may not write to ${dirname(path)}. Name another folder.`,
  EROFS: (path) => `${dirname(path)} can only be read. Name another folder.`,
  ENOSPC: (path) => `the disk of ${dirname(path)} is full.`,
};

/** An instant that a file name can hold. */
function stamp(): string {
  return new Date().toISOString().replace(/[:.]/g, '-');
}
