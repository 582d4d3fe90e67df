/** Writes the sample company's facts as the records of a HubSpot portal. */
import type {
  DatasetAssociation,
  DatasetPortalObject,
  DatasetRecord,
  HubSpotDataset,
} from '../hubspot/dataset.ts';
import { integrationUserId } from '../hubspot/portals.ts';
import type { Company, Opportunity, StageStep, TouchKind } from './company.ts';
import * as fields from './hubspot-fields.ts';

/** First ids of each kind of record. */
const FIRST = { owner: 70_000_001, company: 11_000_000_001, deal: 12_000_000_001 };
const REGISTRATION_FIRST = 18_000_000_001;
const TOUCH_FIRST = 19_000_000_001;
/** HubSpot keeps six decimals of a rate. */
const RATE_DECIMALS = 6;

const ROLE_LABELS: Partial<Record<TouchKind, string>> = {
  Reseller: 'Reseller',
  Distributor: 'Distributor',
  Implementation: 'Implementation partner',
};

/** Ids by the keys of the facts: the same company gives the same ids. */
class Keys {
  readonly #first: number;
  readonly #ids = new Map<string, string>();

  constructor(first: number, keys: Iterable<string>) {
    this.#first = first;
    for (const key of keys) this.#ids.set(key, String(this.#first + this.#ids.size));
  }

  of(key: string): string {
    const id = this.#ids.get(key);
    if (id === undefined) throw new Error(`The company has no "${key}".`);
    return id;
  }
}

interface Portal {
  company: Company;
  owners: Keys;
  companies: Keys;
  deals: Keys;
  userOf: (key: string) => number;
}

/**
 * The company as a dataset of a portal: owners, companies, deals with their stage history,
 * registrations and touches as custom objects, roles as association labels, exchange rates.
 */
export function toHubSpot(company: Company): HubSpotDataset {
  const merged = [...company.partners, ...company.customers].flatMap(
    (one) => one.mergedInto?.key ?? [],
  );
  const names = [...company.partners, ...company.customers].map(({ key }) => key);
  const people = company.people.map(({ key }) => key);
  const portal: Portal = {
    company,
    owners: new Keys(FIRST.owner, people),
    // A merge makes a third record: what facts name is the merged one, under an id of its own.
    companies: new Keys(FIRST.company, [...names, ...merged.map((key) => `${key}/before`)]),
    deals: new Keys(
      FIRST.deal,
      company.opportunities.map(({ key }) => key),
    ),
    userOf: (key) => integrationUserId + 1 + people.indexOf(key),
  };
  return {
    today: company.today,
    companyCurrency: company.corporateCurrency,
    exchangeRates: company.rates.map(({ currency, from, rate }) => ({
      fromCurrencyCode: currency,
      conversionRate: Number((1 / Number(rate)).toFixed(RATE_DECIMALS)),
      effectiveAt: `${from}T00:00:00.000Z`,
    })),
    owners: owners(portal),
    dealPipelines: [{ id: 'default', label: 'Sales Pipeline', stages: fields.DEAL_STAGES }],
    objects: [companies(portal), deals(portal), registrations(portal), touches(portal)],
    labels: [...fields.LABELS, ...fields.OTHER_LABELS],
    associations: associations(portal),
  };
}

function owners({ company, owners: ids, userOf }: Portal): HubSpotDataset['owners'] {
  return company.people.map((person) => ({
    id: ids.of(person.key),
    userId: person.role === 'integration' ? integrationUserId : userOf(person.key),
    email: `${person.key}@halden.example`,
    firstName: person.firstName,
    lastName: person.lastName,
    archived: !person.active,
    team: person.region,
  }));
}

function domainOf(website: string): string {
  return website.replace(/^https:\/\/www\./, '');
}

function companies({ company, companies: ids, owners: ownerIds }: Portal): DatasetPortalObject {
  const partners = company.partners.map((one) => ({
    ...one,
    createdAt: `${one.startedOn}T09:30:00.000Z`,
    properties: {
      name: one.name,
      domain: domainOf(one.website),
      website: one.website,
      industry: 'Technology',
      country: one.country,
      type: 'PARTNER',
      hubspot_owner_id: ownerIds.of(one.managerKey),
      is_partner: 'true',
      partner_type: one.type,
      partner_status: one.status,
      partner_segment: one.segment,
      partner_region: one.region,
      partner_start_date: one.startedOn,
      partner_manager: ownerIds.of(one.managerKey),
      partner_certifications: String(one.certifications),
      partner_satisfaction: one.satisfaction,
    },
  }));
  const customers = company.customers.map((one) => ({
    ...one,
    properties: {
      name: one.name,
      domain: domainOf(one.website),
      website: one.website,
      industry: one.industry,
      country: one.country,
      numberofemployees: String(one.employees),
      hubspot_owner_id: ownerIds.of(one.ownerKey),
      is_partner: 'false',
    },
  }));
  const all = [...partners, ...customers];
  const records = all
    .filter(({ mergedInto }) => mergedInto === null)
    .map(({ key, createdAt, properties }): DatasetRecord => {
      const gone = all.filter(({ mergedInto }) => mergedInto?.key === key);
      const record = { id: ids.of(key), properties, createdAt };
      const [first] = gone;
      if (!first) return record;
      const mergedIds = [ids.of(`${key}/before`), ...gone.map((one) => ids.of(one.key))];
      return { ...record, updatedAt: first.mergedInto!.at, mergedIds };
    });
  return { type: 'companies', properties: fields.COMPANY_PROPERTIES, records };
}

const dealTypes: Record<Opportunity['type'], string> = {
  'New Business': 'newbusiness',
  'Existing Business': 'existingbusiness',
  Renewal: 'renewal',
};

