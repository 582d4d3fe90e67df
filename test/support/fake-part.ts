/** Stands in for the sandbox or the worker in stack tests: says that it is ready, logs, and obeys. */
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [, script = ''] = process.argv;
const isSandbox = process.argv.includes('--exit-with-parent');
const home = process.env['FAKE_HOME'] ?? dirname(script);
const name = isSandbox ? 'sandbox' : 'worker';
const note = (line: string) => appendFileSync(join(home, 'events'), `${line}\n`);

process.on('SIGTERM', () => {
  note(`${name} stopped`);
  process.exit(0);
});
note(`${name} started`);
process.stdout.write('{"level":30,"msg":"a log line"}\n');
if (process.env['FAKE_FAILS'] === name) {
  process.stderr.write('the mapping is wrong\n');
  process.exit(1);
}
const port = process.argv[process.argv.indexOf('--port') + 1] ?? '0';
const ready = isSandbox
  ? { url: `http://127.0.0.1:${port}` }
  : { ready: true, server: `http://127.0.0.1:${process.env['PARTNER_SYNC_PORT']}` };
process.stdout.write(`${JSON.stringify(ready)}\n`);
if (process.env['FAKE_FAILS'] === `${name}-later`) {
  process.stderr.write('the store is broken\n');
  setTimeout(() => process.exit(1), 100);
}
setInterval(() => {}, 60_000);
