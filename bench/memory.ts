/** The most memory a process has held. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Peak resident memory in MiB; where the system keeps no peak (not Linux), what it holds now. */
export function peakRssMiB(pid: number): number {
  return Math.round(peakKiB(pid) / 1024);
}

function peakKiB(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  }
}
