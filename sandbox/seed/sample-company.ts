/** The seeded sample company: one number and a day give the same company every time. */
import type { Dataset } from '../dataset.ts';
import type { HubSpotDataset } from '../hubspot/dataset.ts';
import { caseFacts } from './case-facts.ts';
import type {
  Company,
  Registration,
  Touch,
  UnnumberedRegistration,
  UnnumberedTouch,
} from './company.ts';
import { customers } from './customers.ts';
import { partnerActivity } from './partner-activity.ts';
import { partners } from './partners.ts';
import { people } from './people.ts';
import { pipeline } from './pipeline.ts';
import { CORPORATE_CURRENCY, rates } from './rates.ts';
import { looseRegistrations } from './registrations.ts';
import { toHubSpot } from './to-hubspot.ts';
import { toSalesforce } from './to-salesforce.ts';

/** The sample company as a Salesforce org's records. `today` is a calendar day in UTC; everything
 *  that
 *  has happened in it lies before that day. Throws on a `today` that is no day. */
export function sampleCompany(seed: number, today: string): Dataset {
  return toSalesforce(companyFacts(seed, today));
}

/** The same company as a HubSpot portal's records. */
export function samplePortal(seed: number, today: string): HubSpotDataset {
  return toHubSpot(companyFacts(seed, today));
}

/** The one company on both CRMs. */
export function sampleCrms(
  seed: number,
  today: string,
): { dataset: Dataset; hubspotDataset: HubSpotDataset } {
  const company = companyFacts(seed, today);
  return { dataset: toSalesforce(company), hubspotDataset: toHubSpot(company) };
}

/** The same company without any CRM's field names. */
export function companyFacts(seed: number, today: string): Company {
  if (!/^\d{4}-\d\d-\d\d$/.test(today) || Number.isNaN(Date.parse(today))) {
    throw new Error(`The sample company needs a day like "2026-11-27", not "${today}".`);
  }
  const everybody = people();
  const allPartners = partners(seed, today);
  const cases = caseFacts(today);
  const taken = new Set(cases.customers.map((customer) => customer.name));
  const drawn = customers(seed, today, { people: everybody, taken });
  const deals = pipeline(seed, today, { customers: drawn, people: everybody });
  const activity = partnerActivity(seed, today, { opportunities: deals, partners: allPartners });
  const loose = looseRegistrations(seed, today, { partners: allPartners, customers: drawn });
  return {
    name: 'Halden Software',
    today,
    corporateCurrency: CORPORATE_CURRENCY,
    people: everybody,
    partners: allPartners,
    customers: [...cases.customers, ...drawn],
    opportunities: [...cases.opportunities, ...activity.opportunities],
    registrations: numbered([...cases.registrations, ...activity.registrations, ...loose]),
    touches: numberedTouches([...cases.touches, ...activity.touches]),
    rates: rates(seed, today),
  };
}

/** DR-00001 is the oldest; of one instant, the one written down first. */
function numbered(all: UnnumberedRegistration[]): Registration[] {
  const byTime = all.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
  return byTime.map((registration, index) => {
    const number = `DR-${String(index + 1).padStart(5, '0')}`;
    return { ...registration, key: number, number };
  });
}

function numberedTouches(all: UnnumberedTouch[]): Touch[] {
  const byTime = all.toSorted((a, b) => a.at.localeCompare(b.at));
  return byTime.map((touch, index) => {
    const number = `PT-${String(index + 1).padStart(5, '0')}`;
    return { ...touch, key: number, number };
  });
}
