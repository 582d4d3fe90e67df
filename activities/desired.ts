/** From a decision to what must be written: desired values against mirrored ones, field by field. */
import type { CompiledMapping } from '../mappings/types.ts';
import { diffFields } from '../rules/diff.ts';
import type {
  DecidedObject,
  Decision,
  FieldValues,
  Instant,
  PartnerCredit,
  PartnerFact,
  WritableObject,
} from '../rules/types.ts';
import type { DesiredWrite, FieldChange, MirrorRow, PlanRow } from '../store/types.ts';

/** What decides how a desired value is compared and written. */
export interface Target {
  mapping: CompiledMapping;
  /** Desired values as the CRM will hold them (length, scale, trimming), by canonical key. */
  normalise(object: WritableObject, fields: FieldValues): FieldValues;
  now: Instant;
  /** Partners the facts of this leg have named so far. */
  partners: ReadonlyMap<string, PartnerFact>;
}

/** Desired values as the CRM will hold them, and those of them that it does not hold. */
export interface Changes {
  wanted: FieldValues;
  changed: Record<string, FieldChange>;
}

/** What a decision wants of a record, against what the mirror holds of it. */
export function changesOf(target: Target, row: MirrorRow, decision: Decision): Changes {
  const owned = Object.keys(target.mapping.write[decision.object]);
  const wanted = wantedFields(target, decision.object, decision);
  return { wanted, changed: diffFields(wanted, row.fields, owned) };
}

/**
 * What a decision, or an earlier one, wants in the CRM's fields. Beside what it says: for a CRM
 * without lookups the sourcing partner's name of today, and the influencing partners as records, from
 * the credits, which follow a merged partner. A deleted partner stays in the decision, but no CRM
 * takes its id: what the CRM made of it is left alone.
 */
export function wantedFields(
  target: Target,
  object: DecidedObject,
  { fields, credits }: Pick<Decision, 'fields' | 'credits'>,
): FieldValues {
  if (object !== 'opportunity' || !('sourcing_partner' in fields)) {
    return target.normalise(object, fields);
  }
  const { partners } = target;
  const { sourcing_partner: sourcing = null, ...rest } = fields;
  const named = partners.get(String(sourcing));
  return target.normalise(object, {
    ...(fields['registration_id'] === null ? noRegistration : {}),
    ...rest,
    ...(named?.deleted ? {} : { sourcing_partner: sourcing }),
    ...(sourcing === null ? { sourcing_partner_name: null } : {}),
    ...(named ? { sourcing_partner_name: named.name } : {}),
    ...recordsByRole(target, credits),
  });
}

/** A decision without a registration leaves these out. */
const noRegistration: FieldValues = {
  registration_submitted_at: null,
  registration_decided_at: null,
  registration_approved_on: null,
  protected_margin: null,
};

const roleOf: Record<string, PartnerCredit['role']> = {
  influencing_partner_ids: 'Influencing',
  distributor_ids: 'Distributor',
  implementation_partner_ids: 'Implementation',
};

/** The partners of each mapped role as records: a set of ids in one text, 'id;id'. */
function recordsByRole({ mapping, partners }: Target, credits: Decision['credits']): FieldValues {
  const found: FieldValues = {};
  for (const [key, wanted] of Object.entries(roleOf)) {
    if (key in mapping.write.opportunity) {
      const ids = credits.flatMap(({ role, partnerId }) =>
        role === wanted && !partners.get(partnerId)?.deleted ? [partnerId] : [],
      );
      found[key] = [...new Set(ids)].sort().join(';') || null;
    }
  }
  return found;
}

/** The write of one decision and its plan rows; null where nothing is to be written. */
export function desiredWrite(
  target: Target,
  row: MirrorRow,
  made: { decision: Decision; inputHash: string; money: string },
  changed: Record<string, FieldChange>,
): { write: DesiredWrite; planRows: Omit<PlanRow, 'plan'>[] } | null {
  if (Object.keys(changed).length === 0) {
    return null;
  }
  const { decision, inputHash, money } = made;
  const owned = Object.keys(target.mapping.write[decision.object]);
  const write: DesiredWrite = {
    object: decision.object,
    recordId: row.id,
    fields: stamped(target, decision, row, changed, owned),
    kind: decision.kind,
    inputHash,
    priority: 3,
  };
  return { write, planRows: planRows(write, row, decision, money) };
}

/** "Evaluated at" moves only with a change of the result, or every run would write it. */
function stamped(
  target: Target,
  decision: Decision,
  row: MirrorRow,
  changed: Record<string, FieldChange>,
  owned: string[],
): Record<string, FieldChange> {
  const key = 'attribution_evaluated_at';
  if (decision.kind !== 'attribution' || !owned.includes(key)) {
    return changed;
  }
  // As the CRM will hold it, or its echo would be a change.
  const value = target.normalise(decision.object, { [key]: target.now })[key] ?? null;
  return { ...changed, [key]: { value, before: row.fields[key] ?? null } };
}

function planRows(
  write: DesiredWrite,
  row: MirrorRow,
  decision: Decision,
  moneyMoved: string,
): Omit<PlanRow, 'plan'>[] {
  return Object.entries(write.fields).map(([field, change]) => ({
    object: write.object,
    recordId: row.id,
    recordName: String(row.fields['name'] ?? row.id),
    field,
    old: change.before,
    new: change.value,
    kind: decision.kind,
    reason: decision.reason,
    rule: decision.rule,
    inputHash: write.inputHash,
    moneyMoved: field === 'attribution_type' ? moneyMoved : '0',
  }));
}
