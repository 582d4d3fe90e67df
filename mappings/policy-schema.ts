/** The shape of mappings/policies/<name>.yaml: what the partner team decides, with defaults. */
import { z } from 'zod';
import { key } from './schema-key.ts';
import {
  businessDays,
  calendarDate,
  days,
  hours,
  money,
  months,
  share,
  timeOfDay,
} from './units.ts';

const flag = () => z.boolean({ error: 'true or false' });
const count = (max: number) => {
  const error = `a whole number from 0 to ${max}`;
  return z.number({ error }).int({ error }).min(0, { error }).max(max, { error });
};
const words = (what: string) =>
  z.array(z.string({ error: 'text' }), { error: `a list of ${what}` });
const name = z.string({ error: 'a name' }).min(1, { error: 'a name' }).max(80);
const touchMeaning = z.enum([
  'qualifying',
  'referral',
  'trusted_origin',
  'delivery',
  'fulfilment',
  'overlap',
  'ignored',
]);

const attributionSchema = z.strictObject({
  sourced_window: key(
    days('30 days').prefault('30 days'),
    'A referral this long before the opportunity still sources it (R5).',
    '30 days',
  ),
  influence_window: key(
    days('90 days').prefault('90 days'),
    'Touches this long before the opportunity still influence it (R7).',
    '90 days',
  ),
  late_grace: key(
    days('7 days').prefault('7 days'),
    'A registration this late, with dated evidence, is put to review (R6).',
    '7 days',
  ),
  backfill_guard: key(
    hours('72 hours').prefault('72 hours'),
    'A registration this shortly before the close is put to review (R2).',
    '72 hours',
  ),
  confirm_after: key(
    days('14 days').prefault('14 days'),
    'Age of the opportunity at which its attribution is confirmed.',
    '14 days',
  ),
  lock: key(
    z.enum(['at_close', 'never', 'manual']).default('at_close'),
    'When the attribution stops changing.',
    'at_close',
  ),
  correction: key(
    businessDays('5 business days').prefault('5 business days'),
    'After the close, how long it may still be corrected before it locks.',
    '5 business days',
  ),
  reopen_within: key(
    days('90 days').prefault('90 days'),
    'A lost opportunity reopened within this time resumes its attribution.',
    '90 days',
  ),
  expired_registration_keeps_sourced: key(
    flag().default(true),
    'An opportunity created under protection stays sourced after the protection expires.',
    true,
  ),
  touches: key(
    z.record(z.string(), touchMeaning, { error: 'a table of touch kinds' }).default({}),
    'Touch kind -> what it means: qualifying, referral, trusted_origin, delivery, fulfilment, ' +
      'overlap or ignored.',
    { Discovery: 'qualifying', 'Account overlap': 'overlap' },
  ),
  other_touches: key(
    touchMeaning.default('ignored'),
    'What a touch kind means that is not listed.',
    'ignored',
  ),
  referral_lead_sources: key(
    words('lead sources').default([]),
    "Lead sources that are a partner's referral.",
    ['Partner Referral'],
  ),
  trusted_origins: key(
    words('origins').default([]),
    'Origins that source an opportunity without a registration (R4).',
    ['AWS partner referral'],
  ),
  renewal_types: key(
    words('opportunity types').default(['Renewal']),
    'Opportunity types that are renewals: never newly sourced.',
    ['Renewal'],
  ),
  influence_split: key(
    z.enum(['equal', 'by_touches']).default('equal'),
    'How influence credit is split over several partners.',
    'equal',
  ),
  offboarded_statuses: key(
    words('partner statuses').default(['Off-boarded']),
    'Partner statuses that get no new credit.',
    ['Off-boarded'],
  ),
});

