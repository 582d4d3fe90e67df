/** Facts of the account itself: its id, currency and zone, our user in it, its exchange rates. */
import type { CrmAccount, CrmRate } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import { malformedResponse } from './errors.ts';
import { authorOf, type Owner, type OwnerDirectory, userIdOf } from './owners.ts';
import { privateAppInfo } from './paths.ts';

/** What the account says of itself; the parts we read (HubSpot docs, "Account information"). */
export interface AccountDetails {
  portalId: number;
  accountType?: string;
  timeZone?: string;
  companyCurrency?: string;
  additionalCurrencies?: string[];
  uiDomain?: string;
}

/** Reads the account's details: one call. */
export async function readDetails(api: HubSpotApi): Promise<AccountDetails> {
  const call = { operation: 'read the account', priority: 3 as const };
  const path = api.paths.accountDetails;
  const details = await api.call<AccountDetails>({ ...call, method: 'GET', path });
  if (typeof details?.portalId !== 'number') throw malformedResponse(call);
  return details;
}

/** The account and our user in it. A service key has no user: the id is '' then. */
export async function readAccount(
  api: HubSpotApi,
  owners: OwnerDirectory,
  details: AccountDetails,
): Promise<CrmAccount> {
  const user = await readUser(api);
  const owner = (await byUserId(owners)).get(user.id);
  const { firstName, lastName, email } = owner ?? {};
  return {
    accountId: String(details.portalId),
    userId: authorOf(user.id, owner),
    userName: [firstName, lastName].filter(Boolean).join(' ') || (email ?? user.name),
    recordUrlBase: recordUrlBase(api, details),
    currency: details.companyCurrency ?? null,
    multiCurrency: (details.additionalCurrencies ?? []).length > 0,
    isSandbox: /SANDBOX|TEST/.test(details.accountType ?? ''),
  };
}

/** Owners by their users' ids; none where the app may not see owners. */
export async function byUserId(owners: OwnerDirectory): Promise<Map<string, Owner>> {
  try {
    const all = await owners.byId();
    return new Map(
      [...all.values()].flatMap((owner) => {
        const id = userIdOf(owner);
        return id === null ? [] : [[id, owner] as const];
      }),
    );
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'missing-scope') return new Map();
    throw error;
  }
}

/** Pages of the account, by its own domain; a sandbox shows them where it answers. */
function recordUrlBase({ auth }: HubSpotApi, { uiDomain, portalId }: AccountDetails): string {
  const host = new URL(auth.loginUrl).hostname;
  const isHubSpot = host.endsWith('.hubapi.com') || host.endsWith('.hubspot.com');
  const base = isHubSpot ? `https://${uiDomain ?? 'app.hubspot.com'}` : auth.loginUrl;
  return `${base.replace(/\/$/, '')}/contacts/${portalId}`;
}

/** Our user. Neither this call nor `readScopes` counts against the account's limits. */
async function readUser(api: HubSpotApi): Promise<{ id: string; name: string }> {
  return userIn(await readToken(api, await api.token(), 'read who we are'));
}

/**
 * The scopes our token has now: a private app's can be changed while its token stays. null where
 * HubSpot does not tell, as of a service key.
 */
export async function readScopes(api: HubSpotApi): Promise<ReadonlySet<string> | null> {
  const info = await readToken(api, await api.token({ anew: true }), 'read our scopes');
  const { scopes } = (info ?? {}) as { scopes?: unknown };
  return Array.isArray(scopes) ? new Set(scopes.map(String)) : null;
}

/**
 * What a token stands for: a private app's by its own call, an OAuth token's by introspection (in
 * v1 by its own address). null: HubSpot does not know it as an app's.
 */
async function readToken(api: HubSpotApi, token: string, operation: string): Promise<unknown> {
  const { auth, paths } = api;
  if (auth.flow === 'token') {
    const request = { method: 'POST' as const, path: privateAppInfo, body: { tokenKey: token } };
    return api.unsigned(request, operation).catch(nothingWhenUnknown);
  }
  if (paths.introspect === null) {
    const path = `/oauth/v1/access-tokens/${encodeURIComponent(token)}`;
    return api.unsigned({ method: 'GET', path }, operation);
  }
  const form = {
    token,
    client_id: auth.clientId,
    ...(auth.clientSecret === undefined ? {} : { client_secret: auth.clientSecret }),
  };
  return api.unsigned({ method: 'POST', path: paths.introspect, form }, operation);
}

function userIn(info: unknown): { id: string; name: string } {
  const { userId, user_id, user } = (info ?? {}) as Record<string, unknown>;
  const id = userId ?? user_id;
  return {
    id: id === undefined || id === null ? '' : String(id),
    name: typeof user === 'string' ? user : '',
  };
}

/** A service key is no private app, and nothing tells whose it is. */
function nothingWhenUnknown(error: unknown): null {
  const unknown = ['not-found', 'rejected', 'missing-scope', 'unauthorized'];
  if (error instanceof ConnectorError && unknown.includes(error.kind)) return null;
  throw error;
}

interface RatePage {
  results?: { fromCurrencyCode: string; conversionRate: number; effectiveAt: string }[];
  paging?: { next?: { after?: string } };
}

/** Rates as the value of one unit in company currency, which is how HubSpot keeps them. */
export async function readRates(api: HubSpotApi): Promise<CrmRate[]> {
  const rates: CrmRate[] = [];
  const call = { operation: 'read exchange rates', priority: 3 as const };
  for (let after = ''; ; ) {
    const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const path = `${api.paths.exchangeRates}?limit=100${from}`;
    const page = await api.call<RatePage>({ ...call, method: 'GET', path });
    if (!Array.isArray(page?.results)) throw malformedResponse(call);
    for (const { fromCurrencyCode, conversionRate, effectiveAt } of page.results) {
      const validFrom = new Date(effectiveAt).toISOString().slice(0, 10);
      rates.push({ currency: fromCurrencyCode, rate: decimal(conversionRate), validFrom });
    }
    const next = page.paging?.next?.after ?? '';
    if (next === '' || next === after) return rates;
    after = next;
  }
}

/** A JSON number as a plain decimal text: HubSpot keeps six decimals of a rate. */
function decimal(value: number): string {
  const text = String(value);
  return /e/i.test(text) ? value.toFixed(12).replace(/0+$/, '') : text;
}
