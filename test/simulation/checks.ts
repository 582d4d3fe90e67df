/** What else must hold once a run has settled: nothing lost, nothing twice, all explained. */
import type { ObjectName } from '../../rules/types.ts';
import type { MirrorRow } from '../../store/types.ts';
import { engineFields } from './check-fields.ts';
import { readFacts, rowsOf } from './crm-facts.ts';
import { rightAnswer } from './oracle.ts';
import { logByRecord, type Settled } from './settled.ts';
import { isEngine } from './standing-edits.ts';
import { connection } from './temporal.ts';

type CrmRow = Record<string, unknown>;

interface Compared {
  object: ObjectName;
  crmObject: string;
  fields: Record<string, string>;
  isMapped(row: CrmRow): boolean;
}

const all = () => true;
const compared: Compared[] = [
  {
    object: 'opportunity',
    crmObject: 'Opportunity',
    fields: { name: 'Name', stage: 'StageName', owner: 'OwnerId', amount: 'Amount' },
    isMapped: all,
  },
  {
    object: 'registration',
    crmObject: 'Deal_Registration__c',
    fields: { partner: 'Partner__c', opportunity: 'Opportunity__c' },
    isMapped: all,
  },
  {
    object: 'touch',
    crmObject: 'Partner_Touch__c',
    fields: { partner: 'Partner__c', kind: 'Kind__c', opportunity: 'Opportunity__c' },
    isMapped: all,
  },
  {
    object: 'partner',
    crmObject: 'Account',
    fields: { name: 'Name', status: 'Partner_Status__c' },
    isMapped: (row) => row['Type'] === 'Partner',
  },
];

/** Nothing lost: every live record of the CRM is in the mirror as it is, and none too many. */
export async function checkMirror({ org, store }: Settled): Promise<string[]> {
  const wrong: string[] = [];
  const counts = (await store.mirrorCounts(connection)) as unknown as Record<string, number>;
  for (const one of compared) {
    const rows = rowsOf(org, one.crmObject).filter(one.isMapped);
    const ids = rows.map((row) => String(row['Id']));
    const mirrored = new Map(
      (await store.mirror(connection, one.object, ids)).map((row) => [row.id, row]),
    );
    for (const row of rows) {
      wrong.push(...compareRow(one, row, mirrored.get(String(row['Id']))));
    }
    const live = counts[one.object] ?? rows.length;
    if (live !== rows.length) {
      wrong.push(`the mirror has ${live} live ${one.object} records, the CRM ${rows.length}`);
    }
  }
  return wrong;
}

function compareRow({ crmObject, fields }: Compared, row: CrmRow, mine?: MirrorRow): string[] {
  const name = `${crmObject} ${row['Id']}`;
  if (mine === undefined || mine.deleted) {
    return [`${name} is in the CRM and not in the mirror`];
  }
  return Object.entries(fields).flatMap(([key, field]) => {
    const ours = mine.fields[key] ?? null;
    const theirs = row[field] ?? null;
    const same = typeof theirs === 'number' ? Number(ours) === theirs : ours === theirs;
    return same ? [] : [`${name}: the mirror has ${key} ${ours}, the CRM ${theirs}`];
  });
}

/** No second task: one a key, and of a kind one open task a record, only where it is true. */
export function checkTasks({ org, now, policy }: Settled): string[] {
  const facts = readFacts(org);
  const deals = new Map(
    facts.deals.map((deal) => [deal.id, rightAnswer(deal, facts, now, policy)] as const),
  );
  const wrong: string[] = [];
  const keys = new Set<unknown>();
  const open = new Set<string>();
  // A task that was deleted with its record cannot be closed, and comes back open with it: known.
  const restored = new Set(
    org.writeLog().flatMap(({ operation, id }) => (operation === 'undelete' ? [id] : [])),
  );
  for (const task of rowsOf(org, 'Task').filter(({ Id }) => !restored.has(String(Id)))) {
    const key = task['Partner_Sync_Key__c'];
    if (key !== null && keys.has(key)) {
      wrong.push(`there are two tasks with the key ${key}`);
    }
    keys.add(key);
    const about = String(task['WhatId'] ?? '');
    const right = deals.get(about);
    const subject = String(task['Subject']);
    const kind = /^(Stale in|Decide partner credit)/.exec(subject)?.[1];
    if (task['IsClosed'] === true || right === undefined || kind === undefined) {
      continue;
    }
    if (open.has(`${about} ${kind}`)) {
      wrong.push(`${about} has two open tasks: ${subject}`);
    }
    open.add(`${about} ${kind}`);
    const holds = kind === 'Stale in' ? right.stale : right.type === 'Pending Review';
    if (!holds) {
      wrong.push(`${about}: a task is open and its reason is over: ${subject}`);
    }
  }
  return wrong;
}

/** One open episode of an alert where its condition holds, none where it does not. */
export async function checkEpisodes({ org, store, now, policy }: Settled): Promise<string[]> {
  const facts = readFacts(org);
  const wrong: string[] = [];
  for (const deal of facts.deals) {
    const told = await store.explain(connection, deal.id);
    const open = (told?.alerts ?? []).filter(({ closedAt }) => closedAt === null);
    const right = rightAnswer(deal, facts, now, policy);
    const isSilent = deal.isClosed && right.type === 'Direct';
    const holds = {
      stale: right.stale,
      // Of a locked deal an earlier policy's decision may stand.
      pending_review: right.status === 'Locked' ? null : right.type === 'Pending Review',
    };
    for (const [kind, should] of Object.entries(holds)) {
      const n = open.filter((alert) => alert.kind === kind).length;
      if (should !== null && !isSilent && n !== (should ? 1 : 0)) {
        wrong.push(`${deal.id} ${deal.name}: ${n} open episodes of ${kind}, right is ${should}`);
      }
    }
  }
  return wrong;
}

/** Every field the engine wrote has a live decision with rule, version and reason behind it. */
export async function checkExplained({ org, store, actors }: Settled): Promise<string[]> {
  const wrong: string[] = [];
  const logs = logByRecord(org);
  for (const deal of readFacts(org).deals) {
    const own = (logs.get(deal.id) ?? []).filter((entry) => isEngine(entry, actors));
    const written = new Set(own.flatMap(({ changes }) => changes.map(({ field }) => field)));
    if (written.size === 0) {
      continue;
    }
    const told = await store.explain(connection, deal.id);
    for (const [field, { key }] of Object.entries(engineFields)) {
      if (!written.has(field)) {
        continue;
      }
      const decision = told?.decisions.find((one) => one.slot === 'live' && key in one.fields);
      if (!(decision?.rule && decision.reason && decision.version)) {
        wrong.push(`${deal.id}: ${field} was written, and explain has no reason for it`);
      }
      if (!told?.writes.some((write) => write.state === 'written' && key in write.fields)) {
        wrong.push(`${deal.id}: ${field} was written, and the ledger does not hold it`);
      }
    }
  }
  return wrong;
}
