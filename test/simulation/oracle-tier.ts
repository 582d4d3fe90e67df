/** The right tier of a partner, worked out from the CRM's facts alone (domain.md section 8). */
import type { Facts } from './crm-facts.ts';
import { type Numbers, rightAnswer } from './oracle.ts';

const tiers = [
  { name: 'Registered', revenue: 0, won: 0 },
  { name: 'Silver', revenue: 20_000, won: 3 },
  { name: 'Gold', revenue: 40_000, won: 6 },
  { name: 'Platinum', revenue: 80_000, won: 10 },
];

/** The tier a partner qualifies for by what it sourced and won in the last twelve months. */
export function rightTier(partner: string, facts: Facts, now: number, policy: Numbers): string {
  const today = new Date(now).toISOString().slice(0, 10);
  const yearAgo = `${Number(today.slice(0, 4)) - 1}${today.slice(4)}`;
  const won = facts.deals.filter((deal) => {
    const on = String(deal.row['CloseDate']).slice(0, 10);
    const isWon = deal.row['IsWon'] === true && yearAgo < on && on <= today;
    return isWon && rightAnswer(deal, facts, now, policy).sourcingPartner === partner;
  });
  const revenue = won.reduce((sum, deal) => sum + Number(deal.row['Amount'] ?? 0), 0);
  return tiers.findLast((tier) => tier.revenue <= revenue && tier.won <= won.length)!.name;
}
