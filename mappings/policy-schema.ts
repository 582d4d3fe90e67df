/** The shape of mappings/policies/<name>.yaml: what the partner team decides, with defaults. */
import { z } from 'zod';
import { calendarSchema } from './calendar-schema.ts';
import { disputesSchema, registrationSchema } from './registration-schema.ts';
import { key } from './schema-key.ts';
import { count, flag, name, words } from './schema-parts.ts';
import { tierLevels, tierProgramme } from './tier-schema.ts';
import { businessDays, days, hours, share } from './units.ts';

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
    z.record(z.string(), days('21 days'), { error: 'a table of stages' }).prefault({}),
    "A stage's own limit.",
    { Negotiation: '21 days' },
  ),
  segments: key(
    z.record(z.string(), days('14 days'), { error: 'a table of segments' }).prefault({}),
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
