/**
 * `npm run simulate`: seeds in sequence, one line each; `SEED=n` one seed with its trace. Exit code
 * 1 when anything did not hold.
 */
import { registerHooks } from 'node:module';
import { takeOverDate } from './virtual-time.ts';

// The workflows' own import leads to the simulation's scheduler; nothing else is redirected.
const standIn = new URL('./workflow-host.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@temporalio/workflow' && /\/workflows\/[\w-]+\.ts$/.test(context.parentURL ?? '')
      ? { url: standIn, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});

const time = takeOverDate(Date.parse('2026-03-02T09:00:00.000Z'));
const { simulate } = await import('./simulate.ts');
const code = await simulate(process.argv.slice(2), process.env, time);
// What killed workers had under way (a call, a timer of virtual time) never ends; nobody waits.
process.stdout.write('', () => process.exit(code));
