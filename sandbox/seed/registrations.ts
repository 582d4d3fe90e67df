/** Deal registrations of the drawn opportunities, and those that have led to none yet. */
import type {
  Customer,
  Opportunity,
  Partner,
  REASON_CODES,
  Registration,
  RegistrationState,
  UnnumberedRegistration,
} from './company.ts';
import { currencyOf } from './customers.ts';
import { dayAgo, instantAgo, onWorkingDay } from './days.ts';
import { PRODUCTS } from './names.ts';
import { partnerWeights } from './partners.ts';
import { type Random, random } from './random.ts';

type Reason = (typeof REASON_CODES)[number];

/** Protection lasts 90 days from the approval (domain.md section 3). */
const PROTECTION_DAYS = 90;

/** What an approver writes beside the code. */
const DETAILS: Record<Reason, string> = {
  DUPLICATE_PARTNER: 'Another partner registered this opportunity first.',
  DUPLICATE_SELF: 'You have registered this opportunity before.',
  DIRECT_ACTIVE: 'Our sales team was already working on this opportunity.',
  EXISTING_CUSTOMER: 'The customer already uses this product.',
  OUT_OF_TERRITORY: 'The customer lies outside the territory of your agreement.',
  PARTNER_NOT_AUTHORIZED: 'Your agreement does not cover this product.',
  INSUFFICIENT_INFO: 'Please name the decision maker and the expected close date.',
  TOO_EARLY: 'There is no project yet; please register again once there is one.',
  BELOW_MINIMUM: 'The deal is below the minimum size for registration.',
  RFP_OR_TENDER: 'Public tenders cannot be registered.',
  RENEWAL: 'Renewals stay with the partner of record.',
  CUSTOMER_PREFERS_OTHER: 'The customer told us in writing that it prefers another partner.',
  NO_RESPONSE: 'The questions were not answered within 20 business days.',
  OTHER: 'See the note of your channel manager.',
};

/** One in so many states of registrations that have no opportunity (yet). */
const LOOSE = {
  Draft: 8,
  Submitted: 26,
  'In Review': 18,
  'Action Required': 14,
  Approved: 22,
  Rejected: 14,
  Withdrawn: 10,
  Expired: 12,
  Revoked: 4,
} as const;

/**
 * A registration for an opportunity; its state follows from the decision and from the deal's end.
 */
export function registrationOf(
  draw: Random,
  today: string,
  claim: {
    opportunity: Opportunity;
    partnerKey: string;
    submittedAgo: number;
    fate: 'granted' | 'refused';
  },
): UnnumberedRegistration {
  const { opportunity, partnerKey, submittedAgo, fate } = claim;
  const decidedAgo = submittedAgo - (0.5 + draw.next() * 4.5);
  const waiting = decidedAgo < 1;
  const reason = draw.weighted<Reason>({
    DUPLICATE_PARTNER: 5,
    DIRECT_ACTIVE: 4,
    OUT_OF_TERRITORY: 2,
    INSUFFICIENT_INFO: 2,
    EXISTING_CUSTOMER: 1,
    PARTNER_NOT_AUTHORIZED: 1,
  } as Record<Reason, number>);
  const state = waiting
    ? draw.pick(['Submitted', 'In Review'] as const)
    : fate === 'granted'
      ? grantedState(draw, opportunity, decidedAgo)
      : 'Rejected';
  return complete(draw, today, {
    ...claim,
    partnerKey,
    customerKey: opportunity.customerKey,
    product: opportunity.product,
    currency: opportunity.currency,
    amount: opportunity.steps.at(-1)!.amount,
    opportunityKey: opportunity.key,
    state,
    submittedAgo: Math.max(submittedAgo, 0.6),
    decidedAgo: waiting ? null : decidedAgo,
    reason: state === 'Rejected' ? reason : null,
  });
}

/**
 * Half of the approved ones were carried on as the state machine says; half were left Approved, as
 * people do.
 */
function grantedState(draw: Random, deal: Opportunity, decidedAgo: number): RegistrationState {
  const { stage } = deal.steps.at(-1)!;
  const kept = draw.chance(0.5);
  if (stage === 'Closed Won') return kept ? 'Won' : 'Approved';
  if (stage === 'Closed Lost') return kept ? 'Lost' : 'Approved';
  if (decidedAgo > PROTECTION_DAYS) return 'Expired';
  return kept ? 'Converted' : 'Approved';
}

