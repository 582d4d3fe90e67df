/** R1: a person's override with a reason wins until its date (case 26). */
import { clip, sayDate, sayName } from '../sentences.ts';
import { endOfDay } from '../time.ts';
import type {
  AttributionType,
  Instant,
  OverrideFact,
  PartnerCredit,
  PartnerFact,
} from '../types.ts';
import { creditsOf } from './credits.ts';
import type { Dossier } from './dossier.ts';
import { type Ruling, ruling } from './ruling.ts';

const types: AttributionType[] = [
  'Sourced',
  'Influenced',
  'Delivered',
  'Fulfilled',
  'Direct',
  'Pending Review',
];

/** An override that holds: its type is one of the six. */
export interface ValidOverride extends OverrideFact {
  type: AttributionType;
}

/**
 * The override where it holds at `now`: one of the six types, a reason, and its date not passed
 * (inclusive to the end of that UTC day; without a date it holds for good). Else null.
 */
export function validOverride(given: OverrideFact | null, now: Instant): ValidOverride | null {
  if (given === null || given.reason === null || given.reason.trim() === '') {
    return null;
  }
  const wanted = given.type.trim().toLowerCase();
  const type = types.find((known) => known.toLowerCase() === wanted);
  const over = given.until !== null && endOfDay(given.until) < now;
  return type === undefined || over ? null : { ...given, type };
}

/** Why an override that is set does not hold, for the evidence; null where there is nothing to say. */
export function overrideProblem(given: OverrideFact | null, now: Instant): string | null {
  if (given === null || validOverride(given, now) !== null) {
    return null;
  }
  if (given.until !== null && endOfDay(given.until) < now) {
    return `Override to ${clip(given.type, 40)} ended with ${sayDate(given.until)}.`;
  }
  if (given.reason === null || given.reason.trim() === '') {
    return `Override to ${clip(given.type, 40)} gives no reason: it is not valid.`;
  }
  return `Override to "${clip(given.type, 40)}" is none of the six types: it is not valid.`;
}

/** The ruling a person made of it; `found` is what the engine would say. */
export function overridden(dossier: Dossier, found: Ruling, override: ValidOverride): Ruling {
  const { type } = override;
  const partner = partnerFor(dossier, found);
  const sourcing = type === 'Sourced' ? partner : null;
  const base = ruling({
    rule: 'R1',
    type,
    sentence: '',
    sourcing,
    claim: sourcing !== null && found.claim?.partner.id === sourcing.id ? found.claim : null,
    pendingSince: type === 'Pending Review' ? dossier.createdAt : null,
    about: partner,
    offboarded: found.offboarded,
  });
  const credits = withNamed(creditsOf(base, dossier), type, partner);
  return { ...base, credits, sentence: sentence(override, found, partner) };
}

/** The override names no partner: the engine's, the claim's, or the only one in the facts. */
function partnerFor(dossier: Dossier, found: Ruling): PartnerFact | null {
  const { opportunity } = dossier;
  const named = [
    ...dossier.claims.map((claim) => claim.partner),
    ...dossier.actions.map((action) => action.partner),
    dossier.partnerOf(opportunity.referralPartnerId),
    dossier.partnerOf(opportunity.originPartnerId),
    dossier.partnerOf(opportunity.partnerOfRecordId),
  ].filter((partner) => partner !== null);
  const only = new Set(named.map((partner) => partner.id)).size === 1 ? named[0]! : null;
  return (
    found.sourcing ?? found.claim?.partner ?? only ?? (found.rule === 'R6' ? found.about : null)
  );
}

/** Where the facts give nobody the credit of the overridden type, its one named partner has it. */
function withNamed(
  credits: PartnerCredit[],
  type: AttributionType,
  partner: PartnerFact | null,
): PartnerCredit[] {
  if (partner === null || type === 'Direct' || type === 'Pending Review' || type === 'Sourced') {
    return credits;
  }
  const role =
    type === 'Influenced' ? 'Influencing' : type === 'Delivered' ? 'Implementation' : 'Reseller';
  if (credits.some((credit) => credit.role === role)) {
    return credits;
  }
  const pool = role === 'Influencing' ? 'influence' : 'none';
  const basisPoints = role === 'Influencing' ? 10_000 : 0;
  return [...credits, { partnerId: partner.id, role, pool, basisPoints }];
}

function sentence(override: ValidOverride, found: Ruling, partner: PartnerFact | null): string {
  const { type, until } = override;
  const credited = type !== 'Direct' && type !== 'Pending Review';
  const whom = partner === null ? ' (no partner is named)' : ` for ${sayName(partner.name)}`;
  const till = until === null ? '' : ` until ${sayDate(until)}`;
  const engine =
    found.type === type
      ? `the engine says the same (${found.rule})`
      : `the engine would say ${found.type} (${found.rule})`;
  return `Overridden to ${type}${credited ? whom : ''}${till} by a person with a reason; ${engine}.`;
}
