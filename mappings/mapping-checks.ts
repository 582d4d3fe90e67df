/** What a schema cannot say about a mapping: conditions, fields used twice, states, references. */

import type { ObjectName, Policy } from '../rules/types.ts';
import { checkNamedByForm } from './check-named-by.ts';
import type { MappingPart } from './compile.ts';
import { eachScalar, type Located, locate } from './located.ts';
import { nearestName, oneOf, problem } from './problems.ts';
import { readKeys } from './read-keys.ts';
import type { CompiledMapping, Position, Problem, WriteField } from './types.ts';
import { hubspotWhereProblem, whereProblem } from './where.ts';

/** States a registration's status may be mapped to (domain.md section 4). */
const registrationStates = [
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
];

/** Checks that need no valid mapping around them: each `where`, each state, needed keys. */
export function checkMappingTree(root: Located): Problem[] {
  const crm = locate(root, ['crm']).found;
  const name = crm?.type === 'scalar' ? crm.value : null;
  const conditionProblem = name === 'hubspot' ? hubspotWhereProblem : whereProblem;
  const problems: Problem[] = [];
  eachScalar(root, (path, scalar) => {
    const source = /^read\.(\w+)(\.\d+)?\.where$/.test(path);
    if (source && name !== null && typeof scalar.value === 'string') {
      const wrong = conditionProblem(scalar.value);
      problems.push(...(wrong === null ? [] : [problem(scalar.at, path, wrong)]));
    }
    if (/^read\.registration\.fields\.status\.values\./.test(path)) {
      problems.push(...stateProblem(path, scalar.source, scalar.at));
    }
  });
  return [...problems, ...missingKeys(root)];
}

function stateProblem(path: string, state: string, at: Position): Problem[] {
  if (registrationStates.includes(state)) {
    return [];
  }
  const nearest = nearestName(state, registrationStates);
  const hint = nearest === null ? '' : ` Did you mean "${nearest}"?`;
  const message = `expected a state (${registrationStates.join(', ')}), found "${state}".${hint}`;
  return [problem(at, path, message)];
}

/** Keys without which an object is of no use to the rules. */
function missingKeys(root: Located): Problem[] {
  const objects = Object.entries(readKeys) as [ObjectName, (typeof readKeys)[ObjectName]][];
  return objects.flatMap(([object, keys]) => {
    const fields = locate(root, ['read', object, 'fields']).found;
    if (fields === null || fields.type !== 'map') {
      return [];
    }
    return Object.entries(keys)
      .filter(([name, { neededBy }]) => neededBy !== undefined && !fields.entries.has(name))
      .map(([name, { neededBy, example }]) =>
        problem(
          fields.keyAt ?? fields.at,
          `read.${object}.fields.${name}`,
          `is missing: ${neededBy} cannot work without it, e.g. "${name}: ${example}".`,
        ),
      );
  });
}

/**
 * Checks of the compiled mapping: one CRM field is one key, written values are one to one, and a
 * text that names a partner is a text.
 */
export function checkMappingMeaning(mapping: MappingPart, root: Located): Problem[] {
  const written = (['opportunity', 'partner'] as const).flatMap((object) => [
    ...fieldsTwice(object, mapping.write[object], root),
    ...valuesTwice(object, mapping.write[object], root),
    ...readAndWritten(object, mapping, root),
  ]);
  return [...written, ...checkNamedByForm(mapping, root)];
}

function fieldsTwice(object: string, fields: Record<string, WriteField>, root: Located): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(fields).flatMap(([name, { crmField }]) => {
    const first = seen.get(crmField.toLowerCase());
    seen.set(crmField.toLowerCase(), first ?? name);
    const path = ['write', object, name];
    const message = `"${crmField}" is already written by "${first}"; each key needs its own field.`;
    return first === undefined ? [] : [at(root, path, message)];
  });
}

function valuesTwice(object: string, fields: Record<string, WriteField>, root: Located): Problem[] {
  return Object.entries(fields).flatMap(([name, { values }]) => {
    const seen = new Map<string, string>();
    return Object.entries(values ?? {}).flatMap(([ours, theirs]) => {
      const first = seen.get(theirs);
      seen.set(theirs, first ?? ours);
      const path = ['write', object, name, 'values', ours];
      const message = `${oneOf([theirs])} already stands for "${first}": what is read back must be clear.`;
      return first === undefined ? [] : [at(root, path, message)];
    });
  });
}

/** Kinds the mapping itself names and the policy does not: touches of them would count nothing. */
export function warnOfKinds(mapping: MappingPart, policy: Policy, root: Located): Problem[] {
  const { touches, defaultTouch } = policy.attribution;
  const known = new Set(Object.keys(touches).map((kind) => kind.toLowerCase()));
  return mapping.read.touch.flatMap((source, index) => {
    const { constant, values } = source.fields['kind']!;
    const kinds = constant === null ? Object.values(values ?? {}) : [String(constant)];
    const missing = [...new Set(kinds)].filter((kind) => !known.has(kind.toLowerCase()));
    const list = missing.map((kind) => `"${kind}"`).join(', ');
    const message =
      `the policy says nothing of ${list}: such touches count as ${defaultTouch}. ` +
      'List them under attribution.touches of the policy.';
    return missing.length === 0
      ? []
      : [at(root, ['read', 'touch', String(index), 'kind'], message)];
  });
}

/** One key that is read and written must be one field, or what we wrote would not come back. */
function readAndWritten(
  object: 'opportunity' | 'partner',
  mapping: Pick<CompiledMapping, 'read' | 'write'>,
  root: Located,
): Problem[] {
  const read = mapping.read[object][0]?.fields ?? {};
  return Object.entries(mapping.write[object]).flatMap(([name, { crmField }]) => {
    const from = read[name]?.crmField;
    if (from === undefined || from === null || from === crmField) {
      return [];
    }
    const message =
      `is written to "${crmField}" but read from "${from}" ` +
      `(read.${object}.fields.${name}); map both to one field.`;
    return [at(root, ['write', object, name], message)];
  });
}

function at(root: Located, path: string[], message: string): Problem {
  return problem(locate(root, path).nearest.at, path.join('.'), message);
}
