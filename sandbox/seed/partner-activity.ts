/**
 * What partners did on the drawn opportunities: registrations, touches and roles, laid over the
 * pipeline.
 */
import type {
  Opportunity,
  Partner,
  TouchKind,
  UnnumberedRegistration,
  UnnumberedTouch,
} from './company.ts';
import { daysSince, instantAgo, onWorkingDay } from './days.ts';
import { partnerWeights } from './partners.ts';
import { type Random, random } from './random.ts';
import { registrationOf } from './registrations.ts';

export interface PartnerActivity {
  opportunities: Opportunity[];
  registrations: UnnumberedRegistration[];
  touches: UnnumberedTouch[];
}

/** Shares of opportunities by how partners were involved: about two in five at all. */
const INVOLVEMENT = {
  none: 59,
  registered: 14,
  registeredLate: 4,
  rejected: 4,
  touched: 8,
  referred: 3,
  trustedOrigin: 2,
  fulfilled: 2,
  delivered: 2,
  overlap: 2,
};

const CO_SELL: TouchKind[] = [
  'Discovery',
  'Technical validation',
  'Executive introduction',
  'Reference',
];

/** Registrations and touches for opportunities; sets the partner fields of some opportunities. */
export function partnerActivity(
  seed: number,
  today: string,
  facts: { opportunities: Opportunity[]; partners: Partner[] },
): PartnerActivity {
  const draw = random(seed, 'partner-activity');
  const pick = () => draw.weighted(weights);
  const weights = partnerWeights(facts.partners);
  const made: PartnerActivity = { opportunities: [], registrations: [], touches: [] };
  for (const opportunity of facts.opportunities) {
    const deal = new Deal(draw, today, opportunity, made, pick());
    made.opportunities.push(involve(deal, draw.weighted(INVOLVEMENT), pick));
  }
  return made;
}

/** One opportunity and the partner who works on it. */
class Deal {
  readonly draw: Random;
  readonly opportunity: Opportunity;
  readonly partnerKey: string;
  readonly today: string;
  readonly #made: PartnerActivity;
  readonly #createdAgo: number;
  readonly #endAgo: number;

  constructor(
    draw: Random,
    today: string,
    opportunity: Opportunity,
    made: PartnerActivity,
    partnerKey: string,
  ) {
    this.draw = draw;
    this.today = today;
    this.opportunity = opportunity;
    this.partnerKey = partnerKey;
    this.#made = made;
    this.#createdAgo = daysSince(today, opportunity.steps[0]!.at);
    const last = opportunity.steps.at(-1)!;
    this.#endAgo = last.stage.startsWith('Closed') ? daysSince(today, last.at) : 0.7;
  }

  /** A registration handed in so many days before (negative: after) the opportunity was opened. */
  register(leadDays: number, fate: 'granted' | 'refused', partnerKey = this.partnerKey): void {
    const submittedAgo = Math.max(this.#createdAgo + leadDays, this.#endAgo + 4);
    this.#made.registrations.push(
      registrationOf(this.draw, this.today, {
        opportunity: this.opportunity,
        partnerKey,
        submittedAgo,
        fate,
      }),
    );
  }

  /** One action of a partner between the opening (or `leadDays` before it) and the close. */
  touch(kind: TouchKind, leadDays = 0, partnerKey = this.partnerKey): void {
    const from = this.#createdAgo + leadDays;
    const ago = leadDays > 0 ? from : from - this.draw.next() * Math.max(0, from - this.#endAgo);
    this.#made.touches.push({
      partnerKey,
      opportunityKey: this.opportunity.key,
      kind,
      // The last working days are filled evenly, not all at one moment.
      at: onWorkingDay(instantAgo(this.today, ago > 3 ? ago : 3 + this.draw.next() * 4)),
    });
  }
}

function involve(deal: Deal, how: keyof typeof INVOLVEMENT, another: () => string): Opportunity {
  const { draw, opportunity, partnerKey } = deal;
  switch (how) {
    case 'none':
      return opportunity;
    case 'registered':
      deal.register(1 + draw.next() * 24, 'granted');
      if (draw.chance(0.15)) deal.register(draw.next() - 3, 'refused', another());
      if (draw.chance(0.4)) deal.touch(draw.pick(CO_SELL));
      return opportunity;
    case 'registeredLate':
      deal.register(-(8 + draw.next() * 20), 'granted');
      return opportunity;
    case 'rejected':
      deal.register(draw.next() * 10 - 8, 'refused');
      return opportunity;
    case 'touched':
      for (let i = draw.int(1, 3); i > 0; i -= 1) {
        deal.touch(draw.pick(CO_SELL), 0, draw.chance(0.6) ? partnerKey : another());
      }
      return opportunity;
    case 'referred':
      deal.touch('Referral link', 1 + draw.next() * 27);
      return { ...opportunity, leadSource: 'Partner Referral', referralPartnerKey: partnerKey };
    case 'trustedOrigin': {
      const origin = draw.pick(['AWS partner referral', 'Microsoft partner-led'] as const);
      deal.touch(origin, 0.5);
      return { ...opportunity, origin, originPartnerKey: partnerKey };
    }
    case 'fulfilled': {
      const kind = draw.pick(['Marketplace purchase', 'Reseller', 'Distributor'] as const);
      deal.touch(kind);
      return kind === 'Reseller' ? { ...opportunity, partnerOfRecordKey: partnerKey } : opportunity;
    }
    case 'delivered':
      deal.touch('Implementation');
      return opportunity;
    case 'overlap':
      deal.touch('Account overlap');
      return opportunity;
  }
}
