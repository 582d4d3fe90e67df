/** The bench's company (company.ts) as records of a HubSpot portal. */
import type { DatasetRow } from '../sandbox/dataset.ts';
import type {
  DatasetAssociation,
  DatasetRecord,
  HubSpotDataset,
} from '../sandbox/hubspot/dataset.ts';
import type { Stage } from '../sandbox/seed/company.ts';
import * as fields from '../sandbox/seed/hubspot-fields.ts';
import {
  type CompanySize,
  opportunityRow,
  registrationEvery,
  registrationRow,
  surroundings,
  touchEvery,
  touchRow,
  users,
} from './company.ts';

/** First ids of each object; the n-th record has the n-th id after it. */
const first = {
  User: 70_000_000,
  Account: 11_000_000_000,
  Opportunity: 12_000_000_000,
  Deal_Registration__c: 18_000_000_000,
  Partner_Touch__c: 19_000_000_000,
};
type Kind = keyof typeof first;

/** Owners, companies, stages and empty objects: what is read before the deals arrive. */
export function portalSurroundings(size: CompanySize): HubSpotDataset {
  const { objects } = surroundings(size);
  const rowsOf = (name: Kind) => objects.find((object) => object.name === name)?.rows ?? [];
  const ids = { User: idsOf('User', rowsOf('User')), Account: idsOf('Account', rowsOf('Account')) };
  return {
    ...empty(size),
    owners: rowsOf('User').map((row, n) => ({
      id: String(first.User + n),
      userId: first.User + n,
      email: `owner${n}@bench.example`,
      firstName: 'Owner',
      lastName: String(n),
      archived: row['IsActive'] !== true,
    })),
    dealPipelines: [{ id: 'default', label: 'Sales Pipeline', stages: fields.DEAL_STAGES }],
    objects: [
      {
        type: 'companies',
        properties: fields.COMPANY_PROPERTIES,
        records: rowsOf('Account').map((row) => companyRecord(row, ids)),
      },
      { type: 'deals', properties: fields.DEAL_PROPERTIES, records: [] },
      { type: 'deal_registration', schema: fields.REGISTRATION_SCHEMA, records: [] },
      { type: 'partner_touch', schema: fields.TOUCH_SCHEMA, records: [] },
    ],
    labels: [...fields.LABELS, ...fields.OTHER_LABELS],
  };
}

/** Deals number `from` to `to` (not included), their registrations, touches and associations. */
export function portalSlice(size: CompanySize, from: number, to: number): HubSpotDataset {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const registered = numbers.filter((n) => n % registrationEvery === 0);
  const touched = numbers.filter((n) => n % touchEvery === 0);
  return {
    ...empty(size),
    objects: [
      { type: 'deals', records: numbers.map((n) => dealRecord(n, size)) },
      { type: 'deal_registration', records: registered.map((n) => registrationRecord(n, size)) },
      { type: 'partner_touch', records: touched.map((n) => touchRecord(n, size)) },
    ],
    associations: [
      ...numbers.map((n) => {
        const toId = accountId(opportunityRow(n, size)['AccountId']);
        return { ...endOf('deals', dealId(n)), to: 'companies', toId, label: 'Primary' };
      }),
      ...registered.flatMap((n) => {
        const end = endOf('deal_registration', String(first.Deal_Registration__c + n));
        const toId = accountId(registrationRow(n, size)['Partner__c']);
        return [{ ...end, to: 'companies', toId, label: 'Registering partner' }, toDeal(end, n)];
      }),
      ...touched.flatMap((n) => {
        const end = endOf('partner_touch', String(first.Partner_Touch__c + n));
        const toId = accountId(touchRow(n, size)['Partner__c']);
        return [{ ...end, to: 'companies', toId }, toDeal(end, n)];
      }),
    ],
  };
}

/** The id of deal number `n`. */
export const dealId = (n: number) => String(first.Opportunity + n);

