/** The company in which all scenarios happen at once: their facts, and the ordinary rest of it. */
import type {
  Company,
  Customer,
  Opportunity,
  Registration,
  StageStep,
  Touch,
} from '../../../sandbox/seed/company.ts';
import { people } from '../../../sandbox/seed/people.ts';
import { type At, type Given, nameOf, type Scenario } from '../scenario.ts';
import { partners } from './partners.ts';

/** The day of the first plan. */
export const today = '2026-11-27';
/** Proposal since a week ago: not stale, whatever the case is about. */
const ordinaryStage = ['Proposal', '2026-11-20T10:00Z'] as const;
const closesOn = '2026-12-31';
const protectionDays = 90;
const dayMs = 86_400_000;

/** Rates that both CRMs can hold exactly: Salesforce 0.8 EUR a USD is HubSpot's 1.25 USD a EUR. */
const rates = [
  { currency: 'EUR', from: '2026-01-01', rate: '0.800000' },
  { currency: 'EUR', from: '2026-11-01', rate: '1.000000' },
  { currency: 'EUR', from: '2026-12-01', rate: '0.500000' },
  // One that HubSpot's six decimals cannot hold: 1 / 148.
  { currency: 'JPY', from: '2026-01-01', rate: '148.000000' },
];

/** The company as neutral facts; both CRMs are filled from it. Throws for a title not known. */
export function companyOf(scenarios: readonly Scenario[]): Company {
  const all = scenarios.flatMap((one, index) =>
    givenOf(one).map(([name, given]) => caseFacts(scenarios, { ...one, name, given }, index)),
  );
  return {
    name: 'Halden',
    today,
    corporateCurrency: 'USD',
    people: people(),
    partners: partners(),
    customers: customersOf(scenarios),
    opportunities: all.map(({ opportunity }) => opportunity),
    registrations: all.flatMap(({ registrations }) => registrations),
    touches: all
      .flatMap(({ touches }) => touches)
      .map((touch, n) => ({ ...touch, number: `PT-${String(n + 1).padStart(4, '0')}` })),
    rates,
  };
}

/** A scenario as one of its opportunities sees it. */
interface Part extends Scenario {
  name: string;
}

/** The opportunities of a scenario by name. */
function givenOf(one: Scenario): [string, Given][] {
  const name = nameOf(one);
  const more = (one.given.more ?? []).map((given, n): [string, Given] => [
    `${name} (${n + 2})`,
    given,
  ]);
  return [[name, one.given], ...more];
}

function caseFacts(scenarios: readonly Scenario[], one: Part, index: number) {
  const opportunity = opportunityOf(scenarios, one, index);
  return {
    opportunity,
    registrations: registrationsOf(one, opportunity),
    touches: touchesOf(one, opportunity),
  };
}

/** '2026-11-03T09:14Z' as the CRMs keep it. */
export function instant(at: At): string {
  return new Date(at).toISOString();
}

function opportunityOf(scenarios: readonly Scenario[], one: Part, index: number): Opportunity {
  const { deal } = one.given;
  const parent = deal.from && scenarios.find(({ title }) => title === deal.from);
  if (deal.from && !parent) throw new Error(`No case is titled "${deal.from}".`);
  const ownerKey = deal.owner ?? owners[index % owners.length]!;
  const steps = stepsOf(one, ownerKey);
  const last = steps.at(-1)!;
  return {
    key: one.name,
    name: one.name,
    customerKey: customerKey(deal.customer ?? ownCustomer(one)),
    ownerKey,
    product: deal.product ?? 'Ledger',
    region: 'Americas',
    type: deal.type ?? 'New Business',
    leadSource: deal.leadSource ?? 'Outbound',
    currency: deal.currency ?? 'USD',
    steps,
    lastActivityOn: last.at.slice(0, 10),
    nextStep: null,
    lossReason: last.stage === 'Closed Lost' ? 'No decision' : null,
    referralPartnerKey: deal.referredBy?.toLowerCase() ?? null,
    origin: deal.origin?.name ?? null,
    originPartnerKey: deal.origin?.by.toLowerCase() ?? null,
    parentKey: parent ? nameOf(parent) : null,
    partnerOfRecordKey: deal.partnerOfRecord?.toLowerCase() ?? null,
    override: deal.override ?? null,
  };
}