const staleSchema = z.strictObject({
  default: key(
    days('30 days').prefault('30 days'),
    'Days in one stage after which an open opportunity is stale.',
    '30 days',
  ),
  stages: key(
    z.record(z.string(), days('21 days'), { error: 'a table of stages' }).default({}),
    "A stage's own limit.",
    { Negotiation: '21 days' },
  ),
  segments: key(
    z.record(z.string(), days('14 days'), { error: 'a table of segments' }).default({}),
    "A partner segment's own limit; a stage's own limit wins.",
    { Strategic: '14 days' },
  ),
  ignore: key(words('stages').default([]), 'Stages in which the clock stands still.', ['On Hold']),
  bounces: key(
    count(100).default(3),
    'Returns to a stage it had left from which on it is flagged.',
    3,
  ),
  pushes: key(count(100).default(3), 'Pushes of the close date from which on it is flagged.', 3),
});

const tierLevel = z.strictObject({
  name: key(name, 'Name of the tier, as the CRM shows it.', 'Gold'),
  revenue: key(
    money().optional(),
    'Credited revenue of the window, corporate currency. Not set: not asked for.',
    250000,
  ),
  won_deals: key(count(100_000).optional(), 'Opportunities won. Not set: not asked for.', 5),
  registrations: key(
    count(100_000).optional(),
    'Registrations submitted. Not set: not asked for.',
    12,
  ),
  certifications: key(count(100_000).optional(), 'Certifications held. Not set: not asked for.', 4),
  satisfaction: key(money().optional(), 'Partner satisfaction. Not set: not asked for.', 8.5),
  any_of: key(
    flag().default(false),
    'true: one of the criteria is enough; otherwise all are needed.',
    true,
  ),
});
const tierLevels = z
  .array(tierLevel, { error: 'a list of tiers, lowest first' })
  .min(1, { error: 'at least one tier' })
  .max(12, { error: 'at most 12 tiers' });
const tierTable = z.strictObject({
  effective_from: key(calendarDate(), 'First day on which these criteria hold.', '2026-01-01'),
  levels: key(tierLevels, 'The tiers, lowest first.', [{ name: 'Registered' }]),
});
/** The long form of `tiers`. */
export const tierProgramme = z.strictObject({
  levels: key(
    tierLevels.optional(),
    'The tiers, lowest first. Not set: tables are given instead.',
    [{ name: 'Registered' }, { name: 'Gold', revenue: 250000 }],
  ),
  tables: key(
    z.array(tierTable, { error: 'a list of tier tables' }).min(1).optional(),
    'Criteria that change on a day. Not set: levels hold at all times.',
    [{ effective_from: '2026-01-01', levels: [{ name: 'Registered' }] }],
  ),
  window: key(
    months('12 months').prefault('12 months'),
    'Trailing time the results are taken from.',
    '12 months',
  ),
  sourced_weight: key(share('100%').prefault('100%'), 'How much sourced revenue counts.', '100%'),
  influenced_weight: key(share('0%').prefault('0%'), 'How much influenced revenue counts.', '25%'),
  demotion_after: key(
    months('12 months').prefault('12 months'),
    'Time below the line before a demotion is announced.',
    '12 months',
  ),
  demotion_notice: key(
    days('90 days').prefault('90 days'),
    'Notice before it takes effect.',
    '90 days',
  ),
  warn_within: key(
    share('10%').prefault('10%'),
    'Distance to the line within which a partner is at risk.',
    '10%',
  ),
  new_partner: key(
    months('12 months').prefault('12 months'),
    'Age below which a partner is not demoted.',
    '12 months',
  ),
});

