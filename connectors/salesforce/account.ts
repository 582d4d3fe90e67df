/** Facts of the org itself: who we are there, its stages and its currencies. */
import Big from 'big.js';
import type { CrmAccount, CrmRate, StageDescription } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import type { Describer } from './describe.ts';
import { malformedResponse } from './errors.ts';
import { queryRows } from './query.ts';
import type { Row } from './records.ts';
import { quote } from './soql.ts';

/** What reading about the org needs. */
export interface OrgReading {
  api: SalesforceApi;
  describer: Describer;
}

/** An undated rate holds from here on: before any record a CRM can have. */
const undatedFrom = '1970-01-01';
/** Decimals of an inverted rate: exact to 18 places, halves up. */
const rateDecimals = 18;
/** A constructor of our own: Big's precision is a setting of the constructor, shared by all. */
const RateNumber = Big();
RateNumber.DP = rateDecimals;

/** The org and our user in it. The corporate currency is null where the org does not tell it. */
export async function readAccount({ api, describer }: OrgReading): Promise<CrmAccount> {
  const session = await api.session();
  const identity =
    session.organizationId && session.userId
      ? { organizationId: session.organizationId, userId: session.userId }
      : await readIdentity(api);
  const { description } = await describer.describe('Organization');
  const currencyField = ['DefaultCurrencyIsoCode', 'CurrencyIsoCode'].find((name) =>
    description.fields.has(name),
  );
  const fields = ['Id', 'IsSandbox', ...(currencyField ? [currencyField] : [])];
  const [organization] = await rows(api, `SELECT ${fields.join(',')} FROM Organization`);
  const [user] = await rows(api, `SELECT Name FROM User WHERE Id = ${quote(identity.userId)}`);
  const currencies = await readCurrencies(api);
  const corporate = currencies?.find((row) => row.IsCorporate === true)?.IsoCode;
  const single = currencyField ? organization?.[currencyField] : null;
  return {
    accountId: String(organization?.Id ?? identity.organizationId),
    userId: identity.userId,
    userName: typeof user?.Name === 'string' ? user.Name : '',
    recordUrlBase: session.instanceUrl,
    currency: textOrNull(corporate ?? single),
    multiCurrency: currencies !== null,
    isSandbox: organization?.IsSandbox === true,
  };
}

/** Stages of opportunities, in the org's order; other objects have none in Salesforce. */
export async function readStages(api: SalesforceApi, object: string): Promise<StageDescription[]> {
  if (object !== 'Opportunity') return [];
  const found = await rows(
    api,
    'SELECT ApiName,MasterLabel,IsActive,IsClosed,IsWon,SortOrder FROM OpportunityStage ' +
      'ORDER BY SortOrder',
  );
  return found.map((row) => ({
    value: String(row.ApiName ?? row.MasterLabel),
    label: String(row.MasterLabel ?? row.ApiName),
    isClosed: row.IsClosed === true,
    isWon: row.IsWon === true,
    active: row.IsActive !== false,
    pipeline: null,
  }));
}

/**
 * Rates as the value of one unit in corporate currency. Salesforce keeps the inverse (units of the
 * currency for one corporate unit), so each is 1 / ConversionRate, rounded to 18 decimals. An org
 * with one currency has none.
 */
export async function readRates(api: SalesforceApi): Promise<CrmRate[]> {
  const currencies = await readCurrencies(api);
  if (currencies === null) return [];
  const dated = await readDatedRates(api);
  const withDates = new Set(dated.map((row) => row.IsoCode));
  const undated = currencies
    .filter((row) => !withDates.has(row.IsoCode))
    .map((row) => ({ ...row, StartDate: undatedFrom }));
  return [...dated, ...undated].flatMap((row) => toRate(row));
}

/** `1 / rate` as a plain decimal text; null for what cannot be inverted. */
export function invertRate(conversionRate: unknown): string | null {
  try {
    const units = new RateNumber(conversionRate as Big.BigSource);
    if (units.lte(0)) return null;
    return new RateNumber(1).div(units).toFixed();
  } catch {
    return null;
  }
}

async function readIdentity(
  api: SalesforceApi,
): Promise<{ organizationId: string; userId: string }> {
  const call = { operation: 'read our identity', priority: 3 as const };
  const answer = await api.call<{ organization_id?: unknown; user_id?: unknown }>({
    ...call,
    method: 'GET',
    path: '/services/oauth2/userinfo',
  });
  const { organization_id: organizationId, user_id: userId } = answer ?? {};
  if (typeof organizationId !== 'string' || typeof userId !== 'string') {
    throw malformedResponse(call);
  }
  return { organizationId, userId };
}

/** null in an org with one currency: it has no object CurrencyType. */
async function readCurrencies(api: SalesforceApi): Promise<Row[] | null> {
  const soql = 'SELECT IsoCode,ConversionRate,IsCorporate FROM CurrencyType';
  return rows(api, soql).catch(nullWhenAbsent);
}

async function readDatedRates(api: SalesforceApi): Promise<Row[]> {
  const soql = 'SELECT IsoCode,StartDate,ConversionRate FROM DatedConversionRate';
  return (await rows(api, soql).catch(nullWhenAbsent)) ?? [];
}

function nullWhenAbsent(error: unknown): null {
  if (error instanceof ConnectorError && error.kind === 'not-found') return null;
  throw error;
}

function toRate(row: Row): CrmRate[] {
  const rate = invertRate(row.ConversionRate);
  if (rate === null || typeof row.IsoCode !== 'string') return [];
  return [{ currency: row.IsoCode, rate, validFrom: String(row.StartDate) }];
}

function rows(api: SalesforceApi, soql: string): Promise<Row[]> {
  const object = /FROM (\w+)/.exec(soql)?.[1] ?? '';
  return queryRows(api, 'query', soql, { operation: 'read', object, priority: 3 });
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
