/** A small part of the sample company: its tricky cases, for both CRMs. */
import { caseFacts } from '../../sandbox/seed/case-facts.ts';
import type { Company } from '../../sandbox/seed/company.ts';
import { companyFacts } from '../../sandbox/seed/sample-company.ts';

const today = '2026-11-27';

/** The cases, so many ordinary deals with registrations beside them, and all that they name. */
export function smallCompany(ordinary: number): Company {
  const whole = companyFacts(7, today);
  const cases = new Set(caseFacts(today).opportunities.map(({ key }) => key));
  const registered = new Set(whole.registrations.map(({ opportunityKey }) => opportunityKey));
  const others = whole.opportunities
    .filter(({ key }) => !cases.has(key) && registered.has(key))
    .slice(0, ordinary);
  const kept = new Set([...cases, ...others.map(({ key }) => key)]);
  const opportunities = whole.opportunities.filter(({ key }) => kept.has(key));
  const parents = new Set(opportunities.flatMap(({ parentKey }) => parentKey ?? []));
  for (const one of whole.opportunities) {
    if (parents.has(one.key) && !kept.has(one.key)) opportunities.push({ ...one, parentKey: null });
  }
  const customers = new Set(opportunities.map(({ customerKey }) => customerKey));
  for (const { key, mergedInto } of whole.customers) {
    if (customers.has(key) && mergedInto) customers.add(mergedInto.key);
  }
  const named = new Set(opportunities.map(({ key }) => key));
  return {
    ...whole,
    opportunities,
    customers: whole.customers
      .filter(({ key }) => customers.has(key))
      .map((one) => (customers.has(one.parentKey) ? one : { ...one, parentKey: null })),
    registrations: whole.registrations.filter(
      ({ opportunityKey, customerKey }) =>
        named.has(opportunityKey ?? '') && (customerKey === null || customers.has(customerKey)),
    ),
    touches: whole.touches.filter(({ opportunityKey }) => named.has(opportunityKey)),
  };
}
