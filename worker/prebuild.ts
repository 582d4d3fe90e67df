/**
 * `node worker/prebuild.ts`: makes what the first start of a worker would make, for an image. With
 * NODE_COMPILE_CACHE Node keeps what it has compiled; that is what these imports are for.
 */
import { flushCompileCache } from 'node:module';
import '../activities/create.ts';
import '../embedded/store.ts';
import '../server/start.ts';
import '../store/open.ts';
import './connectors.ts';
import './life.ts';
import './log.ts';
import './owners.ts';
import './take-over.ts';
import './webhooks.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** What a start passes over is an error here: the image would be without it. */
function fail(what: unknown, said?: string): void {
  throw new Error(`${said ?? String(what)} ${said ? JSON.stringify(what) : ''}`);
}

const { code } = (await workflowBundle({ debug: fail, warn: fail })) as { code: string };
flushCompileCache();
process.stdout.write(`The workflows are bundled: ${Math.round(code.length / 1024)} KiB.\n`);
// Some of the parts keep sockets or timers ready.
process.exit(0);
