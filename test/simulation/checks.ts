/** What must hold once a run has settled; each check answers sentences about what does not. */

import type { ObjectName } from '../../rules/types.ts';
import type { Org } from '../../sandbox/salesforce/org.ts';
import type { WriteLogEntry } from '../../sandbox/salesforce/write-log.ts';
import type { Store } from '../../store/types.ts';
import { type Deal, readFacts, rowsOf } from './crm-facts.ts';
import { type Right, rightAnswer } from './oracle.ts';
import { type Actors, isEngine, type Standing, standingOf } from './standing-edits.ts';
import { connection } from './temporal.ts';

/** A settled world. */
export interface Settled {
  org: Org;
  store: Store;
  /** The CRM's clock. */
  now: number;
  actors: Actors;
  /** Records a merge has moved references of: their lookups are not the engine's doing alone. */
  merged: readonly string[];
  /** A partner was renamed: a locked deal goes on naming it as it was. */
  renamed: boolean;
}

/** Engine fields of an opportunity: the value the oracle wants, and whether edits are disputed. */
const fields: Record<string, { key: string; of: (right: Right) => unknown; dispute: boolean }> = {
  Partner_Sourced__c: { key: 'partner_sourced', of: (r) => r.sourced, dispute: true },
  Partner_Influenced__c: { key: 'partner_influenced', of: (r) => r.influenced, dispute: true },
  Partner_Attribution_Type__c: { key: 'attribution_type', of: (r) => r.type, dispute: true },
  Partner_Attribution_Status__c: { key: 'attribution_status', of: (r) => r.status, dispute: true },
  Sourcing_Partner__c: { key: 'sourcing_partner', of: (r) => r.sourcingPartner, dispute: true },
  Influencing_Partners__c: {
    key: 'influencing_partners',
    of: (r) => r.influencingPartners,
    dispute: true,
  },
  Partner_Deal_Stale__c: { key: 'stale', of: (r) => r.stale, dispute: false },
};

/** The CRM's fields against the oracle. */
export function checkFields(settled: Settled): string[] {
  const facts = readFacts(settled.org);
  const logs = logByRecord(settled.org);
  return facts.deals.flatMap((deal) => {
    const right = rightAnswer(deal, facts, settled.now);
    return checkDeal(settled, deal, right, logs.get(deal.id) ?? []);
  });
}

function checkDeal(
  { actors, merged, renamed }: Settled,
  deal: Deal,
  right: Right,
  log: readonly WriteLogEntry[],
): string[] {
  const type = deal.row['Partner_Attribution_Type__c'];
  // `direct: open_only`: of a closed deal only a partner's credit is written.
  const silent = deal.isClosed && right.type === 'Direct' && (type === null || type === 'Direct');
  const standings = new Map<string, Standing>();
  for (const [field, { dispute }] of Object.entries(fields)) {
    standings.set(field, standingOf(log, field, dispute, actors));
  }
  const reason = standingOf(log, 'Partner_Attribution_Reason__c', true, actors);
  const disputed = [...standings.values(), reason].some((standing) => standing.disputed);
  const wrong: string[] = [];
  for (const [field, { of }] of Object.entries(fields)) {
    const isStale = field === 'Partner_Deal_Stale__c';
    const standing = standings.get(field)!;
    const isMoved =
      (field === 'Sourcing_Partner__c' && merged.length > 0) ||
      (field === 'Influencing_Partners__c' && right.status === 'Locked' && renamed);
    const found = deal.row[field];
    const wanted = of(right);
    const isStatus = field === 'Partner_Attribution_Status__c';
    const fits =
      found === wanted ||
      standing.theirs ||
      isMoved ||
      (isStatus && disputed && found === 'Disputed');
    if (!fits && (isStale || !silent)) {
      wrong.push(
        `${deal.id} ${deal.name}: ${field} is ${found}, right is ${wanted} (${right.rule})`,
      );
    }
    if (found === wanted && standing.theirs && !standing.ours) {
      wrong.push(`${deal.id} ${deal.name}: ${field} is ${found}, but a person's edit should stand`);
    }
  }
  return [...wrong, ...(silent ? [] : checkReason(deal, right, reason))];
}

/** The sentence ends with its rule, and the rule field says the same. */
function checkReason(deal: Deal, { rule }: Right, standing: Standing): string[] {
  const reason = String(deal.row['Partner_Attribution_Reason__c'] ?? '');
  const said = String(deal.row['Partner_Attribution_Rule__c'] ?? '');
  return [
    ...(said.startsWith(`${rule}@2026.1`)
      ? []
      : [`${deal.id}: rule is "${said}", right is ${rule}`]),
    ...(standing.theirs || reason.endsWith(` Rule ${rule}.`)
      ? []
      : [`${deal.id}: the reason does not say rule ${rule}: "${reason}"`]),
  ];
}

