/** A worker process that begins to decide and never comes back: to be killed. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { crmQueues, engineQueue } from '../../workflows/messages.ts';
import { fakeEngine, quietRuntime, workflowBundle } from './engine.ts';

quietRuntime();
const connection = await NativeConnection.connect({ address: process.argv[2] as string });
const { activities } = fakeEngine({ activeVersion: null }, () => ({
  decideRecords: () => {
    process.stdout.write('deciding\n');
    return new Promise(() => {});
  },
}));
const shared = { connection, activities, identity: 'doomed worker' };
const workers = [
  await Worker.create({
    ...shared,
    taskQueue: engineQueue,
    workflowBundle: await workflowBundle(),
  }),
  await Worker.create({ ...shared, taskQueue: crmQueues.salesforce }),
];
await Promise.all(workers.map((worker) => worker.run()));
