/** From what the store knows of a record to what a person is told: decisions, fields, history. */
import { engineField, labelOf } from '../mappings/field-set.ts';
import { type ShownBeside, shownValue } from '../mappings/shown.ts';
import type { CanonicalValue } from '../rules/types.ts';
import type {
  ConnectionRow,
  DecisionRow,
  Explanation,
  MirrorRow,
  WriteRow,
} from '../store/types.ts';
import type { ExplainField, ExplainView, ExplainWrite } from './contract.ts';
import type { Links } from './deps.ts';
import { ownedState, ownersOf } from './explain-owners.ts';

/** The whole explanation of a record. */
export function explainView(
  found: Explanation,
  connection: ConnectionRow,
  links: Links,
): ExplainView {
  const { record } = found;
  const beside = besideOf(found, connection);
  return {
    connection: connection.name,
    crm: connection.crm,
    object: found.object,
    id: record.id,
    name: String(record.fields['name'] ?? record.id),
    problem: problemOf(found),
    formerIds: found.formerIds,
    crmUrl: links.crm(connection, found.object, record.id),
    pageUrl: links.page(connection.name, record.id),
    decisions: found.decisions.map((decision) => ({
      kind: decision.kind,
      rule: decision.rule,
      version: versionLabel(decision.version),
      sentence: decision.reason,
      evidence: decision.evidence,
      counterfactual: decision.counterfactual,
      decidedAt: decision.decidedAt,
      lockedAt: decision.lockedAt,
      dueAt: decision.dueAt,
    })),
    fields: fieldsOf(found, beside),
    owners: ownersOf(found, beside),
    history: found.history.toSorted(byInstant).map((row) => ({
      kind: row.kind,
      rule: row.rule,
      version: versionLabel(row.version),
      sentence: row.reason,
      at: row.decidedAt,
    })),
    writes: found.writes.flatMap((write) => writesOf(found, write, beside)),
    alerts: found.alerts.map(({ kind, subject, openedAt, closedAt }) => ({
      kind,
      subject,
      openedAt,
      closedAt,
    })),
  };
}

function besideOf({ record, partnerNames }: Explanation, row: ConnectionRow): ShownBeside {
  const { currency } = record.fields;
  return {
    names: partnerNames,
    currency: typeof currency === 'string' ? currency : null,
    corporate: row.corporateCurrency,
  };
}

/** Why nothing is decided: a value of the record, or of a registration or touch of it. */
function problemOf({ record, registrations, touches }: Explanation): string | null {
  const own = record.fields['$problem'];
  const said = [
    ...(typeof own === 'string' ? [own] : []),
    ...registrations.flatMap((row) => problemIn('Registration', row)),
    ...touches.flatMap((row) => problemIn('Touch', row)),
  ];
  return said.length > 0 ? said.join(' ') : null;
}

function problemIn(what: string, { id, deleted, fields }: MirrorRow): string[] {
  const problem = fields['$problem'];
  return typeof problem === 'string' && !deleted ? [`${what} ${id}: ${problem}`] : [];
}

/** A version id is '<connection>@<label>'; people are shown the label. */
export function versionLabel(version: string): string {
  return version.slice(version.indexOf('@') + 1);
}

const fieldOrder: ExplainField['state'][] = [
  'failed',
  'disputed',
  'left as edited',
  'held',
  'waiting',
  'as decided',
  'not written',
  'not mapped',
];

/** What needs attention first; within a state by label, since the store keeps no order of keys. */
function fieldsOf(found: Explanation, beside: ShownBeside): ExplainField[] {
  const open = found.writes.filter((write) => write.state !== 'written');
  const fields = found.decisions.flatMap((decision: DecisionRow) =>
    knownFields(found.object, decision).map(([key, decided]): ExplainField => {
      const inCrm = found.record.fields[key] ?? null;
      const show = (value: CanonicalValue) =>
        shownValue({ object: found.object, key }, value, beside);
      return {
        key,
        label: labelOf(key),
        decided,
        inCrm,
        shown: { decided: show(decided), inCrm: show(inCrm) },
        state:
          key in found.record.fields ? fieldState(found, decided, inCrm, open, key) : 'not mapped',
      };
    }),
  );
  return fields.sort(
    (a, b) =>
      fieldOrder.indexOf(a.state) - fieldOrder.indexOf(b.state) || a.label.localeCompare(b.label),
  );
}

/** What the catalogue names; the rest of a decision is the rules' own memory. */
/** The latest first; an apply or an undo stores what was decided before it. */
function byInstant(a: { decidedAt: string }, b: { decidedAt: string }): number {
  return a.decidedAt < b.decidedAt ? 1 : a.decidedAt > b.decidedAt ? -1 : 0;
}

function knownFields(object: string, { fields }: DecisionRow): [string, CanonicalValue][] {
  return Object.entries(fields).filter(([key]) => engineField(object, key) !== undefined);
}

function fieldState(
  found: Explanation,
  decided: CanonicalValue,
  inCrm: CanonicalValue,
  open: WriteRow[],
  key: string,
): ExplainField['state'] {
  if (decided === inCrm) {
    return 'as decided';
  }
  const row = open.find((write) => key in write.fields);
  if (row === undefined) {
    return ownedState(found, key) ?? 'not written';
  }
  return row.state === 'failed' ? 'failed' : 'waiting';
}

function writesOf(found: Explanation, write: WriteRow, beside: ShownBeside): ExplainWrite[] {
  const show = (key: string, value: CanonicalValue) =>
    shownValue({ object: found.object, key }, value, beside);
  return Object.entries(write.fields).map(([field, change]) => ({
    field,
    label: labelOf(field),
    before: change.before,
    after: change.value,
    shown: { before: show(field, change.before), after: show(field, change.value) },
    state: write.state,
    at: write.writtenAt,
    run: write.writtenRunId ?? write.runId,
    failure: write.failure,
  }));
}
