/** Facts of the rules from the canonical fields of mirrored records. */
import { dateOf, endOfDay } from './time.ts';
import type {
  CalendarDate,
  FieldValues,
  Instant,
  OpportunityFact,
  OverrideFact,
  PartnerFact,
  RegistrationFact,
  RegistrationState,
  TouchFact,
} from './types.ts';

/** What the builders read of a mirrored record. */
export interface FactRecord {
  id: string;
  createdAt: Instant | null;
  modifiedAt: Instant;
  deleted: boolean;
  fields: FieldValues;
}

const states: ReadonlySet<string> = new Set<RegistrationState>([
  'draft',
  'submitted',
  'in_review',
  'action_required',
  'approved',
  'rejected',
  'withdrawn',
  'expired',
  'converted',
  'won',
  'lost',
  'revoked',
]);

/**
 * An opportunity's fact. W is `closed_at` where mapped; else the entry into its present stage where
 * that is closed; the last resort is the end of the closing date (UTC). Created: the mapped field,
 * else the record's own; a CRM that states neither leaves the last modification.
 */
export function opportunityFact(record: FactRecord): OpportunityFact {
  const { fields } = record;
  const isClosed = fields['is_closed'] === true;
  const closeDate = dateField(fields, 'close_date');
  const stageEnteredAt = text(fields, 'stage_entered_at');
  return {
    id: record.id,
    name: text(fields, 'name') ?? record.id,
    accountId: text(fields, 'account'),
    ownerId: text(fields, 'owner'),
    stage: text(fields, 'stage') ?? '',
    isClosed,
    isWon: fields['is_won'] === true,
    amount: decimal(fields, 'amount'),
    currency: text(fields, 'currency'),
    closeDate,
    createdAt: text(fields, 'created_at') ?? record.createdAt ?? record.modifiedAt,
    stageEnteredAt,
    closedAt: isClosed
      ? (text(fields, 'closed_at') ?? stageEnteredAt ?? (closeDate && endOfDay(closeDate)))
      : null,
    leadSource: text(fields, 'lead_source'),
    referralPartnerId: text(fields, 'referral_partner'),
    origin: text(fields, 'origin'),
    originPartnerId: text(fields, 'origin_partner'),
    type: text(fields, 'type'),
    parentId: text(fields, 'parent'),
    partnerOfRecordId: text(fields, 'partner_of_record'),
    pushCount: whole(fields, 'push_count'),
    lastActivityAt: text(fields, 'last_activity_at'),
    override: overrideFact(fields),
    deleted: record.deleted,
  };
}

/** A registration's fact; without a state it is a draft and claims nothing. */
export function registrationFact(record: FactRecord): RegistrationFact {
  const { fields } = record;
  const state = text(fields, 'status');
  return {
    id: record.id,
    name: text(fields, 'name') ?? record.id,
    partnerId: text(fields, 'partner'),
    opportunityId: text(fields, 'opportunity'),
    state: state !== null && states.has(state) ? (state as RegistrationState) : 'draft',
    submittedAt: text(fields, 'submitted_at'),
    decidedAt: text(fields, 'decided_at'),
    protectedUntil: dateField(fields, 'protected_until'),
    reasonCode: text(fields, 'reason'),
    marginBasisPoints: whole(fields, 'margin'),
    evidenceAt: text(fields, 'evidence_at'),
    confirmedAt: text(fields, 'confirmed_at'),
    scope: text(fields, 'scope'),
    region: text(fields, 'region'),
    customerId: text(fields, 'customer'),
    deleted: record.deleted,
  };
}

/** A touch's fact; a touch without a kind has the kind "Touch". */
export function touchFact(record: FactRecord): TouchFact {
  const { fields } = record;
  return {
    id: record.id,
    partnerId: text(fields, 'partner'),
    opportunityId: text(fields, 'opportunity'),
    kind: text(fields, 'kind') ?? 'Touch',
    at: text(fields, 'at'),
    deleted: record.deleted,
  };
}

/** A partner's fact. Whether its status means off-boarded is the policy's to say. */
export function partnerFact(record: FactRecord): PartnerFact {
  const { fields } = record;
  return {
    id: record.id,
    name: text(fields, 'name') ?? record.id,
    type: text(fields, 'type'),
    status: text(fields, 'status'),
    segment: text(fields, 'segment'),
    region: text(fields, 'region'),
    tier: text(fields, 'tier'),
    tierSince: dateField(fields, 'tier_since'),
    startDate: dateField(fields, 'start_date'),
    managerId: text(fields, 'manager'),
    deleted: record.deleted,
    certifications: whole(fields, 'certifications'),
    satisfaction: decimal(fields, 'satisfaction'),
  };
}

/** 'None' is the picklist's way of saying that there is no override. */
function overrideFact(fields: FieldValues): OverrideFact | null {
  const type = text(fields, 'override');
  if (type === null || type.toLowerCase() === 'none') {
    return null;
  }
  const reason = text(fields, 'override_reason');
  return {
    type,
    reason,
    until: dateField(fields, 'override_until'),
    by: text(fields, 'override_by'),
  };
}

function text(fields: FieldValues, key: string): string | null {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A calendar date; of a datetime mapped to a date its UTC day. */
function dateField(fields: FieldValues, key: string): CalendarDate | null {
  const value = text(fields, key);
  return value === null ? null : dateOf(value);
}

function decimal(fields: FieldValues, key: string): string | null {
  const value = fields[key];
  return typeof value === 'number' ? String(value) : text(fields, key);
}

function whole(fields: FieldValues, key: string): number | null {
  const value = fields[key];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : null;
}
