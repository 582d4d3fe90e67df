/** Brings a store to this program's schema: additive steps, in order, under a lock, recorded. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, inTransaction, type StoreLog, type Trx } from './database.ts';
import { migration as mainJourney } from './migrations/0001-main-journey.ts';
import { migration as outboxOrder } from './migrations/0002-outbox-order.ts';
import { migration as ownership } from './migrations/0003-ownership.ts';
import { migration as identityAlias } from './migrations/0004-identity-alias.ts';
import { migration as planSkipped } from './migrations/0005-plan-skipped.ts';
import { migration as decisionSince } from './migrations/0006-decision-since.ts';
import { migration as worker } from './migrations/0007-worker.ts';
import { migration as namedBy } from './migrations/0008-named-by.ts';
import { migration as cursorShape } from './migrations/0009-cursor-shape.ts';
import { migration as partnerText } from './migrations/0010-partner-text.ts';
import type { Migration } from './migrations/step.ts';

/** Every step, in order. Append only. */
export const migrations: readonly Migration[] = [
  mainJourney,
  outboxOrder,
  ownership,
  identityAlias,
  planSkipped,
  decisionSince,
  worker,
  namedBy,
  cursorShape,
  partnerText,
];

/** The store was made by a newer program. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

/** A recorded step is not the one this program has. */
export class SchemaMismatchError extends Error {
  override readonly name = 'SchemaMismatchError';
}

export interface MigrateOptions {
  kind: 'pglite' | 'postgresql';
  log?: StoreLog | undefined;
  /** Called before an existing store is changed, outside of any transaction. */
  beforeChange?: ((step: { from: number; to: number }) => Promise<void>) | undefined;
  steps?: readonly Migration[];
}

/**
 * Applies what is missing and returns the schema's number. Throws SchemaTooNewError and
 * SchemaMismatchError; nothing is changed then.
 */
export async function migrate(db: Db, options: MigrateOptions): Promise<number> {
  const steps = options.steps ?? migrations;
  const target = steps.at(-1)!.number;
  const before = await inTransaction(db, (trx) => current(trx, options.kind, steps));
  if (before === target) {
    return target;
  }
  if (before > 0) {
    await options.beforeChange?.({ from: before, to: target });
  }
  // All steps in one transaction: a worker killed in the middle leaves the old schema whole.
  await inTransaction(db, async (trx) => {
    const from = await current(trx, options.kind, steps);
    for (const step of steps.filter((s) => s.number > from)) {
      await sql.raw(step.sql).execute(trx);
      await sql`insert into schema_migration (number, name, checksum)
        values (${step.number}, ${step.name}, ${checksum(step)})`.execute(trx);
    }
  });
  options.log?.info(
    `Store schema ${before === 0 ? 'created' : `moved from ${before}`}: ${target}.`,
  );
  return target;
}

/** Number of the last step applied; 0 for an empty store. Takes the lock until the end of `trx`. */
async function current(
  trx: Trx,
  kind: MigrateOptions['kind'],
  steps: readonly Migration[],
): Promise<number> {
  // The embedded store has one process and one transaction at a time: it needs no lock.
  if (kind === 'postgresql') {
    await sql`select pg_advisory_xact_lock(hashtextextended('partner-sync ' || current_schema(), 0))`.execute(
      trx,
    );
  }
  await sql`create table if not exists schema_migration (
    number integer primary key, name text not null, checksum text not null,
    applied_at timestamptz not null default now())`.execute(trx);
  const { rows } = await sql<{ number: number; name: string; checksum: string }>`
    select number, name, checksum from schema_migration order by number`.execute(trx);
  const newest = steps.at(-1)!.number;
  for (const row of rows) {
    const step = steps.find((s) => s.number === row.number);
    if (row.number > newest) {
      throw new SchemaTooNewError(
        `The store has schema ${rows.at(-1)!.number}, this program knows up to ${newest}. ` +
          'It was used by a newer version: start that version, or restore a backup.',
      );
    }
    if (!step || checksum(step) !== row.checksum) {
      throw new SchemaMismatchError(
        `Step ${row.number} (${row.name}) of the store's schema is not the one of this program. ` +
          'It was made by an unreleased version: restore a backup into a new store.',
      );
    }
  }
  return rows.at(-1)?.number ?? 0;
}

function checksum(step: Migration): string {
  return createHash('sha256').update(step.sql.replace(/\s+/g, ' ').trim()).digest('hex');
}
