/** How many opportunities the pure rules decide in a second on one core: attribution and stale. */
import { fileURLToPath } from 'node:url';
import { loadMapping } from '../mappings/load.ts';
import { type AttributionFacts, attributeOpportunity } from '../rules/attribution.ts';
import {
  type FactRecord,
  opportunityFact,
  partnerFact,
  registrationFact,
  touchFact,
} from '../rules/facts.ts';
import { decideStale, type StaleFacts } from '../rules/stale-stage.ts';
import type { FieldValues, PartnerFact, Policy } from '../rules/types.ts';
import { rulesVersion } from '../rules/version.ts';
import type { DatasetRow } from '../sandbox/dataset.ts';
import {
  type CompanySize,
  opportunityRow,
  partnerId,
  partners,
  registrationEvery,
  registrationRow,
  touchEvery,
  touchRow,
} from './company.ts';

/** Enough to be out of the caches, few enough to be made in a moment. */
const opportunities = 50_000;
const measureMs = 4_000;
/** The code is compiled while it runs; what a long-lived worker does is what counts. */
const warmUpMs = 1_500;

/** Decides the bench's company again and again and counts. */
export function measureRules(): { opportunitiesPerSecond: number } {
  const size = { opportunities, at: '2026-06-01T12:00:00.000Z' };
  const policy = sandboxPolicy();
  const facts = Array.from({ length: opportunities }, (_, n) => factsOf(n, size, partnersOf()));
  decideFor(warmUpMs, facts, policy, size.at);
  // The best of four: whatever else runs on the machine only ever makes it slower.
  const rates = [1, 2, 3, 4].map(() => decideFor(measureMs / 4, facts, policy, size.at));
  return { opportunitiesPerSecond: Math.round(Math.max(...rates)) };
}

type Facts = { attribution: AttributionFacts; stale: StaleFacts };

function decideFor(ms: number, facts: Facts[], policy: Policy, now: string): number {
  const began = performance.now();
  let decided = 0;
  for (;;) {
    for (const one of facts) {
      attributeOpportunity(one.attribution, policy, now);
      decideStale(one.stale, policy, now);
      decided += 1;
      if (decided % 1_000 === 0 && performance.now() - began > ms) {
        return (decided * 1_000) / (performance.now() - began);
      }
    }
  }
}

function factsOf(n: number, size: CompanySize, all: Map<string, PartnerFact>): Facts {
  const opportunity = opportunityFact(recordOf(opportunityRow(n, size), opportunityKeys));
  const registrations = n % registrationEvery === 0 ? [registrationRow(n, size)] : [];
  const touches = n % touchEvery === 0 ? [touchRow(n, size)] : [];
  return {
    attribution: {
      opportunity,
      registrations: registrations.map((row) => registrationFact(recordOf(row, registrationKeys))),
      touches: touches.map((row) => touchFact(recordOf(row, touchKeys))),
      partners: all,
      rates: new Map(),
      prior: null,
      firstSeenAt: size.at,
    },
    stale: { opportunity, stageChanges: [], partnerSegment: null, prior: null },
  };
}

let known: Map<string, PartnerFact> | undefined;

function partnersOf(): Map<string, PartnerFact> {
  known ??= new Map(
    Array.from({ length: partners }, (_, n) => {
      const fields = { name: `Partner ${n}`, status: 'Active', segment: 'Mid' };
      const id = partnerId(n);
      const at = '2023-01-01T00:00:00.000Z';
      return [id, partnerFact({ id, createdAt: at, modifiedAt: at, deleted: false, fields })];
    }),
  );
  return known;
}

/** Canonical key of each of the CRM's fields, as presets/salesforce.yaml maps them. */
const opportunityKeys = {
  Name: 'name',
  AccountId: 'account',
  OwnerId: 'owner',
  StageName: 'stage',
  Amount: 'amount',
  CloseDate: 'close_date',
  LeadSource: 'lead_source',
  Type: 'type',
  LastStageChangeDate: 'stage_entered_at',
};
const registrationKeys = {
  Partner__c: 'partner',
  Opportunity__c: 'opportunity',
  Status__c: 'status',
  Submitted_At__c: 'submitted_at',
  Decided_At__c: 'decided_at',
  Protection_Expiration_Date__c: 'protected_until',
};
const touchKeys = {
  Partner__c: 'partner',
  Opportunity__c: 'opportunity',
  Kind__c: 'kind',
  At__c: 'at',
};

function recordOf(row: DatasetRow, keys: Record<string, string>): FactRecord {
  const fields: FieldValues = {};
  for (const [name, key] of Object.entries(keys)) fields[key] = row[name] ?? null;
  const stage = String(fields['stage'] ?? '');
  fields['is_closed'] = stage.startsWith('Closed');
  fields['is_won'] = stage === 'Closed Won';
  if (fields['status'] === 'Approved') fields['status'] = 'approved';
  return {
    id: String(row['Id']),
    createdAt: String(row['CreatedDate']),
    modifiedAt: String(row['SystemModstamp']),
    deleted: false,
    fields,
  };
}

function sandboxPolicy(): Policy {
  const path = fileURLToPath(new URL('../mappings/sandbox-salesforce.yaml', import.meta.url));
  const env = {
    SANDBOX_URL: 'http://127.0.0.1',
    SANDBOX_CLIENT_ID: 'a',
    SANDBOX_CLIENT_SECRET: 'b',
  };
  const loaded = loadMapping(path, { env, rulesVersion });
  if (!loaded.ok) throw new Error(loaded.problems.map((problem) => problem.text).join('\n'));
  return loaded.mapping.policy;
}
