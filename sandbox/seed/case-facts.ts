/**
 * Turns the named cases into facts of the company: opportunities, registrations, touches,
 * customers.
 */
import type { AttributionCase, CasePartner, CaseRegistration, DaysAgo } from './case-table.ts';
import { CASES, caseName } from './cases.ts';
import {
  type Customer,
  type Opportunity,
  STAGES,
  type Stage,
  type StageStep,
  type UnnumberedRegistration,
} from './company.ts';
import { dayAgo, instantAgo } from './days.ts';
import { slug } from './names.ts';
import type { PartnerActivity } from './partner-activity.ts';
import { CASE_PARTNERS } from './partners.ts';

const OWNERS = ['sofia.reyes', 'marcus.bell', 'emma.fairley', 'hannah.whitlock', 'jonas.keller'];
const PROTECTION_DAYS = 90;
/** An open case closes a month ahead, unless it says otherwise. */
const CLOSES_AHEAD = -30;

export interface CaseFacts extends PartnerActivity {
  customers: Customer[];
}

/**
 * All named cases, counted back from `today`. Throws when the table names an unknown stage or
 * case.
 */
export function caseFacts(today: string): CaseFacts {
  const facts: CaseFacts = { opportunities: [], registrations: [], touches: [], customers: [] };
  for (const [index, one] of CASES.entries()) {
    const owner = one.owner ?? OWNERS[index % OWNERS.length]!;
    addCustomers(facts, today, one, owner);
    const opportunity = caseOpportunity(today, one, owner);
    facts.opportunities.push(opportunity);
    for (const registration of one.registrations ?? []) {
      facts.registrations.push(caseRegistration(today, opportunity, registration));
    }
    for (const touch of one.touches ?? []) {
      const partnerKey = partnerKeyOf(touch.by);
      const at = instantAgo(today, touch.at);
      facts.touches.push({ partnerKey, opportunityKey: opportunity.key, kind: touch.kind, at });
    }
  }
  return { ...facts, customers: [...facts.customers, mergedCustomer(today)] };
}

/** The key of a case's opportunity: its name as a slug, so that it can be found from the table. */
export function caseKey(one: Pick<AttributionCase, 'number' | 'title'>): string {
  return `case/${slug(caseName(one))}`;
}

function caseOpportunity(today: string, one: AttributionCase, ownerKey: string): Opportunity {
  const steps = stepsOf(today, one, ownerKey);
  const last = steps.at(-1)!;
  const parent = one.from ? CASES.find((c) => c.title === one.from) : null;
  if (parent === undefined) throw new Error(`No case is titled "${one.from}".`);
  return {
    key: caseKey(one),
    name: caseName(one),
    customerKey: customerKeyOf(one.customer),
    ownerKey,
    product: one.product ?? 'Ledger',
    region: 'Americas',
    type: one.type ?? 'New Business',
    leadSource: one.leadSource ?? 'Outbound',
    currency: one.currency ?? 'USD',
    steps,
    lastActivityOn: one.lastActivity ? dayAgo(today, one.lastActivity) : last.at.slice(0, 10),
    nextStep: null,
    lossReason: last.stage === 'Closed Lost' ? 'No decision' : null,
    referralPartnerKey: one.referredBy ? partnerKeyOf(one.referredBy) : null,
    origin: one.origin?.name ?? null,
    originPartnerKey: one.origin ? partnerKeyOf(one.origin.by) : null,
    parentKey: parent ? caseKey(parent) : null,
    partnerOfRecordKey: one.partnerOfRecord ? partnerKeyOf(one.partnerOfRecord) : null,
    override: one.override
      ? {
          ...one.override,
          until: one.override.until === null ? null : dayAgo(today, one.override.until),
        }
      : null,
  };
}

function stepsOf(today: string, one: AttributionCase, byKey: string): StageStep[] {
  const entered = one.stages.split(', ').map(readStage);
  const [lastStage, lastAgo] = entered.at(-1)!;
  const closed = lastStage.startsWith('Closed');
  const closes = one.closes ?? (closed ? lastAgo : CLOSES_AHEAD);
  const changes: { ago: DaysAgo; stage?: Stage; amount?: string; closes?: DaysAgo }[] = [
    ...entered.map(([stage, ago]) => ({ ago, stage })),
    ...(one.amounts ?? []).map(([ago, amount]) => ({ ago, amount })),
    ...(one.pushes ?? []).map(([ago, to]) => ({ ago, closes: to })),
  ].sort((a, b) => b.ago - a.ago);
  let now = { stage: entered[0]![0], amount: one.amount, closeDate: dayAgo(today, closes) };
  return changes.map((change) => {
    now = {
      stage: change.stage ?? now.stage,
      amount: change.amount ?? now.amount,
      closeDate: change.closes === undefined ? now.closeDate : dayAgo(today, change.closes),
    };
    return { ...now, at: instantAgo(today, change.ago), byKey };
  });
}

