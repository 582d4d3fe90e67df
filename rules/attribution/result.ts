/** From a ruling to the decision: fields, status, money, sentence and alert. */

import { rateFor, shareOf, toCorporate } from '../currency.ts';
import { clip, joinWithin, reasonMax, sayName } from '../sentences.ts';
import { wholePool } from '../splits.ts';
import { dateOf } from '../time.ts';
import type {
  AlertCondition,
  AttributionStatus,
  FieldValues,
  Instant,
  PartnerCredit,
  Policy,
} from '../types.ts';
import { conflictOf } from './conflict.ts';
import type { Claim, Dossier } from './dossier.ts';
import { isConfirmed } from './due.ts';
import type { AttributionFacts } from './facts.ts';
import { lostKey } from './lost-partner.ts';
import type { Ruling } from './ruling.ts';

/**
 * Memory among the fields, written to no CRM: what waited for an off-boarded partner while it was
 * open goes on waiting when it closes, or closing would hand out the credit.
 */
export const offboardedKey = 'attribution_offboarded';

/** Desired values of every attribution field, by canonical key (domain.md section 5.1). */
export function attributionFields(
  facts: AttributionFacts,
  dossier: Dossier,
  decided: Ruling,
  credits: PartnerCredit[],
  policy: Policy,
  now: Instant,
): FieldValues {
  const { claim } = decided;
  const influencing = credits.filter((credit) => credit.role === 'Influencing');
  // In the order of their names: ids differ from CRM to CRM, the text must not.
  const names = influencing
    .map((credit) => facts.partners.get(credit.partnerId)?.name ?? credit.partnerId)
    .sort();
  const conflict = conflictOf(dossier, decided);
  return {
    partner_sourced: decided.type === 'Sourced',
    partner_influenced: influencing.length > 0,
    attribution_type: decided.type,
    attribution_status: facts.disputed ? 'Disputed' : statusOf(dossier, decided, policy, now),
    sourcing_partner: decided.sourcing?.id ?? null,
    influencing_partners: names.length === 0 ? null : joinWithin(names, reasonMax),
    ...money(facts, decided, policy, now),
    attribution_reason: reasonOf(decided),
    attribution_rule: clip(`${decided.rule}@${policy.label}`, 80),
    attribution_locked_at: dossier.lockedAt,
    registration_id: claim?.registration.name ?? null,
    protection_expires_on: claim?.registration.protectedUntil ?? null,
    ...(claim === null ? {} : stampsOf(claim)),
    ...lastTouch(dossier),
    channel_conflict: conflict.exists,
    channel_conflict_with: conflict.withWhom,
    ...dossier.memory,
    ...(decided.offboarded ? { [offboardedKey]: true } : {}),
    ...(decided.offboarded && dossier.lost ? { [lostKey]: dossier.lost.id } : {}),
  };
}

/** The one sentence, with its rule, within 255 characters. */
export function reasonOf({ rule, sentence }: Ruling): string {
  const tail = ` Rule ${rule}.`;
  return `${clip(sentence, reasonMax - tail.length)}${tail}`;
}

/**
 * Without a dispute: Overridden, Locked, else Confirmed from 14 days after C on; a referral (R5) stays Provisional
 * until it locks, and so does what a person has yet to decide.
 */
function statusOf(
  dossier: Dossier,
  { rule, type }: Ruling,
  policy: Policy,
  now: Instant,
): AttributionStatus {
  if (rule === 'R1') {
    return 'Overridden';
  }
  if (dossier.lockedAt !== null) {
    return 'Locked';
  }
  if (rule === 'R5' || type === 'Pending Review') {
    return 'Provisional';
  }
  return isConfirmed(dossier, policy, now) ? 'Confirmed' : 'Provisional';
}

/** What the registration was stamped with; a decision without a registration says nothing of it. */
function stampsOf({ registration, submittedAt, approved }: Claim): FieldValues {
  const { decidedAt, marginBasisPoints } = registration;
  return {
    registration_submitted_at: submittedAt,
    registration_decided_at: decidedAt,
    registration_approved_on: approved && decidedAt !== null ? dateOf(decidedAt) : null,
    protected_margin: marginBasisPoints,
  };
}

/** The sourced credit in percent and money; all empty where nobody sourced the opportunity. */
function money(
  facts: AttributionFacts,
  { sourcing }: Ruling,
  policy: Policy,
  now: Instant,
): FieldValues {
  if (sourcing === null) {
    return {
      credit_percent: null,
      credited_amount: null,
      credited_amount_corp: null,
      fx_rate: null,
      fx_date: null,
    };
  }
  const { opportunity, rates } = facts;
  const amount = shareOf(opportunity.amount, wholePool);
  const used = rateFor(opportunity, rates, policy.corporateCurrency, now);
  return {
    credit_percent: wholePool,
    credited_amount: amount,
    credited_amount_corp: toCorporate(amount, used),
    fx_rate: amount === null ? null : (used?.rate ?? null),
    fx_date: amount === null ? null : (used?.validFrom ?? null),
  };
}

/** The last dated action of a partner; knowing the same account is no action. */
function lastTouch({ actions }: Dossier): FieldValues {
  const last = actions.findLast(({ meaning, touch }) => meaning !== 'overlap' && touch.at !== null);
  return { last_touch_at: last?.touch.at ?? null, last_touch_kind: last?.touch.kind ?? null };
}

/** What a person should act on: a Pending Review first, else credit that cannot be converted. */
export function alertOf(
  facts: AttributionFacts,
  decided: Ruling,
  fields: FieldValues,
  rateSince: Instant,
): AlertCondition | null {
  const { opportunity } = facts;
  const name = sayName(opportunity.name);
  if (decided.type === 'Pending Review') {
    return {
      kind: 'pending_review',
      since: decided.pendingSince ?? opportunity.createdAt,
      ownerId: decided.about?.managerId ?? opportunity.ownerId,
      subject: `Decide partner credit: ${name}`,
      body: reasonOf(decided),
    };
  }
  if (fields['credited_amount'] === null || fields['credited_amount_corp'] !== null) {
    return null;
  }
  return {
    kind: 'missing_rate',
    since: rateSince,
    ownerId: null,
    subject: `No exchange rate: ${name}`,
    body:
      `There is no ${opportunity.currency} rate for this opportunity's day, so its partner credit ` +
      'has no amount in the corporate currency. Add the rate; nothing is guessed.',
  };
}
