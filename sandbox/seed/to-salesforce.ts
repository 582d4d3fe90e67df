/** Writes the sample company's facts as the records of a Salesforce org. */
import type { Dataset, DatasetField, DatasetObject, DatasetRow } from '../dataset.ts';
import type { Company, Opportunity } from './company.ts';
import { ROLE_KINDS } from './company.ts';
import { currencyOf } from './customers.ts';
import * as fields from './salesforce-fields.ts';
import { stageHistory } from './salesforce-history.ts';
import { Ids } from './salesforce-ids.ts';

/**
 * The company as a dataset for a Salesforce org: users, accounts, opportunities with their stage
 * history, registrations, touches, partner roles, currencies and stages. The integration user is
 * the org's own.
 */
export function toSalesforce(company: Company): Dataset {
  const ids = new Ids();
  for (const partner of company.partners) ids.of('001', partner.key);
  const objects = [
    stages(),
    ...currencies(company, ids),
    users(company, ids),
    accounts(company, ids),
    opportunities(company, ids),
    object('OpportunityHistory', 'Opportunity History', [], stageHistory(company, ids)),
    registrations(company, ids),
    touches(company, ids),
    ...partnerRoles(company, ids),
  ];
  return { today: company.today, objects, validationRules: fields.VALIDATION_RULES };
}

function object(
  name: string,
  label: string,
  own: DatasetField[],
  rows: DatasetRow[],
): DatasetObject {
  return { name, label, fields: own, rows };
}

function stages(): DatasetObject {
  const rows = fields.STAGE_ROWS.map(([label, probability, closed, won, category], index) => ({
    MasterLabel: label,
    ApiName: label,
    IsActive: true,
    SortOrder: index + 1,
    IsClosed: closed,
    IsWon: won,
    DefaultProbability: probability,
    ForecastCategory: category.replaceAll(' ', ''),
    ForecastCategoryName: category,
  }));
  return object('OpportunityStage', 'Opportunity Stage', [], rows);
}

/**
 * Salesforce's rate is units of the currency for one of the corporate currency; the latest is
 * CurrencyType's.
 */
function currencies(company: Company, ids: Ids): DatasetObject[] {
  const { rates, corporateCurrency } = company;
  const first = rates.map((r) => r.from).sort()[0]!;
  const all = [{ currency: corporateCurrency, from: first, rate: '1' }, ...rates];
  const dated = all.map(({ currency, from, rate }) => {
    const next = all.find((r) => r.currency === currency && r.from > from);
    return {
      Id: ids.of('04w', `${currency}/${from}`),
      IsoCode: currency,
      StartDate: from,
      NextStartDate: next?.from ?? '9999-12-31',
      ConversionRate: Number(rate),
    };
  });
  const types = [...new Set(all.map((r) => r.currency))].map((currency) => ({
    Id: ids.of('01L', currency),
    IsoCode: currency,
    ConversionRate: Number(all.findLast((r) => r.currency === currency)!.rate),
    DecimalPlaces: currency === 'JPY' ? 0 : 2,
    IsActive: true,
    IsCorporate: currency === corporateCurrency,
  }));
  const rate: DatasetField = {
    name: 'ConversionRate',
    label: 'Conversion Rate',
    type: 'double',
    precision: 18,
    scale: 6,
  };
  return [
    object('CurrencyType', 'Currency Type', [rate], types),
    object('DatedConversionRate', 'Dated Conversion Rate', [rate], dated),
  ];
}

function users(company: Company, ids: Ids): DatasetObject {
  const rows = company.people
    .filter((person) => person.role !== 'integration')
    .map((person) => ({
      Id: ids.of('005', person.key),
      FirstName: person.firstName,
      LastName: person.lastName,
      Name: `${person.firstName} ${person.lastName}`,
      Username: `${person.key}@halden.example`,
      Email: `${person.key}@halden.example`,
      Alias: person.lastName.toLowerCase().slice(0, 8),
      Title: person.title,
      CompanyName: company.name,
      IsActive: person.active,
      ManagerId: ids.orNull('005', person.managerKey),
      Region__c: person.region,
    }));
  return object('User', 'User', fields.USER_FIELDS, rows);
}

