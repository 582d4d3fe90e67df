/** The guardian process: reads "+pid" and "-pid" lines, and at the end of input, which is the end of
 *  its parent however that came, ends the groups still listed: the last started first. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time a group has between SIGTERM and SIGKILL. */
const graceMs = 5_000;

const groups: number[] = [];

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) groups.push(pid);
  else groups.splice(groups.indexOf(pid), 1);
}
for (const pid of groups.reverse()) await end(pid);

async function end(pid: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (!signal(pid, 0)) return;
    await sleep(50);
  }
  signal(pid, 'SIGKILL');
}

/** False when the group is gone. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}
