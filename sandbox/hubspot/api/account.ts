/** The account: who it is, what of the day's calls is used, and its currencies. */

import { badRequest } from '../errors.ts';
import type { ExchangeRate, Portal } from '../portal.ts';
import {
  type HubSpotApi,
  type HubSpotCall,
  jsonBody,
  limitQuery,
  needs,
  nextPage,
} from './call.ts';

const dated = ':version{2026-0[39]}';
const pageMax = 100;
const dayMs = 86_400_000;

/** Account information, usage and currencies, each in both path families. */
export function mountAccount(api: HubSpotApi): void {
  for (const base of ['/account-info/v3', `/account-info/${dated}`]) {
    api.get(`${base}/details`, details);
    api.get(`${base}/api-usage/daily`, usage);
    api.get(`${base}/api-usage/daily/private-apps`, usage);
  }
  for (const base of ['/settings/v3/currencies', `/settings/currencies/${dated}`]) {
    api.get(`${base}/company-currency`, (c) =>
      c.json({ currencyCode: c.get('portal').companyCurrency }),
    );
    api.get(`${base}/exchange-rates`, rates);
    api.get(`${base}/exchange-rates/current`, currentRates);
    api.post(`${base}/exchange-rates`, addRate);
  }
}

function details(c: HubSpotCall): Response {
  const { id, companyCurrency, exchangeRates } = c.get('portal');
  const others = new Set(exchangeRates.map(({ fromCurrencyCode }) => fromCurrencyCode));
  return c.json({
    portalId: Number(id),
    accountType: 'STANDARD',
    timeZone: 'UTC',
    companyCurrency,
    additionalCurrencies: [...others].filter((code) => code !== companyCurrency),
    utcOffset: '+00:00',
    utcOffsetMilliseconds: 0,
    uiDomain: 'app.hubspot.com',
    dataHostingLocation: 'na1',
  });
}

function usage(c: HubSpotCall): Response {
  const { limiter, clock } = c.get('portal');
  const midnight = (Math.floor(clock.now() / dayMs) + 1) * dayMs;
  const row = {
    name: 'private-apps-api-calls-daily',
    usageLimit: limiter.settings.daily,
    currentUsage: limiter.usedToday,
    collectedAt: clock.iso(),
    fetchStatus: 'SUCCESS',
    resetsAt: new Date(midnight).toISOString(),
  };
  return c.json({ results: [row] });
}

function rateRow(portal: Portal, rate: ExchangeRate) {
  const at = new Date(rate.effectiveAt).toISOString();
  return {
    id: rate.id,
    fromCurrencyCode: rate.fromCurrencyCode,
    toCurrencyCode: portal.companyCurrency,
    conversionRate: rate.conversionRate,
    effectiveAt: at,
    createdAt: at,
    updatedAt: at,
    visibleInUI: true,
  };
}

/** All rates, oldest first; `fromCurrencyCode` narrows them. */
function rates(c: HubSpotCall): Response {
  needs(c, 'settings.currencies.read');
  const portal = c.get('portal');
  const from = c.req.query('fromCurrencyCode');
  const after = c.req.query('after');
  const all = portal.exchangeRates.filter((rate) => !from || rate.fromCurrencyCode === from);
  const start = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
  const limit = limitQuery(c, pageMax, pageMax);
  const page = all.slice(start, start + limit);
  const more = start + limit < all.length ? nextPage(c, page.at(-1)!.id) : {};
  return c.json({ results: page.map((rate) => rateRow(portal, rate)), ...more });
}

function currentRates(c: HubSpotCall): Response {
  needs(c, 'settings.currencies.read');
  const portal = c.get('portal');
  const now = portal.clock.now();
  const latest = new Map<string, ExchangeRate>();
  for (const rate of portal.exchangeRates) {
    const known = latest.get(rate.fromCurrencyCode);
    if (rate.effectiveAt > now || (known && known.effectiveAt > rate.effectiveAt)) continue;
    latest.set(rate.fromCurrencyCode, rate);
  }
  return c.json({ results: [...latest.values()].map((rate) => rateRow(portal, rate)) });
}

async function addRate(c: HubSpotCall): Promise<Response> {
  needs(c, 'settings.currencies.write');
  const portal = c.get('portal');
  const { fromCurrencyCode, conversionRate, effectiveAt } = await jsonBody(c);
  if (typeof fromCurrencyCode !== 'string' || !(Number(conversionRate) > 0)) {
    throw badRequest('fromCurrencyCode and a conversionRate above 0 are required.');
  }
  const at = effectiveAt ? Date.parse(String(effectiveAt)) : portal.clock.now();
  if (Number.isNaN(at)) throw badRequest(`effectiveAt is no instant: ${String(effectiveAt)}`);
  const rate = {
    id: String(portal.exchangeRates.length + 1),
    fromCurrencyCode,
    conversionRate: Number(conversionRate),
    effectiveAt: at,
  };
  portal.exchangeRates.push(rate);
  return c.json(rateRow(portal, rate), 201);
}