function accounts(company: Company, ids: Ids): DatasetObject {
  const system = ids.of('005', 'ruth.adeyemi');
  const partners = company.partners.map((partner) => ({
    Id: ids.of('001', partner.key),
    Name: partner.name,
    Type: 'Partner',
    Industry: 'Technology',
    Website: partner.website,
    BillingCountry: partner.country,
    CurrencyIsoCode: currencyOf(partner.country),
    OwnerId: ids.of('005', partner.managerKey),
    Partner_Type__c: partner.type,
    Partner_Status__c: partner.status,
    Partner_Segment__c: partner.segment,
    Partner_Region__c: partner.region,
    Partner_Start_Date__c: partner.startedOn,
    Partner_Manager__c: ids.of('005', partner.managerKey),
    Partner_Certifications__c: partner.certifications,
    Partner_Satisfaction__c: partner.satisfaction === null ? null : Number(partner.satisfaction),
    ...merged(ids, partner.mergedInto),
    ...stamps(`${partner.startedOn}T09:30:00.000Z`, partner.mergedInto?.at, system),
  }));
  const customers = company.customers.map((customer) => ({
    Id: ids.of('001', customer.key),
    Name: customer.name,
    Type: 'Customer',
    Industry: customer.industry,
    Website: customer.website,
    BillingCountry: customer.country,
    CurrencyIsoCode: currencyOf(customer.country),
    NumberOfEmployees: customer.employees,
    ParentId: ids.orNull('001', customer.parentKey),
    OwnerId: ids.of('005', customer.ownerKey),
    ...merged(ids, customer.mergedInto),
    ...stamps(customer.createdAt, customer.mergedInto?.at, ids.of('005', customer.ownerKey)),
  }));
  return object('Account', 'Account', fields.ACCOUNT_FIELDS, [...partners, ...customers]);
}

/** A merged-away account stays in the recycle bin and names its survivor. */
function merged(ids: Ids, into: { key: string } | null): DatasetRow {
  return into ? { IsDeleted: true, MasterRecordId: ids.of('001', into.key) } : {};
}

function stamps(createdAt: string, changedAt: string | undefined, by: string): DatasetRow {
  const last = changedAt ?? createdAt;
  return {
    CreatedDate: createdAt,
    CreatedById: by,
    LastModifiedDate: last,
    LastModifiedById: by,
    SystemModstamp: last,
  };
}

function opportunities(company: Company, ids: Ids): DatasetObject {
  const rows = company.opportunities.map((one) => opportunityRow(one, ids));
  return object('Opportunity', 'Opportunity', fields.OPPORTUNITY_FIELDS, rows);
}

function opportunityRow(one: Opportunity, ids: Ids): DatasetRow {
  const first = one.steps[0]!;
  const last = one.steps.at(-1)!;
  const [, probability, closed, won, forecast] = fields.STAGE_ROWS.find(
    (s) => s[0] === last.stage,
  )!;
  const entered = one.steps.filter((step, i) => step.stage !== one.steps[i - 1]?.stage).at(-1)!;
  const pushes = one.steps.filter(
    (step, i) => i > 0 && step.closeDate > one.steps[i - 1]!.closeDate,
  );
  const amount = last.amount === null ? null : Number(last.amount);
  return {
    Id: ids.of('006', one.key),
    Name: one.name,
    AccountId: ids.orNull('001', one.customerKey),
    OwnerId: ids.of('005', one.ownerKey),
    StageName: last.stage,
    IsClosed: closed,
    IsWon: won,
    Probability: probability,
    ForecastCategory: forecast.replaceAll(' ', ''),
    ForecastCategoryName: forecast,
    Amount: amount,
    ExpectedRevenue: amount === null ? null : Math.round(amount * probability) / 100,
    CurrencyIsoCode: one.currency,
    CloseDate: last.closeDate,
    PushCount: pushes.length,
    Type: one.type,
    LeadSource: one.leadSource,
    NextStep: one.nextStep,
    Loss_Reason__c: one.lossReason,
    Product__c: one.product,
    Region__c: one.region,
    LastActivityDate: one.lastActivityOn,
    // Salesforce dates the last change only: an opportunity still in its first stage has none.
    LastStageChangeDate: entered === first ? null : entered.at,
    Referral_Partner__c: ids.orNull('001', one.referralPartnerKey),
    Cosell_Origin__c: one.origin,
    Cosell_Partner__c: ids.orNull('001', one.originPartnerKey),
    Reseller__c: ids.orNull('001', one.partnerOfRecordKey),
    Renewed_From__c: ids.orNull('006', one.parentKey),
    Partner_Attribution_Override__c: one.override?.type ?? null,
    Partner_Attribution_Override_Reason__c: one.override?.reason ?? null,
    Partner_Attribution_Override_Until__c: one.override?.until ?? null,
    ...stamps(first.at, last.at, ids.of('005', one.ownerKey)),
  };
}

