/** Exchange rates: one a currency and month, a slow random walk that ends near the usual values. */
import type { Rate } from './company.ts';
import { random } from './random.ts';

/** Units for one US dollar, roughly as in the years around 2026. */
const USUAL: Record<string, number> = {
  EUR: 0.92,
  GBP: 0.78,
  SEK: 10.4,
  JPY: 148,
  CAD: 1.37,
  AUD: 1.52,
};
export const CORPORATE_CURRENCY = 'USD';
/** A currency a deal of case 27 was imported with, and that has no rate: never to be guessed. */
export const CURRENCY_WITHOUT_RATE = 'PLN';

const MONTHS = 30;

/** Rates from 30 months before `today` to its own month; the corporate currency is 1 throughout. */
export function rates(seed: number, today: string): Rate[] {
  return Object.entries(USUAL).flatMap(([currency, usual]) => {
    const draw = random(seed, `rates/${currency}`);
    let factor = 1 + (draw.next() - 0.5) * 0.06;
    return monthStarts(today).map((from) => {
      // Pulled back to the usual value, so that the walk cannot leave for the absurd.
      factor += (draw.next() - 0.5) * 0.02 + (1 - factor) * 0.08;
      return { currency, from, rate: (usual * factor).toFixed(6) };
    });
  });
}

function monthStarts(today: string): string[] {
  const [year = 0, month = 1] = today.split('-').map(Number);
  return Array.from({ length: MONTHS }, (_, i) =>
    new Date(Date.UTC(year, month - MONTHS + i, 1)).toISOString().slice(0, 10),
  );
}
