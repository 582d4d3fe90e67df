/** Builders of facts and a policy: a test says what matters and nothing else. */
import type { AttributionFacts } from '../../rules/attribution.ts';
import { rateTable } from '../../rules/currency.ts';
import type {
  BusinessCalendar,
  CalendarDate,
  FxRate,
  Instant,
  OpportunityFact,
  PartnerFact,
  Policy,
  PriorDecision,
  RegistrationFact,
  RegistrationState,
  TouchFact,
} from '../../rules/types.ts';

/** '2026-03-02', '2026-03-02T10:00' or a whole instant -> an instant in UTC. */
export function utc(text: string): Instant {
  const padded = text.length === 10 ? `${text}T00:00` : text;
  return padded.endsWith('Z') ? padded : `${padded}:00.000Z`;
}

/** Monday to Friday until 17:00 UTC, from 2015 to 2036, without holidays. */
export const weekdays: BusinessCalendar = {
  name: 'weekdays',
  zone: 'UTC',
  version: 'test',
  endsOfBusiness: everyWeekday(),
};

function everyWeekday(): Instant[] {
  const ends: Instant[] = [];
  for (let ms = Date.UTC(2015, 0, 1, 17); ms < Date.UTC(2037, 0, 1); ms += 86_400_000) {
    const day = new Date(ms);
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) {
      ends.push(day.toISOString());
    }
  }
  return ends;
}

/** The shipped defaults of domain.md section 3, with the touch kinds the tests use. */
export function aPolicy(
  change: {
    attribution?: Partial<Policy['attribution']>;
    stale?: Partial<Policy['stale']>;
    tiers?: Policy['tiers'];
    alerts?: Partial<Policy['alerts']>;
  } = {},
): Policy {
  return {
    label: '2026.4',
    corporateCurrency: 'USD',
    attribution: {
      sourcedWindowDays: 30,
      influenceWindowDays: 90,
      lateGraceDays: 7,
      backfillGuardHours: 72,
      confirmAfterDays: 14,
      lock: 'at_close',
      correctionBusinessDays: 5,
      reopenWithinDays: 90,
      expiredRegistrationKeepsSourced: true,
      touches: {
        Discovery: 'qualifying',
        'Technical validation': 'qualifying',
        Referral: 'referral',
        'AWS referral': 'trusted_origin',
        Implementation: 'delivery',
        Reseller: 'fulfilment',
        'Marketplace purchase': 'fulfilment',
        'Account overlap': 'overlap',
        Newsletter: 'ignored',
      },
      defaultTouch: 'ignored',
      referralLeadSources: ['Partner Referral'],
      trustedOrigins: ['AWS partner referral'],
      renewalTypes: ['Renewal'],
      influenceSplit: 'equal',
      offboardedStatuses: ['Off-boarded'],
      ...change.attribution,
    },
    stale: {
      defaultDays: 30,
      stageDays: { Negotiation: 21 },
      segmentDays: { Strategic: 14 },
      ignoreStages: ['On Hold'],
      bounceLimit: 2,
      pushLimit: 3,
      ...change.stale,
    },
    tiers: change.tiers ?? null,
    alerts: {
      maxNewTasksPerOwnerPerDay: 5,
      fallbackOwnerId: 'U-ops',
      dueBusinessDays: 2,
      ...change.alerts,
    },
    guard: { maxRecords: 500, maxBasisPointsOfObject: 1000 },
    calendars: { default: weekdays },
    defaultCalendar: 'default',
    calendarOfRegion: {},
  };
}

/** A partner named as its id says: 'acme' is Acme. */
export function aPartner(id: string, change: Partial<PartnerFact> = {}): PartnerFact {
  return {
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    type: null,
    status: 'Active',
    segment: null,
    region: null,
    tier: null,
    tierSince: null,
    startDate: null,
    managerId: null,
    deleted: false,
    certifications: null,
    satisfaction: null,
    ...change,
  };
}

/** A registration of a partner, submitted at an instant; approved by `approvedAt`. */
export function aRegistration(
  partnerId: string,
  submittedAt: string,
  change: Partial<RegistrationFact> = {},
): RegistrationFact {
  return {
    id: `R-${partnerId}`,
    name: `DR-${partnerId}`,
    partnerId,
    opportunityId: 'O-1',
    state: 'submitted',
    submittedAt: utc(submittedAt),
    decidedAt: null,
    protectedUntil: null,
    reasonCode: null,
    marginBasisPoints: null,
    evidenceAt: null,
    confirmedAt: null,
    scope: null,
    region: null,
    customerId: null,
    deleted: false,
    ...change,
  };
}