function registrations(company: Company, ids: Ids): DatasetObject {
  const rows = company.registrations.map((one) => ({
    Id: ids.of('a0R', one.key),
    Name: one.number,
    OwnerId: ids.of('005', company.partners.find((p) => p.key === one.partnerKey)!.managerKey),
    CurrencyIsoCode: one.currency,
    Partner__c: ids.of('001', one.partnerKey),
    Opportunity__c: ids.orNull('006', one.opportunityKey),
    Customer__c: ids.orNull('001', one.customerKey),
    Product__c: one.product,
    Region__c: one.region,
    Amount__c: one.amount === null ? null : Number(one.amount),
    Status__c: one.state,
    Reason__c: one.reason,
    Reason_Detail__c: one.reasonDetail,
    Submitted_At__c: one.submittedAt,
    Decided_At__c: one.decidedAt,
    Protection_Expiration_Date__c: one.protectedUntil,
    Protected_Margin_Percent__c: one.marginPercent,
    Evidence_At__c: one.evidenceAt,
    Confirmed_At__c: one.confirmedAt,
    Resubmissions__c: one.resubmissions,
    ...stamps(one.createdAt, one.changedAt, ids.of('005', 'oliver.hahn')),
  }));
  return object('Deal_Registration__c', 'Deal Registration', fields.REGISTRATION_FIELDS, rows);
}

function touches(company: Company, ids: Ids): DatasetObject {
  const rows = company.touches.map((one) => ({
    Id: ids.of('a0T', one.key),
    Name: one.number,
    Partner__c: ids.of('001', one.partnerKey),
    Opportunity__c: ids.of('006', one.opportunityKey),
    Kind__c: one.kind,
    At__c: one.at,
    ...stamps(one.at, undefined, ids.of('005', 'priya.nair')),
  }));
  return object('Partner_Touch__c', 'Partner Touch', fields.TOUCH_FIELDS, rows);
}

/** Standing roles are entered on the opportunity as well, in Salesforce's own partner list. */
function partnerRoles(company: Company, ids: Ids): DatasetObject[] {
  const roles = company.touches.filter((touch) => ROLE_KINDS.includes(touch.kind));
  const of = new Map(company.opportunities.map((one) => [one.key, one]));
  const rows = roles.map((touch) => ({
    OpportunityId: ids.of('006', touch.opportunityKey),
    AccountToId: ids.of('001', touch.partnerKey),
    Role: touch.kind,
    IsPrimary: false,
    ...stamps(touch.at, undefined, ids.of('005', 'priya.nair')),
  }));
  const partners = rows.map((row, i) => ({
    ...row,
    Id: ids.of('00P', roles[i]!.key),
    AccountFromId: ids.orNull('001', of.get(roles[i]!.opportunityKey)?.customerKey ?? null),
  }));
  const opportunityPartners = rows.map((row, i) => ({
    ...row,
    Id: ids.of('00I', roles[i]!.key),
    ReversePartnerId: ids.of('00P', roles[i]!.key),
  }));
  return [
    object('Partner', 'Partner', fields.ROLE_FIELDS, partners),
    object('OpportunityPartner', 'Opportunity Partner', fields.ROLE_FIELDS, opportunityPartners),
  ];
}
