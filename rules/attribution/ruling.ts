/** What a rule answers when it matches: the attribution, its partners and the sentence. */
import type { AttributionType, Instant, PartnerCredit, PartnerFact } from '../types.ts';
import type { Claim, Dossier } from './dossier.ts';

/** Numbers of the rules of domain.md section 6. */
export type RuleId =
  | 'R0'
  | 'R1'
  | 'R2'
  | 'R3'
  | 'R4'
  | 'R5'
  | 'R6'
  | 'R7'
  | 'R8'
  | 'R9'
  | 'R10'
  | 'R11';

/** A rule that matched. */
export interface Ruling {
  rule: RuleId;
  type: AttributionType;
  /** Without the closing "Rule R3.", which is added to all alike. */
  sentence: string;
  /** The one partner the deal is sourced by; only with type Sourced. */
  sourcing: PartnerFact | null;
  /** The claim that decided; its name and protection are shown on the opportunity. */
  claim: Claim | null;
  /** Since when a person should look at it; only with type Pending Review. */
  pendingSince: Instant | null;
  /** The partner it is about, whose manager is asked to decide a Pending Review. */
  about: PartnerFact | null;
  /** It waits because a partner is off-boarded (case 18). */
  offboarded: boolean;
  /** Credits stated by the rule itself; null: as the facts give them. */
  credits: PartnerCredit[] | null;
}

/** A rule: pure, of one dossier; null where it does not match. */
export type Rule = (dossier: Dossier) => Ruling | null;

/** Fills in what most rules leave empty. */
export function ruling(
  given: Pick<Ruling, 'rule' | 'type' | 'sentence'> & Partial<Ruling>,
): Ruling {
  return {
    sourcing: null,
    claim: null,
    pendingSince: null,
    about: given.sourcing ?? given.claim?.partner ?? null,
    offboarded: false,
    credits: null,
    ...given,
  };
}