/** A registration that was approved two days after its submission. */
export function anApproved(
  partnerId: string,
  submittedAt: string,
  protectedUntil: CalendarDate | null,
  change: Partial<RegistrationFact> = {},
): RegistrationFact {
  const submitted = utc(submittedAt);
  const decidedAt = new Date(Date.parse(submitted) + 2 * 86_400_000).toISOString();
  const state: RegistrationState = 'approved';
  return aRegistration(partnerId, submitted, { state, decidedAt, protectedUntil, ...change });
}

/** A touch of a partner; without an instant it is undated. */
export function aTouch(
  partnerId: string,
  kind: string,
  at: string | null,
  change: Partial<TouchFact> = {},
): TouchFact {
  const id = `T-${partnerId}-${kind}-${at}`;
  const instant = at === null ? null : utc(at);
  return { id, partnerId, opportunityId: 'O-1', kind, at: instant, deleted: false, ...change };
}

/** Builds an open opportunity of 1 Mar 2026 10:00Z; a test changes what matters. */
export class OpportunityBuilder {
  readonly fact: OpportunityFact;
  readonly facts: AttributionFacts;
  private readonly partners = new Map<string, PartnerFact>();

  constructor() {
    this.fact = {
      id: 'O-1',
      name: 'Globex rollout',
      accountId: 'globex',
      ownerId: 'U-ae',
      stage: 'Proposal',
      isClosed: false,
      isWon: false,
      amount: '1000',
      currency: 'USD',
      closeDate: '2026-06-30',
      createdAt: utc('2026-03-01T10:00'),
      stageEnteredAt: utc('2026-03-01T10:00'),
      closedAt: null,
      leadSource: null,
      referralPartnerId: null,
      origin: null,
      originPartnerId: null,
      type: 'New',
      parentId: null,
      partnerOfRecordId: null,
      pushCount: null,
      lastActivityAt: null,
      override: null,
      deleted: false,
    };
    this.facts = {
      opportunity: this.fact,
      registrations: [],
      touches: [],
      partners: this.partners,
      rates: new Map(),
      prior: null,
      firstSeenAt: this.fact.createdAt,
    };
  }

  with(change: Partial<OpportunityFact>): this {
    Object.assign(this.fact, change);
    return this;
  }

  created(at: string): this {
    return this.with({ createdAt: utc(at), stageEnteredAt: utc(at) });
  }

  inStage(stage: string): this {
    return this.with({ stage });
  }

  since(at: string): this {
    return this.with({ stageEnteredAt: utc(at) });
  }

  won(at: string): this {
    return this.closed(at, true);
  }

  lost(at: string): this {
    return this.closed(at, false);
  }

  registered(...registrations: RegistrationFact[]): this {
    return this.set({ registrations: [...this.facts.registrations, ...registrations] });
  }

  touched(...touches: TouchFact[]): this {
    return this.set({ touches: [...this.facts.touches, ...touches] });
  }

  partner(partner: PartnerFact): this {
    this.partners.set(partner.id, partner);
    return this;
  }

  rates(...rates: FxRate[]): this {
    return this.set({ rates: rateTable(rates) });
  }

  decidedBefore(prior: PriorDecision): this {
    return this.set({ prior });
  }

  /** The facts; every partner they name and that was not given is an active one. */
  build(): AttributionFacts {
    const { registrations, touches } = this.facts;
    const { referralPartnerId, originPartnerId, partnerOfRecordId } = this.fact;
    const named = [...registrations, ...touches].map((fact) => fact.partnerId);
    for (const id of [...named, referralPartnerId, originPartnerId, partnerOfRecordId]) {
      if (id !== null && !this.partners.has(id) && id !== 'unknown') {
        this.partners.set(id, aPartner(id));
      }
    }
    return { ...this.facts, opportunity: { ...this.fact } };
  }

  private closed(at: string, isWon: boolean): this {
    const closedAt = utc(at);
    const stage = isWon ? 'Closed Won' : 'Closed Lost';
    const closeDate = closedAt.slice(0, 10);
    return this.with({
      isClosed: true,
      isWon,
      closedAt,
      stage,
      closeDate,
      stageEnteredAt: closedAt,
    });
  }

  private set(change: Partial<AttributionFacts>): this {
    Object.assign(this.facts, change);
    return this;
  }
}

/** An open opportunity, created 1 Mar 2026 10:00Z by the AE "U-ae", USD 1000. */
export function anOpportunity(): OpportunityBuilder {
  return new OpportunityBuilder();
}
