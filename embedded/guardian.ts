/** The guardian process: learns from its parent, line by line, which process groups ("+pid", "-pid")
 *  and lock files (">file", "<file") are the parent's. The end of input is the end of the parent,
 *  however that came: then it ends the groups, the last started first, and removes the locks. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Holder, processStart, removeIfHeldBy } from './process-lock.ts';

/** Time a group has between SIGTERM and SIGKILL. */
const graceMs = 10_000;

const parent = JSON.parse(process.argv[2] ?? '{}') as Holder;
const groups = new Set<number>();
const locks = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  const what = line.slice(1);
  if (line.startsWith('+')) groups.add(Number(what));
  if (line.startsWith('-')) groups.delete(Number(what));
  if (line.startsWith('>')) locks.add(what);
  if (line.startsWith('<')) locks.delete(what);
}
for (const pid of [...groups].reverse()) await end(pid);
for (const file of locks) removeIfHeldBy(file, parent);

async function end(pid: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    // Asked of the leader, not of the group: where nobody reaps orphans, a group of zombies stays.
    if (processStart(pid) === undefined) break;
    await sleep(50);
  }
  signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone, which is what was wanted.
  }
}
