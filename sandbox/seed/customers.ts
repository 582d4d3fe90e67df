/** About 900 customers with names, countries, owners and a few parent companies. */
import type { Customer, Person } from './company.ts';
import { instantAgo, onWorkingDay } from './days.ts';
import { COUNTRIES, CUSTOMER_FIRST, CUSTOMER_SECOND, slug } from './names.ts';
import { sellersOf } from './people.ts';
import { type Random, random } from './random.ts';

export const CUSTOMER_COUNT = 900;

/** One customer in this many belongs to another one. */
const SUBSIDIARY_EVERY = 30;

/** The drawn customers; names are unique, and none is `taken` by a customer of the named cases. */
export function customers(
  seed: number,
  today: string,
  others: { people: Person[]; taken: ReadonlySet<string> },
): Customer[] {
  const draw = random(seed, 'customers');
  const free = shuffledNames(draw).filter(({ name }) => !others.taken.has(name));
  const names = free.slice(0, CUSTOMER_COUNT);
  const made: Customer[] = [];
  for (const [index, { name, industry }] of names.entries()) {
    const home = countryOf(draw);
    const parent = index % SUBSIDIARY_EVERY === SUBSIDIARY_EVERY - 1 ? made[index - 7] : undefined;
    made.push({
      key: `customer/${slug(name)}`,
      name,
      industry,
      country: home.country,
      region: home.region,
      website: `https://www.${slug(name)}.example`,
      employees: Math.round(draw.logNormal(240, 1.2)) + 5,
      ownerKey: draw.pick(sellersOf(others.people, home.region)),
      createdAt: onWorkingDay(instantAgo(today, draw.int(830, 1900) + draw.next() / 3)),
      parentKey: parent?.key ?? null,
      mergedInto: null,
    });
  }
  return made;
}

/** The currency an account is billed in. */
export function currencyOf(country: string): string {
  return COUNTRIES.find((c) => c.country === country)?.currency ?? 'USD';
}

function countryOf(draw: Random): (typeof COUNTRIES)[number] {
  const weights = Object.fromEntries(COUNTRIES.map((c) => [c.country, c.weight]));
  const country = draw.weighted(weights);
  return COUNTRIES.find((c) => c.country === country)!;
}

/**
 * Every first name with every second one, in a drawn order (Fisher-Yates): more than are needed.
 */
function shuffledNames(draw: Random): { name: string; industry: string }[] {
  const names = Object.entries(CUSTOMER_SECOND).flatMap(([industry, seconds]) =>
    seconds.flatMap((second) =>
      CUSTOMER_FIRST.map((first) => ({ name: `${first} ${second}`, industry })),
    ),
  );
  for (let i = names.length - 1; i > 0; i -= 1) {
    const j = draw.int(0, i);
    [names[i], names[j]] = [names[j]!, names[i]!];
  }
  return names;
}