const calendarSchema = z.strictObject({
  zone: key(
    z.string({ error: 'a time zone' }).refine(isZone, { error: 'an IANA time zone' }),
    'IANA time zone.',
    'Europe/Berlin',
  ),
  days: key(
    z
      .string({ error: 'working days such as "mon-fri"' })
      .regex(daysPattern(), { error: 'working days such as "mon-fri" or "sun-thu, sat"' })
      .default('mon-fri'),
    'Working days of the week.',
    'mon-fri',
  ),
  cutoff: key(timeOfDay().default('17:00'), 'End of business of a working day.', '17:00'),
  holidays: key(
    z
      .array(
        z
          .string({ error: 'a country, a state or a day' })
          .regex(/^([A-Z]{2}(-[A-Z0-9]{1,3}){0,2}|\d{4}-\d{2}-\d{2})$/, {
            error: 'a country ("DE"), a state ("DE-BY") or a day ("2026-12-24")',
          }),
        { error: 'a list of countries, states and days' },
      )
      .default([]),
    "Countries' and states' public holidays, and days of your own.",
    ['DE', '2026-12-24'],
  ),
  half_days: key(
    z
      .record(
        z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, { error: 'a day: "12-24" or "2026-12-24"' }),
        timeOfDay(),
        { error: 'a table of days and times' },
      )
      .default({}),
    'Working days that end earlier: "12-24" each year, "2026-12-24" once.',
    { '12-24': '12:00' },
  ),
  working_days: key(
    z.array(calendarDate(), { error: 'a list of days' }).default([]),
    'Days on which you work although they are a weekend or a holiday.',
    ['2026-12-05'],
  ),
  regions: key(words('regions').default([]), 'Partner regions this calendar is for.', ['EMEA']),
});

const registrationSchema = z.strictObject({
  approve_within: key(
    businessDays('5 business days').prefault('5 business days'),
    'Time to answer a registration.',
    '5 business days',
  ),
  warn_at: key(
    z.array(count(60), { error: 'a list of business days' }).default([2, 4]),
    'Business days after which the approver is warned.',
    [2, 4],
  ),
  calendar: key(name.optional(), 'Calendar of the clock. Not set: that of the region.', 'emea'),
  on_breach: key(
    z.enum(['escalate', 'approve', 'reject']).default('escalate'),
    'What happens when the time is over.',
    'escalate',
  ),
  protection: key(
    days('90 days').prefault('90 days'),
    'How long an approved registration protects.',
    '90 days',
  ),
  protection_from: key(
    z.enum(['approval', 'submission']).default('approval'),
    'Where the protection starts.',
    'approval',
  ),
  extension: key(days('30 days').prefault('30 days'), 'Length of an extension.', '30 days'),
  extensions: key(count(12).default(1), 'Extensions a partner manager may grant.', 1),
  extension_grace: key(
    businessDays('5 business days').prefault('5 business days'),
    'After the expiry, how long an extension may still be asked for.',
    '5 business days',
  ),
  rolling_extension: key(
    flag().default(false),
    'true: logged progress starts the protection anew.',
    false,
  ),
  expiry_warnings: key(
    z
      .array(days('30 days'), { error: 'a list of durations' })
      .prefault(['30 days', '14 days', '3 days']),
    'How long before the expiry people are told.',
    ['30 days', '14 days', '3 days'],
  ),
  direct_lookback: key(
    days('60 days').prefault('60 days'),
    'Direct activity within this time means the vendor is already engaged.',
    '60 days',
  ),
  minimum_amount: key(money().optional(), 'Least size of an opportunity. Not set: any size.', 5000),
  resubmissions: key(count(10).default(2), 'How often it may be handed in again.', 2),
  pause_cap: key(
    businessDays('20 business days').prefault('20 business days'),
    'How long a partner may take to answer in all, before it expires.',
    '20 business days',
  ),
  inactive_after: key(
    days('60 days').prefault('60 days'),
    'A partner without a registration for so long is inactive.',
    '60 days',
  ),
});

const disputesSchema = z.strictObject({
  decide_within: key(
    businessDays('5 business days').prefault('5 business days'),
    'Time to decide a dispute.',
    '5 business days',
  ),
  deciders: key(
    words('roles').default(['partner-operations']),
    'Roles that may decide; never the owner of the opportunity or the partner manager.',
    ['partner-operations'],
  ),
});

