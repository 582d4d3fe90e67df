/** A validated policy file -> the Policy the rules decide by, calendars expanded. */
import type { Policy, TierPolicy, TierTable } from '../rules/types.ts';
import { expandCalendar } from './calendar.ts';
import type { CalendarInput } from './calendar-schema.ts';
import type { PolicyInput } from './policy-schema.ts';
import { type TierLevelInput, tierProgramme } from './tier-schema.ts';

/** Where a policy names no calendar: Monday to Friday until 17:00, UTC. */
const plainCalendar: CalendarInput = {
  zone: 'UTC',
  days: 'mon-fri',
  cutoff: '17:00',
  holidays: [],
  half_days: {},
  working_days: [],
  regions: [],
};

/** Tier levels of a list are in force from the beginning. */
const beginning = '1970-01-01';

/** The policy the rules decide by; the input has passed the schema and its checks. */
export function compilePolicy(input: PolicyInput): Policy {
  const inputs = Object.entries(input.calendars);
  const calendars = inputs.length > 0 ? inputs : [['default', plainCalendar] as const];
  return {
    label: input.version,
    corporateCurrency: input.currency.corporate,
    attribution: attributionPolicy(input.attribution),
    stale: {
      defaultDays: input.stale.default,
      stageDays: input.stale.stages,
      segmentDays: input.stale.segments,
      ignoreStages: input.stale.ignore,
      bounceLimit: input.stale.bounces,
      pushLimit: input.stale.pushes,
    },
    tiers: tierPolicy(input.tiers),
    alerts: {
      maxNewTasksPerOwnerPerDay: input.alerts.new_tasks_per_owner_per_day,
      fallbackOwnerId: input.alerts.fallback_owner ?? null,
      dueBusinessDays: input.alerts.due_within,
    },
    guard: { maxRecords: input.guard.records, maxBasisPointsOfObject: input.guard.share },
    calendars: Object.fromEntries(calendars.map(([name, c]) => [name, expandCalendar(name, c)])),
    defaultCalendar: defaultCalendar(
      input,
      calendars.map(([name]) => name),
    ),
    calendarOfRegion: Object.fromEntries(
      calendars.flatMap(([name, c]) => c.regions.map((region) => [region.toLowerCase(), name])),
    ),
  };
}

function attributionPolicy(input: PolicyInput['attribution']): Policy['attribution'] {
  return {
    sourcedWindowDays: input.sourced_window,
    influenceWindowDays: input.influence_window,
    lateGraceDays: input.late_grace,
    backfillGuardHours: input.backfill_guard,
    confirmAfterDays: input.confirm_after,
    lock: input.lock,
    correctionBusinessDays: input.correction,
    reopenWithinDays: input.reopen_within,
    expiredRegistrationKeepsSourced: input.expired_registration_keeps_sourced,
    touches: Object.fromEntries(
      Object.entries(input.touches).map(([kind, meaning]) => [kind.toLowerCase(), meaning]),
    ),
    defaultTouch: input.other_touches,
    referralLeadSources: input.referral_lead_sources,
    trustedOrigins: input.trusted_origins,
    renewalTypes: input.renewal_types,
    influenceSplit: input.influence_split,
    offboardedStatuses: input.offboarded_statuses,
  };
}

function defaultCalendar(input: PolicyInput, names: string[]): string {
  return input.default_calendar ?? (names.includes('default') ? 'default' : names[0]!);
}

function tierPolicy(input: PolicyInput['tiers']): TierPolicy | null {
  if (input === undefined) {
    return null;
  }
  // The short form states the levels only: everything else is the long form's default.
  const programme = Array.isArray(input) ? { ...tierDefaults, levels: input } : input;
  return {
    tables: tierTables(programme),
    sourcedWeightBasisPoints: programme.sourced_weight,
    influencedWeightBasisPoints: programme.influenced_weight,
    windowMonths: programme.window,
    demotionAfterMonths: programme.demotion_after,
    demotionNoticeDays: programme.demotion_notice,
    warnWithinBasisPoints: programme.warn_within,
    newPartnerMonths: programme.new_partner,
  };
}

type Programme = Exclude<NonNullable<PolicyInput['tiers']>, unknown[]>;
const tierDefaults: Programme = tierProgramme.parse({});

function tierTables(programme: Programme): TierTable[] {
  const tables = programme.tables ?? [
    { effective_from: beginning, levels: programme.levels ?? [] },
  ];
  return tables
    .map((table) => ({
      effectiveFrom: table.effective_from,
      levels: table.levels.map((level) => ({ name: level.name, criteria: criteria(level) })),
    }))
    .sort((a, b) => a.effectiveFrom.localeCompare(b.effectiveFrom));
}

function criteria(level: TierLevelInput) {
  return {
    revenue: level.revenue ?? null,
    wonDeals: level.won_deals ?? null,
    registrations: level.registrations ?? null,
    certifications: level.certifications ?? null,
    satisfaction: level.satisfaction ?? null,
    anyOf: level.any_of,
  };
}
