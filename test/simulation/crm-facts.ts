/** What the CRM holds, read past the API: the facts the oracle judges by. */
import type { Org } from '../../sandbox/salesforce/org.ts';

/** An instant in ms since 1970. */
type Ms = number;

export interface Claim {
  id: string;
  partner: string;
  status: string;
  submitted: Ms | null;
  decided: Ms | null;
  /** End of the last protected UTC day. */
  protectedUntil: Ms | null;
  evidence: Ms | null;
  confirmed: Ms | null;
}

export interface Touch {
  id: string;
  partner: string;
  kind: string;
  at: Ms;
}

/** An opportunity with all that speaks for its attribution. */
export interface Deal {
  id: string;
  name: string;
  stage: string;
  isClosed: boolean;
  created: Ms;
  stageEntered: Ms;
  referralPartner: string | null;
  partnerOfRecord: string | null;
  origin: string | null;
  originPartner: string | null;
  claims: Claim[];
  touches: Touch[];
  /** Every field of the record. */
  row: Record<string, unknown>;
}

export interface Partner {
  id: string;
  name: string;
  offboarded: boolean;
}

export interface Facts {
  deals: Deal[];
  partners: Map<string, Partner>;
}

const endOfDayMs = 86_400_000 - 1;

/** All live opportunities and the partners there are. */
export function readFacts(org: Org): Facts {
  const claims = rowsOf(org, 'Deal_Registration__c');
  const touches = rowsOf(org, 'Partner_Touch__c');
  const partners = rowsOf(org, 'Account').filter((row) => row['Type'] === 'Partner');
  return {
    deals: rowsOf(org, 'Opportunity').map((row) => dealOf(row, claims, touches)),
    partners: new Map(partners.map((row) => [String(row['Id']), partnerOf(row)])),
  };
}

/** Live records of an object with all their fields. */
export function rowsOf(org: Org, object: string): Record<string, unknown>[] {
  return org
    .query(`SELECT Id FROM ${object} ORDER BY Id`)
    .map(({ Id }) => org.get(object, String(Id))!);
}

type CrmRow = Record<string, unknown>;

function dealOf(row: CrmRow, claims: CrmRow[], touches: CrmRow[]): Deal {
  const mine = (other: CrmRow) => other['Opportunity__c'] === row['Id'];
  return {
    id: String(row['Id']),
    name: String(row['Name']),
    stage: String(row['StageName']),
    isClosed: row['IsClosed'] === true,
    created: ms(row['CreatedDate'])!,
    // Empty until the stage was changed once.
    stageEntered: ms(row['LastStageChangeDate']) ?? ms(row['CreatedDate'])!,
    referralPartner: text(row['Referral_Partner__c']),
    partnerOfRecord: text(row['Reseller__c']),
    origin: text(row['Cosell_Origin__c']),
    originPartner: text(row['Cosell_Partner__c']),
    claims: claims.filter(mine).map(claimOf),
    touches: touches.filter(mine).map((touch) => ({
      id: String(touch['Id']),
      partner: String(touch['Partner__c']),
      kind: String(touch['Kind__c']),
      at: ms(touch['At__c'])!,
    })),
    row,
  };
}

function claimOf(row: CrmRow): Claim {
  const day = text(row['Protection_Expiration_Date__c']);
  return {
    id: String(row['Id']),
    partner: String(row['Partner__c']),
    status: String(row['Status__c']),
    submitted: ms(row['Submitted_At__c']),
    decided: ms(row['Decided_At__c']),
    protectedUntil: day === null ? null : Date.parse(day.slice(0, 10)) + endOfDayMs,
    evidence: ms(row['Evidence_At__c']),
    confirmed: ms(row['Confirmed_At__c']),
  };
}

function partnerOf(row: CrmRow): Partner {
  const offboarded = row['Partner_Status__c'] === 'Off-boarded';
  return { id: String(row['Id']), name: String(row['Name']), offboarded };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function ms(value: unknown): Ms | null {
  const found = text(value);
  return found === null ? null : Date.parse(found);
}
