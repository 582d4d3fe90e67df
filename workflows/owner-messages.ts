/** The owner's handlers: what people and the CRM may say to it, and how it answers. */
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { engine } from './activity-calls.ts';
import { failureOf } from './failure.ts';
import {
  type JobRequest,
  jobKinds,
  ownerStatusQuery,
  pauseUpdate,
  requestJobUpdate,
  resumeUpdate,
  wakeSignal,
} from './messages.ts';
import { hear } from './owner-changes.ts';
import { enqueue, type Owner, runsWhilePaused, statusOf, ticketOf } from './owner-state.ts';

/** Jobs that may wait; a client in a loop is told, instead of growing the history. */
const queueMax = 50;
/** Ids are ours; text that people typed is refused, it belongs in the stored command. */
const idPattern = /^[A-Za-z0-9._:/-]{1,200}$/;
/** The program's own reasons are one sentence or two. */
const reasonMax = 600;

/** Registers all handlers; called before the owner first waits. `changed` refreshes its details. */
export function setHandlers(owner: Owner, inTurn: InTurn, changed: () => void): void {
  setHandler(wakeSignal, (changes) => hear(owner, changes));
  setHandler(ownerStatusQuery, () => statusOf(owner));
  setHandler(
    requestJobUpdate,
    async (request) => {
      await readStore(owner);
      refuseIfNotAble(owner, request);
      const ticket = enqueue(owner, request);
      changed();
      return ticket;
    },
    { validator: (request) => refuseBadRequest(owner, request) },
  );
  setHandler(
    pauseUpdate,
    ({ reason }) =>
      inTurn(async () => {
        // A person's pause lasts until a person ends it.
        owner.probeAt = null;
        await pause(owner, reason);
        changed();
        return statusOf(owner);
      }),
    { validator: ({ reason }) => refuseBadReason(reason) },
  );
  setHandler(resumeUpdate, () =>
    inTurn(async () => {
      await resume(owner);
      changed();
      return statusOf(owner);
    }),
  );
}

/** Pauses at once, then says so to the store, which outlives this workflow. Idempotent. */
export async function pause(owner: Owner, reason: string): Promise<void> {
  if (owner.pauseReason === reason) {
    return;
  }
  owner.pauseReason = reason;
  const { connection } = owner;
  const options = { summary: `Pause ${connection}` };
  await orSay(engine.pauseConnection.executeWithOptions(options, [{ connection, reason }]));
}

/** Goes on, with a sync at once; also what a probe after an outage does. Idempotent. */
export async function resume(owner: Owner): Promise<void> {
  if (owner.known !== null && owner.pauseReason === null && owner.problem === null) {
    return;
  }
  const { connection } = owner;
  const options = { summary: `Resume ${connection}` };
  await orSay(engine.resumeConnection.executeWithOptions(options, [{ connection }]));
  owner.pauseReason = null;
  owner.probeAt = null;
  owner.woken = true;
  owner.stale = true;
}

/** An update's caller sees the sentence of what went wrong, not "Activity task failed". */
async function orSay(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const { type, message } = failureOf(error);
    throw ApplicationFailure.nonRetryable(message, type);
  }
}

/** Waits until the owner knows its connection; after a problem it looks afresh first. */
async function readStore(owner: Owner): Promise<void> {
  if (owner.known === null || owner.problem !== null) {
    owner.stale = true;
    await condition(() => !owner.stale);
  }
}

function refuseBadRequest(owner: Owner, request: JobRequest): void {
  if (!jobKinds.includes(request?.kind)) {
    refuse(`There is no job of this kind; there are ${jobKinds.join(', ')}.`);
  }
  if (request.kind === 'apply' && request.planId === undefined) {
    refuse('apply needs a planId. See the open plan with "partner-sync status".');
  }
  if (request.kind === 'undo' && request.undoRunId === undefined) {
    refuse('undo needs an undoRunId: the run to take back, see "partner-sync status".');
  }
  if (request.field !== undefined && !/^\w{1,80}$/.test(request.field)) {
    refuse('field is the name of one field (letters, digits and _).');
  }
  if (request.kind === 'provision' && typeof request.commandId !== 'string') {
    refuse("provision needs a commandId: its steps are stored as that command's result.");
  }
  for (const id of [request.planId, request.commandId, request.undoRunId]) {
    if (id !== undefined && id !== null && !idPattern.test(id)) {
      refuse('planId, commandId and undoRunId are ids (letters, digits and . _ : / -), not text.');
    }
  }
  refuseIfPausedOrFull(owner, request);
}

function refuseIfNotAble(owner: Owner, request: JobRequest): void {
  if (owner.problem !== null) {
    throw ApplicationFailure.nonRetryable(owner.problem.message, owner.problem.type);
  }
  refuseIfPausedOrFull(owner, request);
}

/** Checked when the request arrives, and again once the store's state is known. */
function refuseIfPausedOrFull(owner: Owner, request: JobRequest): void {
  const { connection, pauseReason, queue } = owner;
  if (ticketOf(owner, request.commandId) !== undefined) {
    return;
  }
  if (pauseReason !== null && !runsWhilePaused(request.kind)) {
    throw ApplicationFailure.nonRetryable(
      `${connection} is paused. ${pauseReason} To go on: "partner-sync resume ${connection}".`,
      'Connection.Paused',
    );
  }
  if (queue.length >= queueMax) {
    throw ApplicationFailure.nonRetryable(
      `${queue.length} jobs of ${connection} wait already. Ask again when they are done.`,
      'Connection.Busy',
    );
  }
}

function refuseBadReason(reason: string): void {
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > reasonMax) {
    refuse(`pause needs a reason of 1 to ${reasonMax} characters.`);
  }
}

function refuse(message: string): never {
  throw ApplicationFailure.nonRetryable(message, 'Request.Invalid');
}

/** Runs async changes one after the other: a resume must not overtake the pause before it. */
export type InTurn = <T>(change: () => Promise<T>) => Promise<T>;

/** A new line to stand in. */
export function oneAtATime(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const mine = last.then(change);
    last = mine.catch(() => undefined);
    return mine;
  };
}