/** Registrations without an opportunity: the approvers' inbox, and what came to nothing. */
export function looseRegistrations(
  seed: number,
  today: string,
  facts: { partners: Partner[]; customers: Customer[] },
): UnnumberedRegistration[] {
  const draw = random(seed, 'loose-registrations');
  const weights = partnerWeights(facts.partners);
  return (Object.entries(LOOSE) as [RegistrationState, number][]).flatMap(([state, count]) =>
    Array.from({ length: count }, () => {
      const customer = draw.pick(facts.customers);
      return complete(draw, today, {
        partnerKey: draw.weighted(weights),
        customerKey: customer.key,
        product: draw.pick(PRODUCTS),
        region: customer.region,
        currency: currencyOf(customer.country),
        amount: (draw.int(20, 900) * 100).toFixed(2),
        opportunityKey: null,
        state,
        ...looseDates(draw, state),
      });
    }),
  );
}

type Dates = { submittedAgo: number | null; decidedAgo: number | null; reason: Reason | null };

function looseDates(draw: Random, state: RegistrationState): Dates {
  const recent = 0.6 + draw.next() * 9;
  const long = 15 + draw.next() * 300;
  switch (state) {
    case 'Draft':
      return { submittedAgo: null, decidedAgo: null, reason: null };
    case 'Submitted':
    case 'In Review':
      return { submittedAgo: recent, decidedAgo: null, reason: null };
    case 'Action Required':
      return { submittedAgo: recent + 6, decidedAgo: null, reason: 'INSUFFICIENT_INFO' };
    case 'Approved':
      return { submittedAgo: 8 + draw.next() * 60, decidedAgo: 6, reason: null };
    case 'Expired':
      return { submittedAgo: 110 + long, decidedAgo: 105 + long, reason: null };
    case 'Withdrawn':
      return { submittedAgo: long + 5, decidedAgo: null, reason: null };
    case 'Revoked':
      return { submittedAgo: long + 5, decidedAgo: long, reason: 'CUSTOMER_PREFERS_OTHER' };
    default:
      return {
        submittedAgo: long + 5,
        decidedAgo: long,
        reason: draw.pick(['TOO_EARLY', 'OTHER']),
      };
  }
}

type Outline = Pick<
  Registration,
  'partnerKey' | 'customerKey' | 'product' | 'currency' | 'amount' | 'opportunityKey' | 'state'
> &
  Dates & { region?: Registration['region']; opportunity?: Opportunity };

function complete(draw: Random, today: string, outline: Outline): UnnumberedRegistration {
  const { submittedAgo, decidedAgo, reason, opportunity, ...facts } = outline;
  const createdAgo = submittedAgo === null ? draw.int(2, 40) : submittedAgo;
  const granted = decidedAgo !== null && facts.state !== 'Rejected';
  // Early enough that the Monday after a weekend still lies before today.
  const early = createdAgo > 2.6 ? createdAgo : 2.6 + draw.next() * 3;
  const createdAt = onWorkingDay(instantAgo(today, early));
  const submittedAt = submittedAgo === null ? null : createdAt;
  const decidedAt = decidedAgo === null ? null : instantAgo(today, Math.max(decidedAgo, 0.6));
  const decided = decidedAt !== null && decidedAt < createdAt ? createdAt : decidedAt;
  return {
    partnerKey: facts.partnerKey,
    opportunityKey: facts.opportunityKey,
    customerKey: facts.customerKey,
    state: facts.state,
    product: facts.product,
    region: outline.region ?? opportunity?.region ?? 'Americas',
    amount: facts.amount,
    currency: facts.currency,
    createdAt,
    submittedAt,
    decidedAt: decided,
    protectedUntil: granted ? dayAgo(today, decidedAgo - PROTECTION_DAYS) : null,
    marginPercent: granted ? draw.pick([20, 25, 30]) : null,
    reason,
    reasonDetail: reason === null ? null : DETAILS[reason],
    evidenceAt: null,
    confirmedAt: null,
    resubmissions: 0,
    changedAt: decided ?? createdAt,
  };
}
