/** T14: the worker's own time zone changes no date, no instant and no decision. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { childEnv } from '../../env.ts';

// Each zone is a process of its own with a whole engine: about 6 s on an idle machine.
jest.setTimeout(600_000);

interface Zone {
  localHour: number;
  counts: Record<string, Record<string, number>>;
  mirror: Record<string, unknown>[];
  crm: Record<string, unknown>[];
}

const script = fileURLToPath(new URL('zone-engine.ts', import.meta.url));

async function engineIn(zone: string): Promise<Zone> {
  const child = spawn(process.execPath, ['--no-warnings', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnv({ TZ: zone, NODE_OPTIONS: '' }),
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  if (!out.startsWith('{')) {
    throw new Error(`The engine in ${zone} ended without a result: ${err.slice(-2_000)}`);
  }
  return JSON.parse(out) as Zone;
}

let inUtc: Promise<Zone> | undefined;

test('T14: dates and instants around midnights and clock changes are read as the CRM has them', async () => {
  inUtc = engineIn('UTC');
  const { mirror, crm } = await inUtc;

  const first = mirror.find(({ name }) => name === 'Opportunity 1')!;
  expect(first).toMatchObject({ close_date: '2026-03-08' });
  expect(first['stage_entered_at']).toMatch(/^2026-10-05T04:59:59/);
  const leapDay = mirror.find(({ name }) => name === 'Opportunity 8')!;
  expect(leapDay).toMatchObject({ close_date: '2028-02-29' });
  expect(crm.some((row) => row['Partner_Attribution_Locked_At__c'] !== null)).toBe(true);
  expect(crm.every((row) => row['Partner_Attribution_Evaluated_At__c'] === true)).toBe(true);
});

test.each([
  { zone: 'Etc/GMT+12', hour: 0, what: 'UTC-12' },
  { zone: 'Pacific/Kiritimati', hour: 2, what: 'UTC+14' },
  { zone: 'America/New_York', hour: 7, what: 'a zone whose clock went back the day before' },
  { zone: 'Australia/Lord_Howe', hour: 23, what: 'a zone of half-hour clock changes' },
])(
  'T14: a worker in $what ($zone) reads, decides and writes as one in UTC',
  async ({ zone, hour }) => {
    inUtc ??= engineIn('UTC');
    const there = await engineIn(zone);

    expect(there.localHour).toBe(hour);
    expect(there.counts['apply']!['written']).toBeGreaterThan(0);
    expect(there.counts['sync']).toMatchObject({ written: 0 });
    expect(there.counts['sync']!['changed.opportunity']).toBeUndefined();
    expect(there.counts['backfill']).toMatchObject({ written: 0 });
    expect(there.counts['backfill']!['changed.opportunity']).toBeUndefined();
    const { mirror, crm } = await inUtc;
    expect(there.mirror).toEqual(mirror);
    expect(there.crm).toEqual(crm);
  },
);