function deals(portal: Portal): DatasetPortalObject {
  const records = portal.company.opportunities.map((one) => dealRecord(portal, one));
  return { type: 'deals', properties: fields.DEAL_PROPERTIES, records };
}

function dealRecord({ deals: ids, owners: ownerIds, userOf }: Portal, one: Opportunity) {
  const last = one.steps.at(-1)!;
  const pushes = one.steps.filter((s, i) => i > 0 && s.closeDate > one.steps[i - 1]!.closeDate);
  // Facts without a history of their own are as they are from the first version on.
  const lasting = {
    dealname: one.name,
    pipeline: 'default',
    hubspot_owner_id: ownerIds.of(one.ownerKey),
    deal_currency_code: one.currency,
    dealtype: dealTypes[one.type],
    lead_source: one.leadSource,
    product: one.product,
    deal_region: one.region,
    cosell_origin: one.origin,
    hs_next_step: one.nextStep,
    closed_lost_reason: one.lossReason,
    close_date_push_count: String(pushes.length),
    notes_last_updated: one.lastActivityOn === null ? null : midnight(one.lastActivityOn),
    partner_attribution_override: one.override?.type ?? null,
    partner_attribution_override_reason: one.override?.reason ?? null,
    partner_attribution_override_until: one.override?.until ?? null,
  };
  return {
    id: ids.of(one.key),
    createdAt: one.steps[0]!.at,
    updatedAt: last.at,
    versions: one.steps.map((step) => ({
      at: step.at,
      byUserId: userOf(step.byKey),
      properties: { ...lasting, ...stepProperties(step) },
    })),
    properties: { ...lasting, ...stepProperties(last) },
  };
}

function stepProperties(step: StageStep) {
  const { stage, amount, closeDate } = step;
  return { dealstage: fields.stageId(stage), amount, closedate: midnight(closeDate) };
}

function midnight(day: string): string {
  return `${day}T00:00:00.000Z`;
}

function registrations({ company }: Portal): DatasetPortalObject {
  const records = company.registrations.map((one, i) => ({
    id: String(REGISTRATION_FIRST + i),
    createdAt: one.createdAt,
    updatedAt: one.changedAt,
    properties: {
      registration_number: one.number,
      status: one.state,
      product: one.product,
      region: one.region,
      amount: one.amount,
      currency: one.currency,
      reason: one.reason,
      reason_detail: one.reasonDetail,
      submitted_at: one.submittedAt,
      decided_at: one.decidedAt,
      protection_expiration_date: one.protectedUntil,
      protected_margin_percent: one.marginPercent === null ? null : String(one.marginPercent),
      evidence_at: one.evidenceAt,
      confirmed_at: one.confirmedAt,
      resubmissions: String(one.resubmissions),
    },
  }));
  return { type: 'deal_registration', schema: fields.REGISTRATION_SCHEMA, records };
}

function touches({ company }: Portal): DatasetPortalObject {
  const records = company.touches.map((one, i) => ({
    id: String(TOUCH_FIRST + i),
    createdAt: one.at,
    properties: { touch_number: one.number, kind: one.kind, happened_at: one.at },
  }));
  return { type: 'partner_touch', schema: fields.TOUCH_SCHEMA, records };
}

function associations(portal: Portal): DatasetAssociation[] {
  const { company, companies: ids } = portal;
  const children = company.customers
    .filter(({ parentKey, mergedInto }) => parentKey !== null && mergedInto === null)
    .map(({ key, parentKey }) => ({
      from: 'companies',
      fromId: ids.of(key),
      to: 'companies',
      toId: ids.of(parentKey!),
      label: 'Parent Company',
    }));
  return [
    ...children,
    ...company.opportunities.flatMap((one) => dealAssociations(portal, one)),
    ...company.registrations.flatMap((one, i) => {
      const from = { from: 'deal_registration', fromId: String(REGISTRATION_FIRST + i) };
      return [
        toCompany(portal, from, one.partnerKey, 'Registering partner'),
        toCompany(portal, from, one.customerKey, 'Registered customer'),
        toDeal(portal, from, one.opportunityKey),
      ].flat();
    }),
    ...company.touches.flatMap((one, i) => {
      const from = { from: 'partner_touch', fromId: String(TOUCH_FIRST + i) };
      return [
        toCompany(portal, from, one.partnerKey),
        toDeal(portal, from, one.opportunityKey),
      ].flat();
    }),
    ...company.touches.flatMap((one) => {
      const from = { from: 'deals', fromId: portal.deals.of(one.opportunityKey) };
      const label = ROLE_LABELS[one.kind];
      return label ? toCompany(portal, from, one.partnerKey, label) : [];
    }),
  ];
}

function dealAssociations(portal: Portal, one: Opportunity): DatasetAssociation[] {
  const from = { from: 'deals', fromId: portal.deals.of(one.key) };
  return [
    toCompany(portal, from, one.customerKey, 'Primary'),
    toCompany(portal, from, one.referralPartnerKey, 'Referral partner'),
    toCompany(portal, from, one.originPartnerKey, 'Co-sell partner'),
    toCompany(portal, from, one.partnerOfRecordKey, 'Reseller'),
    toDeal(portal, from, one.parentKey, 'Renewal of'),
  ].flat();
}

type From = Pick<DatasetAssociation, 'from' | 'fromId'>;

function toCompany(portal: Portal, from: From, key: string | null, label?: string) {
  if (key === null) return [];
  return [
    { ...from, to: 'companies', toId: portal.companies.of(key), ...(label ? { label } : {}) },
  ];
}

function toDeal(portal: Portal, from: From, key: string | null, label?: string) {
  if (key === null) return [];
  return [{ ...from, to: 'deals', toId: portal.deals.of(key), ...(label ? { label } : {}) }];
}