/** Nothing lost: every live record of the CRM is in the mirror as it is, and none too many. */
export async function checkMirror({ org, store }: Settled): Promise<string[]> {
  const wrong: string[] = [];
  const objects: [ObjectName, string, Record<string, string>, (row: object) => boolean][] = [
    [
      'opportunity',
      'Opportunity',
      { name: 'Name', stage: 'StageName', owner: 'OwnerId', account: 'AccountId' },
      () => true,
    ],
    ['registration', 'Deal_Registration__c', { partner: 'Partner__c' }, () => true],
    ['touch', 'Partner_Touch__c', { partner: 'Partner__c', kind: 'Kind__c' }, () => true],
    [
      'partner',
      'Account',
      { name: 'Name', status: 'Partner_Status__c' },
      (row) => (row as Record<string, unknown>)['Type'] === 'Partner',
    ],
  ];
  for (const [object, crmObject, compared, isMapped] of objects) {
    const rows = rowsOf(org, crmObject).filter(isMapped);
    const ids = rows.map((row) => String(row['Id']));
    const mirrored = new Map((await store.mirror(connection, object, ids)).map((m) => [m.id, m]));
    for (const row of rows) {
      const mine = mirrored.get(String(row['Id']));
      if (mine === undefined || mine.deleted) {
        wrong.push(`${crmObject} ${row['Id']} is in the CRM and not in the mirror`);
        continue;
      }
      for (const [key, field] of Object.entries(compared)) {
        if ((mine.fields[key] ?? null) !== (row[field] ?? null)) {
          wrong.push(
            `${crmObject} ${row['Id']}: mirror has ${key} ${mine.fields[key]}, CRM ${row[field]}`,
          );
        }
      }
      if (
        'Amount' in row &&
        Number(mine.fields['amount'] ?? Number.NaN) !== Number(row['Amount'] ?? Number.NaN)
      ) {
        const isBothEmpty = (mine.fields['amount'] ?? null) === null && row['Amount'] === null;
        if (!isBothEmpty) {
          wrong.push(
            `${row['Id']}: mirror has amount ${mine.fields['amount']}, CRM ${row['Amount']}`,
          );
        }
      }
    }
    const live = await store.mirrorCounts(connection);
    const counted = (live as unknown as Record<string, number>)[object];
    if (counted !== undefined && counted !== rows.length) {
      wrong.push(`the mirror has ${counted} live records of ${object}, the CRM ${rows.length}`);
    }
  }
  return wrong;
}

/** Nothing twice: the engine sets no field to what it set it to before, and makes no second task. */
export function checkTwice({ org, actors }: Settled): string[] {
  const wrong: string[] = [];
  const own = org.writeLog().filter((entry) => isEngine(entry, actors));
  for (const { object, id, operation, changes, at } of own) {
    if (operation === 'update' && changes.length === 0) {
      wrong.push(`${object} ${id} was written at ${at} with what it held already`);
    }
  }
  const keys = new Map<unknown, number>();
  for (const row of rowsOf(org, 'Task')) {
    const key = row['Partner_Sync_Key__c'];
    if (key !== null) {
      keys.set(key, (keys.get(key) ?? 0) + 1);
    }
  }
  for (const [key, n] of keys) {
    if (n > 1) {
      wrong.push(`${n} tasks have the key ${key}`);
    }
  }
  return wrong;
}

/** At most one open task an episode, and none about what is over. */
export function checkTasks({ org, now }: Settled): string[] {
  const facts = readFacts(org);
  const stale = new Set(
    facts.deals.filter((deal) => rightAnswer(deal, facts, now).stale).map((deal) => deal.id),
  );
  const live = new Set(facts.deals.map((deal) => deal.id));
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const task of rowsOf(org, 'Task')) {
    const about = String(task['WhatId'] ?? '');
    const subject = String(task['Subject']);
    if (task['IsClosed'] === true || !subject.startsWith('Stale in ') || !live.has(about)) {
      continue;
    }
    if (seen.has(about)) {
      wrong.push(`${about} has two open tasks about being stale`);
    }
    seen.add(about);
    if (!stale.has(about)) {
      wrong.push(`${about} is not stale, and its task is open: ${subject}`);
    }
  }
  return wrong;
}

/** Every field the engine wrote has a live decision with rule, version and reason behind it. */
export async function checkExplained({ org, store, actors }: Settled): Promise<string[]> {
  const wrong: string[] = [];
  for (const deal of readFacts(org).deals) {
    const log = logByRecord(org).get(deal.id) ?? [];
    const written = new Set(
      log
        .filter((entry) => isEngine(entry, actors))
        .flatMap(({ changes }) => changes.map((c) => c.field)),
    );
    if (written.size === 0) {
      continue;
    }
    const told = await store.explain(connection, deal.id);
    for (const [field, { key }] of Object.entries(fields)) {
      const decision = told?.decisions.find((one) => one.slot === 'live' && key in one.fields);
      if (written.has(field) && !(decision?.rule && decision.reason && decision.version)) {
        wrong.push(`${deal.id}: ${field} was written, and explain has no reason for it`);
      }
      if (written.has(field) && !told?.writes.some((write) => key in write.fields)) {
        wrong.push(`${deal.id}: ${field} was written, and the ledger does not hold it`);
      }
    }
  }
  return wrong;
}

function logByRecord(org: Org): Map<string, WriteLogEntry[]> {
  const found = new Map<string, WriteLogEntry[]>();
  for (const entry of org.writeLog()) {
    const own = found.get(entry.id);
    if (own) own.push(entry);
    else found.set(entry.id, [entry]);
  }
  return found;
}
