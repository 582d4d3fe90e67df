/**
 * Loaded before the worker (`node --import`): kills its process with SIGKILL, or stops it, at the
 * store transaction the parent names, the moment before it is committed or the moment after. The
 * product knows nothing of it: the driver's queries are watched.
 */
import pg from 'pg';

/** What a store transaction is recognised by: a statement in it. */
export const steps = {
  openRun: /insert into "run" /,
  page: /(insert into|update) "cursor"/,
  decide: /delete from dirty_record|insert into decision/,
  alerts: /insert into alert\b/,
  adopt: /update "plan" set "adopted_until"/,
  claim: /set state = 'claimed'/,
  settle: /set state = 'written'/,
  closeRun: /update "run" set/,
} as const;

/** Where the worker dies: at the `nth` commit (from 1) of a transaction of this step. */
export interface Death {
  step: keyof typeof steps;
  when: 'before' | 'after';
  nth: number;
  /** 'SIGSTOP' leaves a zombie: whoever sends it SIGCONT lets it go on where it was. */
  signal?: 'SIGKILL' | 'SIGSTOP';
}

/** Longer than a signal to oneself takes to work. */
const stopsWithinMs = 200;

let death: Death | null = null;
let seen = 0;

process.on('message', (message: Death | 'disarm') => {
  death = message === 'disarm' ? null : message;
  seen = 0;
});
// The channel alone must not keep the worker alive.
process.channel?.unref();

/** Clients whose open transaction holds the step. */
const marked = new WeakSet<object>();
const inTransaction = new WeakSet<object>();
const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;

function watched(this: object, ...args: unknown[]): unknown {
  const first = args[0] as string | { text?: string };
  const text = typeof first === 'string' ? first : (first?.text ?? '');
  if (!endsStep(this, text)) {
    return query.apply(this, args);
  }
  seen += 1;
  if (seen !== death!.nth) {
    return query.apply(this, args);
  }
  if (death!.when === 'before') {
    die();
  }
  return (query.apply(this, args) as Promise<unknown>).then((result) => {
    die();
    return result;
  });
}

/** Whether this query commits a transaction of the step that is waited for. */
function endsStep(client: object, text: string): boolean {
  if (/^begin|^start transaction/i.test(text)) {
    inTransaction.add(client);
    marked.delete(client);
    return false;
  }
  if (/^(commit|rollback)/i.test(text)) {
    inTransaction.delete(client);
    return death !== null && /^commit/i.test(text) && marked.has(client);
  }
  if (death === null || !steps[death.step].test(text)) {
    return false;
  }
  marked.add(client);
  return !inTransaction.has(client);
}

function die(): void {
  const { signal = 'SIGKILL' } = death!;
  process.kill(process.pid, signal);
  // The signal is on its way; nothing may happen before it is there.
  const waitMs = signal === 'SIGKILL' ? Number.POSITIVE_INFINITY : stopsWithinMs;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
}

pg.Client.prototype.query = watched as typeof pg.Client.prototype.query;
