/** Every workflow of the worker, by the name the Temporal UI shows. */
export { applyPlan } from './apply.ts';
export { backfillConnection } from './backfill.ts';
export { checkMapping } from './check-mapping.ts';
export { runConnection } from './connection.ts';
export { planChanges } from './plan.ts';
export { provisionConnection } from './provision.ts';
export { reconcileConnection } from './reconcile.ts';
export { retryFailedWrites } from './retry.ts';
export { syncConnection } from './sync.ts';
export { undoRun } from './undo.ts';
