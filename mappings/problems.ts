/** Problems of a mapping in words: file:line:column path: expected X, found Y. Did you mean Z? */
import { distance } from 'fastest-levenshtein';
import type { CompiledMapping, Position, Problem } from './types.ts';

/** One problem with the line people read. */
export function problem(at: Position, path: string, message: string): Problem {
  const where = `${at.file}:${at.line}:${at.column}`;
  const text = path === '' ? `${where} ${message}` : `${where} ${path}: ${message}`;
  return { file: at.file, line: at.line, column: at.column, path, message, text };
}

/** The name most like `name`, when it is near enough to be what was meant. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(bare(name).length / 4)) + 1;
  for (const candidate of candidates) {
    const d = distance(bare(name), bare(candidate));
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** Names as people remember them: without case, underscores and Salesforce's '__c'. */
function bare(name: string): string {
  return name.toLowerCase().replace(/__c$|[\s_-]/g, '');
}

/** ' Did you mean "Z"?' or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates);
  return nearest === null ? '' : ` Did you mean "${nearest}"?`;
}

/** '"a", "b" or "c"'. */
export function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => `"${String(value)}"`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

/** By file, line, column: the order in which people mend them. Doubles are dropped. */
export function sorted(problems: Problem[]): Problem[] {
  const unique = new Map(problems.map((p) => [p.text, p]));
  return [...unique.values()].sort(
    (a, b) =>
      a.file.localeCompare(b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      a.path.localeCompare(b.path),
  );
}

/**
 * The problems as people read them: a headline, then one line each.
 * @param consequence what did not happen, e.g. 'the worker did not start'
 */
export function formatProblems(problems: Problem[], consequence: string): string {
  const files = [...new Set(problems.map((p) => p.file))];
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  const lines = problems.map((p) => p.text);
  return [`${count} in ${files.join(', ')}; ${consequence}.`, ...lines].join('\n');
}

/** A problem of a compiled mapping, at the line of its key or of what is around it. */
export function problemAt(mapping: CompiledMapping, path: string, message: string): Problem {
  const steps = path.split('.');
  for (let n = steps.length; n > 0; n -= 1) {
    const nearer = steps.slice(0, n).join('.');
    const position = mapping.positions[`${nearer}.field`] ?? mapping.positions[nearer];
    if (position !== undefined) {
      return problem(position, path, message);
    }
  }
  const file = mapping.sources[0]?.path ?? mapping.connection;
  return problem({ file, line: 1, column: 1 }, path, message);
}
