/** `node worker/prebuild.ts`: makes what the first start of a worker would make, for an image. */
import { workflowBundle } from './workflow-bundle.ts';

const log = { debug: fail, warn: fail };

/** What a start passes over is an error here: the image would be without it. */
function fail(what: unknown, said?: string): void {
  throw new Error(`${said ?? String(what)} ${said ? JSON.stringify(what) : ''}`);
}

const { code } = (await workflowBundle(log)) as { code: string };
process.stdout.write(`The workflows are bundled: ${Math.round(code.length / 1024)} KiB.\n`);
