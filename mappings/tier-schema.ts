/** The shape of `tiers` in a policy: levels with their criteria, and how they are judged. */
import { z } from 'zod';
import { key } from './schema-key.ts';
import { count, flag, name } from './schema-parts.ts';
import { calendarDate, days, money, months, share } from './units.ts';

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
/** Tiers, lowest first. */
export const tierLevels = z
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

export type TierLevelInput = z.output<typeof tierLevel>;
