/** Runs a stack the way `up` does, for tests that send signals to it: home folder and fake parts. */
import { fileURLToPath } from 'node:url';
import { runUntilStopped, startStack } from '../../embedded/stack.ts';
import { readEnv } from '../../env.ts';

const [, , home = ''] = process.argv;
const part = fileURLToPath(new URL('fake-part.ts', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const stack = await startStack({
    home,
    sandbox: { seed: 1 },
    env: readEnv(),
    onProgress: say,
    ports: { temporal: 0, ui: 0, sandbox: 0, server: 0 },
    programs: { sandbox: part, worker: part },
  });
  say(`up ${JSON.stringify(stack)}`);
  process.exitCode = await runUntilStopped(stack, say);
} catch (error) {
  say(String(error));
  process.exitCode = 1;
}