function readStage(text: string): [Stage, DaysAgo] {
  const cut = text.lastIndexOf(' ');
  const stage = STAGES.find((s) => s === text.slice(0, cut));
  const ago = Number(text.slice(cut + 1));
  if (!stage || !(ago > 0)) throw new Error(`"${text}" is not a stage and its days ago.`);
  return [stage, ago];
}

function caseRegistration(
  today: string,
  opportunity: Opportunity,
  facts: CaseRegistration,
): UnnumberedRegistration {
  const granted =
    facts.everApproved || ['Approved', 'Converted', 'Won', 'Lost'].includes(facts.state);
  const decidedAt = facts.decided === undefined ? null : instantAgo(today, facts.decided);
  const createdAt = instantAgo(today, facts.submitted ?? 5);
  const ends = (facts.decided ?? 0) - (facts.protectedFor ?? PROTECTION_DAYS);
  return {
    partnerKey: partnerKeyOf(facts.by),
    opportunityKey: opportunity.key,
    customerKey: facts.customer ? customerKeyOf(facts.customer) : opportunity.customerKey,
    state: facts.state,
    product: facts.product ?? opportunity.product,
    region: opportunity.region,
    amount: opportunity.steps[0]!.amount,
    currency: opportunity.currency,
    createdAt,
    submittedAt: facts.submitted === null ? null : createdAt,
    decidedAt,
    protectedUntil: granted ? dayAgo(today, ends) : null,
    marginPercent: granted ? 25 : null,
    reason: facts.reason ?? null,
    reasonDetail: facts.reason ? 'See the note of your channel manager.' : null,
    evidenceAt: facts.evidence === undefined ? null : instantAgo(today, facts.evidence),
    confirmedAt: facts.confirmed === undefined ? null : instantAgo(today, facts.confirmed),
    resubmissions: facts.resubmissions ?? 0,
    changedAt: decidedAt ?? createdAt,
  };
}

/** A merge re-points what hung on the account that went (case 15), so facts name the survivor. */
function partnerKeyOf(by: CasePartner): string {
  return CASE_PARTNERS[by === 'merged' ? 'main' : by];
}

/** 'partner:rival' is a partner's own account (case 40). */
function customerKeyOf(name: string): string {
  return name.startsWith('partner:')
    ? partnerKeyOf(name.slice('partner:'.length) as CasePartner)
    : `customer/${slug(name)}`;
}

function addCustomers(facts: CaseFacts, today: string, one: AttributionCase, owner: string): void {
  const registered = (one.registrations ?? []).flatMap((r) => r.customer ?? []);
  for (const name of [one.customer, ...registered]) {
    const key = customerKeyOf(name);
    const known = facts.customers.some((c) => c.key === key) || !key.startsWith('customer/');
    if (known) continue;
    const parentKey = name === one.customer ? null : customerKeyOf(one.customer);
    facts.customers.push(caseCustomer(today, { name, owner, parentKey }));
  }
}

function caseCustomer(
  today: string,
  facts: { name: string; owner: string; parentKey: string | null },
): Customer {
  return {
    key: customerKeyOf(facts.name),
    name: facts.name,
    industry: 'Manufacturing',
    country: 'United States',
    region: 'Americas',
    website: `https://www.${slug(facts.name)}.example`,
    employees: 420,
    ownerKey: facts.owner,
    createdAt: instantAgo(today, 840),
    parentKey: facts.parentKey,
    mergedInto: null,
  };
}

/** Case 17: the duplicate of a customer, merged three weeks ago. */
function mergedCustomer(today: string): Customer {
  const name = 'Carver Mills Grp (duplicate)';
  const facts = caseCustomer(today, { name, owner: OWNERS[0]!, parentKey: null });
  const key = customerKeyOf('Carver Mills Group');
  return { ...facts, mergedInto: { key, at: instantAgo(today, 21) } };
}
