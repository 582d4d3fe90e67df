/** Runs the sandbox as its own process: `node sandbox/main.ts --port 8080 --seed 1 --control`. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type ExpectedField, loadExport } from './export/load-export.ts';
import { sampleCrms } from './seed/sample-company.ts';
import { type Listening, type SandboxOptions, startSandbox } from './server.ts';

const usage = `Usage: node sandbox/main.ts [--port N] [--host H]
  [--seed N | --export DIR [--as-of DATE] [--expect FILE]]
  [--clock-offset MS] [--control] [--exit-with-parent]
  [--tls-cert FILE --tls-key FILE]
Prints {"url":"..."} when it listens.`;

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  seed: { type: 'string' },
  export: { type: 'string' },
  'as-of': { type: 'string' },
  expect: { type: 'string' },
  'clock-offset': { type: 'string', default: '0' },
  control: { type: 'boolean', default: false },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'exit-with-parent': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(usage);
    return;
  }
  const clockOffsetMs = wholeNumber('clock-offset', values['clock-offset']);
  const today = new Date(Date.now() + clockOffsetMs).toISOString().slice(0, 10);
  const datasets = await datasetsOf(values, today);
  const running = await startSandbox({
    port: wholeNumber('port', values.port),
    host: values.host,
    control: values.control,
    clockOffsetMs,
    ...(await tlsOf(values['tls-cert'], values['tls-key'])),
    ...datasets,
  });
  console.log(JSON.stringify({ url: running.url }));
  const stop = () => void running.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['exit-with-parent']) process.stdin.once('end', stop).resume();
}

/** A seed fills both CRMs, an export the Salesforce org. */
async function datasetsOf(
  values: { seed?: string; export?: string; 'as-of'?: string; expect?: string },
  today: string,
): Promise<Pick<SandboxOptions, 'dataset' | 'hubspotDataset'>> {
  if (values.seed !== undefined && values.export !== undefined) {
    throw new Error('Give --seed or --export, not both.');
  }
  if (values.export !== undefined) {
    const asOf = values['as-of'];
    const expect = values.expect === undefined ? [] : await expectedIn(values.expect);
    const loaded = await loadExport(values.export, { today, expect, ...(asOf ? { asOf } : {}) });
    for (const problem of loaded.problems) console.error(JSON.stringify({ problem }));
    return { dataset: loaded.dataset };
  }
  return values.seed === undefined ? {} : sampleCrms(wholeNumber('seed', values.seed), today);
}

async function tlsOf(cert?: string, key?: string): Promise<Pick<Listening, 'tls'>> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    throw new Error('Give --tls-cert and --tls-key together (PEM files), or neither.');
  }
  return { tls: { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') } };
}

/** A JSON list of { object, field, kind, to }: what must be there although the export lacks it. */
async function expectedIn(file: string): Promise<ExpectedField[]> {
  return JSON.parse(await readFile(file, 'utf8')) as ExpectedField[];
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number)) return number;
  throw new Error(`--${name} must be a whole number, not "${text}".`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(usage);
  process.exitCode = 2;
});
