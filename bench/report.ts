/** The bench's results as tables for people and as one object for machines. */
import { createOutput } from '../client/output.ts';
import type { MeasuredCycle } from './cycle.ts';
import type { FirstRun } from './first-run.ts';
import type { Results } from './results.ts';

/** Prints every table, each figure beside its target (design.md section 10). */
export function printTables(results: Results): void {
  const output = createOutput(false);
  if (results.cycles.length > 0) {
    output.say('Full cycle: pulled, decided, written (80 ms a call; ratios to a bare HTTP loop)');
    output.table(cycleHead, results.cycles.map(cycleRow));
    output.say('\nSeconds of each step without latency');
    output.table(...stepTable(results.cycles));
  }
  const others = otherRows(results);
  if (others.length > 0) {
    output.say('');
    output.table(['Measured', 'Figure', 'Target'], others);
  }
  for (const note of results.notes) output.say(note);
}

/** The whole result on one line; parts that were not measured are null or empty. */
export function jsonLine(results: Results): string {
  const { cycles, idle, rules, latency, webhookLatency, firstRun } = results;
  return JSON.stringify({
    runs: cycles.map(({ run }) => run),
    idle: idle ? { calls: idle.calls, written: idle.written } : null,
    rules: rules ?? null,
    latency: latency
      ? {
          pollP95Seconds: latency.p95Seconds,
          webhookP95Seconds: webhookLatency?.p95Seconds ?? null,
        }
      : null,
    ...(firstRun ? { firstRun } : {}),
  });
}

const cycleHead = [
  ...['crm', 'store', 'workers', 'opps', 'written', 'cycle s', 'floor s', 'x floor', 'x at 0 ms'],
  ...['pull/s', 'calls', 'least', 'RSS MiB', 'events', 'acts'],
];

function cycleRow({ run, written }: MeasuredCycle): string[] {
  return [
    run.crm,
    run.store,
    String(run.workers),
    grouped(run.opportunities),
    grouped(written),
    String(run.cycleSeconds),
    String(run.floorSeconds),
    run.floorRatio.toFixed(2),
    run.zeroLatencyRatio.toFixed(2),
    grouped(run.pullPerSecond),
    String(run.calls),
    String(run.leastCalls),
    String(run.peakRssMiB),
    String(run.historyEvents),
    String(run.activities),
  ];
}

function stepTable(cycles: MeasuredCycle[]): [string[], string[][]] {
  const steps = [...new Set(cycles.flatMap((cycle) => Object.keys(cycle.spentSeconds)))];
  const rows = cycles.map(({ run, spentSeconds }) => [
    `${run.crm} ${run.store} ${grouped(run.opportunities)}`,
    ...steps.map((step) => String(spentSeconds[step] ?? '')),
  ]);
  return [['run', ...steps], rows];
}

function otherRows(results: Results): string[][] {
  const { idle, rules, latency, webhookLatency, firstRun } = results;
  const rows: string[][] = results.cycles.flatMap(limitRows);
  if (rules) {
    const figure = `${grouped(rules.opportunitiesPerSecond)} opportunities/s`;
    rows.push(['Rules: attribution and stale, one core', figure, '100,000']);
  }
  if (idle) {
    const figure = `${idle.calls} calls, ${idle.written} written`;
    rows.push(['An idle sync', figure, `${idle.objects} calls (one an object), 0 written`]);
  }
  if (latency) {
    const { p50Seconds, p95Seconds, intervalSeconds } = latency;
    const what = `Change to field by poll, ${intervalSeconds} s between syncs`;
    rows.push([what, `p50 ${p50Seconds} s, p95 ${p95Seconds} s`, '']);
  }
  if (webhookLatency) {
    const { p50Seconds, p95Seconds } = webhookLatency;
    const figure = `p50 ${p50Seconds} s, p95 ${p95Seconds} s`;
    rows.push(['Edit on a HubSpot page to field by webhook', figure, 'p95 3 s']);
  }
  if (firstRun) rows.push(...firstRunRows(firstRun));
  return rows;
}

/** HubSpot's own limits enforced: what of them was used. */
function limitRows({ run: { limits, opportunities } }: MeasuredCycle): string[][] {
  if (limits === undefined) return [];
  const { searches, others, refused, cycleSeconds } = limits;
  const percent = (of: number) => `${Math.round(of * 100)} %`;
  const rest = others === null ? '' : `, ${percent(others)} of the other calls`;
  return [
    [
      `HubSpot's limits, ${grouped(opportunities)} deals in ${cycleSeconds} s`,
      `${percent(searches)} of the searches${rest}, ${refused} refused`,
      '90 %, 0 refused',
    ],
  ];
}

function firstRunRows(first: FirstRun): string[][] {
  const what = `First plan of ${grouped(first.opportunities)} opportunities over ten years`;
  return [
    [what, `${first.seconds} s from an empty folder, ${first.state}`, 'open'],
    ['  records it would change', grouped(first.records), ''],
    ['  of them closed before activation', String(first.outsideScope), '0 (write.scope)'],
    [
      '  tasks, and of one owner at most',
      `${first.tasks}, ${first.mostTasksAnOwner}`,
      '5 an owner and a summary',
    ],
    ['  records written before it is applied', String(first.written), '0'],
  ];
}

function grouped(n: number): string {
  return n.toLocaleString('en-US');
}