/** Sellers who work there; a few cases name theirs. */
const owners = people()
  .filter(({ role, active, region }) => role === 'ae' && active && region !== 'APAC')
  .map(({ key }) => key);

function stepsOf(one: Part, byKey: string): StageStep[] {
  const {
    created,
    stages = [[...ordinaryStage]],
    amount = '10000.00',
    pushes = 0,
  } = one.given.deal;
  const entered = [['Qualification', created] as const, ...stages];
  const [lastStage, lastAt] = entered.at(-1)!;
  const closeDate = lastStage.startsWith('Closed') ? instant(lastAt).slice(0, 10) : closesOn;
  const steps = entered.map(([stage, at]) => ({
    stage,
    at: instant(at),
    byKey,
    amount,
    closeDate: pushes > 0 ? shifted(closeDate, -pushes) : closeDate,
  }));
  const last = steps.at(-1)!;
  for (let n = 1; n <= pushes; n += 1) {
    const at = new Date(Date.parse(last.at) + n * 60_000).toISOString();
    steps.push({ ...last, at, closeDate: shifted(closeDate, n - pushes) });
  }
  return steps;
}

/** A date so many days later. */
function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

const granted = ['Approved', 'Converted', 'Won', 'Lost'];

function registrationsOf(one: Part, opportunity: Opportunity): Registration[] {
  return (one.given.registrations ?? []).map((r) => {
    const submittedAt = r.submitted ? instant(r.submitted) : null;
    const decidedAt = r.decided ? instant(r.decided) : null;
    const createdAt = submittedAt ?? opportunity.steps[0]!.at;
    const protectedFrom = granted.includes(r.state) && decidedAt ? decidedAt.slice(0, 10) : null;
    return {
      key: r.number,
      number: r.number,
      partnerKey: r.by.toLowerCase(),
      opportunityKey: opportunity.key,
      customerKey: r.customer ? customerKey(r.customer) : opportunity.customerKey,
      state: r.state,
      product: r.product ?? opportunity.product,
      region: opportunity.region,
      amount: opportunity.steps[0]!.amount,
      currency: opportunity.currency,
      createdAt,
      submittedAt,
      decidedAt,
      protectedUntil: r.protectedUntil ?? (protectedFrom && shifted(protectedFrom, protectionDays)),
      marginPercent: protectedFrom ? 25 : null,
      reason: r.reason ?? null,
      reasonDetail: r.reason ? 'See the note of your channel manager.' : null,
      evidenceAt: r.evidence ? instant(r.evidence) : null,
      confirmedAt: r.confirmed ? instant(r.confirmed) : null,
      resubmissions: r.resubmissions ?? 0,
      changedAt: decidedAt ?? createdAt,
    };
  });
}

function touchesOf(one: Part, opportunity: Opportunity): Touch[] {
  return (one.given.touches ?? []).map((touch, n) => ({
    key: `${opportunity.key}/${n}`,
    number: '',
    partnerKey: touch.by.toLowerCase(),
    opportunityKey: opportunity.key,
    kind: touch.kind,
    at: instant(touch.at),
  }));
}

function ownCustomer(one: Pick<Scenario, 'case' | 'title'>): string {
  return `Customer of ${nameOf(one)}`;
}

const partnerKeys = new Set(partners().map(({ key }) => key));

function customerKey(name: string): string {
  const key = name.toLowerCase();
  return partnerKeys.has(key) ? key : `customer/${key}`;
}

function customersOf(scenarios: readonly Scenario[]): Customer[] {
  const names = scenarios.flatMap((one) =>
    givenOf(one).flatMap(([, { deal, registrations = [] }]) => [
      deal.customer ?? ownCustomer(one),
      ...registrations.flatMap(({ customer }) => customer ?? []),
    ]),
  );
  const unique = [...new Set(names)].filter((name) => !partnerKeys.has(name.toLowerCase()));
  return unique.map((name, n) => ({
    key: customerKey(name),
    name,
    industry: 'Manufacturing',
    country: 'United States',
    region: 'Americas',
    website: `https://www.customer-${n}.example`,
    employees: 420,
    ownerKey: owners[0]!,
    createdAt: '2024-06-03T09:00:00.000Z',
    parentKey: null,
    mergedInto: null,
  }));
}
