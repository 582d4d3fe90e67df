/** The shape of `registration` and `disputes` in a policy (domain.md sections 3 and 4). */
import { z } from 'zod';
import { key } from './schema-key.ts';
import { count, flag, name, words } from './schema-parts.ts';
import { businessDays, days, money } from './units.ts';

/** The clock and the protection of deal registrations. */
export const registrationSchema = z.strictObject({
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

/** Who decides disputes, and how fast. */
export const disputesSchema = z.strictObject({
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