const segmentsSchema = z.strictObject({
  by: key(
    z.enum(['field', 'rank']).default('field'),
    'From the mapped field, or by rank of credited revenue.',
    'field',
  ),
  strategic: key(share('15%').prefault('15%'), 'By rank: share of strategic partners.', '15%'),
  mid: key(share('50%').prefault('50%'), 'By rank: share of mid-tier partners.', '50%'),
});

/** A policy file. */
export const policySchema = z.strictObject({
  version: key(
    z
      .string({ error: 'a version such as 2026.1' })
      .regex(/^[\w.-]{1,40}$/, { error: 'a version such as 2026.1' }),
    'Label of this policy, shown wherever a decision is explained.',
    '2026.1',
  ),
  currency: key(
    z.strictObject({
      corporate: key(
        z.string({ error: 'a currency' }).regex(/^[A-Z]{3}$/, { error: 'an ISO code such as USD' }),
        'Currency of credits, tiers and totals.',
        'USD',
      ),
      rates: key(
        z
          .string({ error: '"crm" or a CSV file' })
          .regex(/^(crm|salesforce|hubspot|[\w./-]+\.csv)$/, { error: '"crm" or a CSV file' })
          .default('crm'),
        'Where exchange rates come from: the CRM, or a CSV file.',
        'crm',
      ),
    }),
    'Money.',
    { corporate: 'USD', rates: 'crm' },
  ),
  attribution: key(attributionSchema.prefault({}), 'Who gets the credit.', {
    sourced_window: '30 days',
  }),
  stale: key(staleSchema.prefault({}), 'Opportunities that stand still.', { default: '30 days' }),
  tiers: key(
    z.union([tierLevels, tierProgramme], { error: 'a list of tiers, or a map' }).optional(),
    'Tiers and their criteria. Not set: no tier is decided.',
    [{ name: 'Registered' }, { name: 'Gold', revenue: 250000 }],
  ),
  calendars: key(
    z.record(z.string(), calendarSchema, { error: 'a table of calendars' }).default({}),
    'Business calendars by name.',
    { emea: { zone: 'Europe/Berlin', holidays: ['DE'] } },
  ),
  default_calendar: key(
    name.optional(),
    'Calendar where no region says otherwise. Not set: the one named "default", else the first.',
    'emea',
  ),
  alerts: key(
    z
      .strictObject({
        new_tasks_per_owner_per_day: key(
          count(1000).default(5),
          'More than so many go into one summary task.',
          5,
        ),
        fallback_owner: key(
          name.optional(),
          'CRM id of the user who gets tasks of records without an active owner. ' +
            'Not set: our own user.',
          '005000000000001AAA',
        ),
        due_within: key(
          businessDays('2 business days').prefault('2 business days'),
          'When a task is due.',
          '2 business days',
        ),
      })
      .prefault({}),
    'Tasks for owners.',
    { new_tasks_per_owner_per_day: 5 },
  ),
  guard: key(
    z
      .strictObject({
        records: key(
          count(100_000_000).default(500),
          'A run that changes more records than this, and more than the share, waits as a plan.',
          500,
        ),
        share: key(share('10%').prefault('10%'), "Share of an object's records.", '10%'),
      })
      .prefault({}),
    'When a run is held for a person to look at.',
    { records: 500, share: '10%' },
  ),
  registration: key(registrationSchema.prefault({}), 'The clock of deal registrations.', {
    approve_within: '5 business days',
  }),
  disputes: key(disputesSchema.prefault({}), 'Who decides disputes, and how fast.', {
    decide_within: '5 business days',
  }),
  segments: key(segmentsSchema.prefault({}), 'How partners are put into segments.', {
    by: 'field',
  }),
});

export type PolicyInput = z.output<typeof policySchema>;
export type CalendarInput = z.output<typeof calendarSchema>;
export type TierLevelInput = z.output<typeof tierLevel>;

function daysPattern(): RegExp {
  const day = '(mon|tue|wed|thu|fri|sat|sun)';
  const part = `${day}(-${day})?`;
  return new RegExp(`^${part}(, ?${part}){0,6}$`);
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