type End = Pick<DatasetAssociation, 'from' | 'fromId'>;
const endOf = (from: string, fromId: string): End => ({ from, fromId });
const toDeal = (end: End, n: number): DatasetAssociation => ({
  ...end,
  to: 'deals',
  toId: dealId(n),
});

function empty({ at }: CompanySize): HubSpotDataset {
  return {
    today: at.slice(0, 10),
    companyCurrency: 'USD',
    exchangeRates: [],
    owners: [],
    dealPipelines: [],
    objects: [],
    labels: [],
    associations: [],
  };
}

/** Salesforce's ids of the company are made of numbers; their order gives HubSpot's. */
function idsOf(kind: Kind, rows: DatasetRow[]): Map<string, string> {
  return new Map(rows.map((row, n) => [String(row['Id']), String(first[kind] + n)]));
}

/** Ids of accounts by Salesforce's, remembered: a slice names each often. */
let accounts = new Map<string, string>();

function accountId(salesforceId: unknown): string {
  const known = accounts.get(String(salesforceId));
  if (known === undefined) throw new Error(`The bench's portal has no company ${salesforceId}.`);
  return known;
}

function companyRecord(
  row: DatasetRow,
  ids: { User: Map<string, string>; Account: Map<string, string> },
): DatasetRecord {
  accounts = ids.Account;
  const isPartner = row['Type'] === 'Partner';
  const partner: Record<string, string> = isPartner
    ? {
        partner_status: String(row['Partner_Status__c']),
        partner_type: String(row['Partner_Type__c']),
        partner_segment: String(row['Partner_Segment__c']),
        partner_start_date: String(row['Partner_Start_Date__c']),
      }
    : {};
  return {
    id: ids.Account.get(String(row['Id']))!,
    ...stampsOf(row),
    properties: {
      name: String(row['Name']),
      hubspot_owner_id: ids.User.get(String(row['OwnerId']))!,
      is_partner: String(isPartner),
      ...partner,
    },
  };
}

function dealRecord(n: number, size: CompanySize): DatasetRecord {
  const row = opportunityRow(n, size);
  const { createdAt, updatedAt } = stampsOf(row);
  const properties = {
    dealname: String(row['Name']),
    pipeline: 'default',
    dealstage: fields.stageId(row['StageName'] as Stage),
    hubspot_owner_id: String(first.User + (n % users)),
    amount: String(row['Amount']),
    closedate: `${row['CloseDate']}T00:00:00.000Z`,
    dealtype: 'newbusiness',
  };
  // The stage is entered when it is; the newest version is of the last minutes.
  const entered = String(row['LastStageChangeDate']);
  const versions = [{ at: entered, byUserId: null, properties }];
  return { id: dealId(n), createdAt, updatedAt, versions, properties };
}

function registrationRecord(n: number, size: CompanySize): DatasetRecord {
  const row = registrationRow(n, size);
  const properties = {
    registration_number: `DR-${n}`,
    status: String(row['Status__c']),
    submitted_at: String(row['Submitted_At__c']),
    decided_at: String(row['Decided_At__c']),
    protection_expiration_date: String(row['Protection_Expiration_Date__c']),
    resubmissions: '0',
  };
  return { id: String(first.Deal_Registration__c + n), ...arrived(row, n, size), properties };
}

function touchRecord(n: number, size: CompanySize): DatasetRecord {
  const row = touchRow(n, size);
  const properties = {
    touch_number: `PT-${n}`,
    kind: String(row['Kind__c']),
    happened_at: String(row['At__c']),
  };
  return { id: String(first.Partner_Touch__c + n), ...arrived(row, n, size), properties };
}

/** Made when its facts say, last changed with its deal: it arrives with it. */
function arrived(row: DatasetRow, n: number, size: CompanySize) {
  const { updatedAt } = stampsOf(opportunityRow(n, size));
  return { createdAt: String(row['CreatedDate']), updatedAt };
}

function stampsOf(row: DatasetRow): { createdAt: string; updatedAt: string } {
  return { createdAt: String(row['CreatedDate']), updatedAt: String(row['SystemModstamp']) };
}
