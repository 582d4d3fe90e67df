/** About 3,000 opportunities as a sales team leaves them: won, lost and open over two years. */
import type { Customer, Opportunity, Person, Stage, StageStep } from './company.ts';
import { currencyOf } from './customers.ts';
import { dayAgo, daysSince, instantAgo, onWorkingDay } from './days.ts';
import { PRODUCTS } from './names.ts';
import { type Random, random } from './random.ts';

export const OPPORTUNITY_COUNT = 2950;

const OPEN_STAGES: Stage[] = ['Prospecting', 'Qualification', 'Needs Analysis', 'Proposal'];
const LOSS_REASONS = [
  'Price',
  'Lost to competitor',
  'No decision',
  'Missing feature',
  'Budget cut',
];
const NEXT_STEPS = [
  'Send the revised proposal',
  'Technical workshop with their IT',
  'Security questionnaire',
  'Call with the CFO',
  'Wait for the board meeting',
  'Agree on the start date',
];
const SOURCES = {
  Web: 4,
  'Phone Inquiry': 2,
  'Trade Show': 2,
  Outbound: 4,
  'Existing Customer': 2,
};

/** Units of a currency that feel like one dollar to a price list. */
const PRICE_LEVEL: Record<string, number> = { JPY: 150, SEK: 10 };

/** The drawn opportunities; partner business is laid on top by partner-activity.ts. */
export function pipeline(
  seed: number,
  today: string,
  company: { customers: Customer[]; people: Person[] },
): Opportunity[] {
  const draw = random(seed, 'pipeline');
  const sellers = company.people.filter((p) => p.role === 'ae');
  return Array.from({ length: OPPORTUNITY_COUNT }, (_, index) => {
    const customer = draw.pick(company.customers);
    // Three in four deals are worked by the account's owner; the rest went to a colleague.
    const colleagues = sellers.filter((p) => p.region === customer.region && p.active);
    const ownerKey = draw.chance(0.75) ? customer.ownerKey : draw.pick(colleagues).key;
    return opportunity(draw, today, { index, customer, ownerKey });
  });
}

interface Seat {
  index: number;
  customer: Customer;
  ownerKey: string;
}

function opportunity(draw: Random, today: string, seat: Seat): Opportunity {
  const { customer, ownerKey } = seat;
  const product = draw.pick(PRODUCTS);
  const currency = currencyOf(customer.country);
  const type = draw.weighted({ 'New Business': 6, 'Existing Business': 3 });
  const steps = history(draw, today, { ownerKey, amount: amountOf(draw, type, currency) });
  const last = steps.at(-1)!;
  const open = !last.stage.startsWith('Closed');
  const quiet = daysSince(today, last.at);
  return {
    key: `opportunity/${String(seat.index + 1).padStart(5, '0')}`,
    name: `${customer.name} - ${product}`,
    customerKey: draw.chance(0.02) ? null : customer.key,
    ownerKey,
    product,
    region: customer.region,
    type,
    leadSource: draw.chance(0.9) ? draw.weighted(SOURCES) : null,
    currency,
    steps,
    lastActivityOn: open && quiet > 2 ? dayAgo(today, draw.int(1, Math.ceil(quiet))) : dayOf(last),
    nextStep: open && draw.chance(0.6) ? draw.pick(NEXT_STEPS) : null,
    lossReason: last.stage === 'Closed Lost' ? draw.pick(LOSS_REASONS) : null,
    referralPartnerKey: null,
    origin: null,
    originPartnerKey: null,
    parentKey: null,
    partnerOfRecordKey: null,
    override: null,
  };
}

/** Median 18,000 dollars; some are unknown, a few are zero or credit notes (domain.md case 28). */
function amountOf(draw: Random, type: string, currency: string): string | null {
  const size = draw.logNormal(18_000, 0.9) * (PRICE_LEVEL[currency] ?? 1);
  const kind = draw.weighted({ usual: 955, unknown: 30, zero: 10, credit: 5 });
  if (kind === 'unknown') return null;
  if (kind === 'zero') return '0.00';
  if (kind === 'credit' && type === 'Existing Business') return (-size / 10).toFixed(2);
  return draw.chance(0.15) ? size.toFixed(2) : (Math.round(size / 50) * 50).toFixed(2);
}

/** The stages an opportunity went through, with dates; the last one is where it stands. */
function history(
  draw: Random,
  today: string,
  deal: { ownerKey: string; amount: string | null },
): StageStep[] {
  const outcome = draw.weighted({ 'Closed Won': 41, 'Closed Lost': 34, open: 25 });
  const cycleDays = Math.max(4, Math.min(260, draw.logNormal(70, 0.6)));
  const closedAgo = 1 + draw.next() * 690;
  const createdAgo = outcome === 'open' ? 1 + 230 * draw.next() ** 1.6 : closedAgo + cycleDays;
  const stages = stagesOf(draw, outcome);
  // Later stages come later; an open deal's last change leans towards the present.
  const span = outcome === 'open' ? createdAgo - 0.6 : cycleDays;
  const marks = stages
    .map((_, i) => (i === 0 ? 0 : draw.next() ** 0.6 * 0.97))
    .sort((a, b) => a - b);
  if (outcome !== 'open') marks[marks.length - 1] = 1;
  const closeDate = dayAgo(
    today,
    outcome === 'open' ? -draw.int(-25, 120) : createdAgo - cycleDays,
  );
  return stages.map((stage, i) => {
    const at = latest(onWorkingDay(instantAgo(today, createdAgo - span * marks[i]!)), today);
    return { stage, at, byKey: deal.ownerKey, amount: deal.amount, closeDate };
  });
}

/** Some deals skip stages, some are put on hold, a few go back and forth. */
function stagesOf(draw: Random, outcome: 'Closed Won' | 'Closed Lost' | 'open'): Stage[] {
  const reached = outcome === 'Closed Won' ? 4 : draw.int(1, 4);
  const walked = OPEN_STAGES.slice(0, reached).filter((_, i) => i === 0 || draw.chance(0.85));
  const negotiates = reached === 4 && draw.chance(outcome === 'open' ? 0.55 : 0.8);
  if (negotiates) walked.push('Negotiation');
  if (negotiates && draw.chance(0.06)) walked.push('Proposal', 'Negotiation');
  if (outcome === 'open') return draw.chance(0.06) ? [...walked, 'On Hold'] : walked;
  return [...walked, outcome];
}

/** Moving off a weekend must not lead into today, which has not happened yet. */
function latest(instant: string, today: string): string {
  const limit = instantAgo(today, 0.6);
  return instant < limit ? instant : limit;
}

function dayOf(step: StageStep): string {
  return step.at.slice(0, 10);
}
