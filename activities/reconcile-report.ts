/** What a reconcile found, as counts of its run and as a sentence an object. */
import type { Instant, ObjectName } from '../rules/types.ts';

/** What was found of one object's records; absent: none. */
export interface ObjectTotals {
  /** Live in the CRM. */
  compared?: number;
  missing?: number;
  outdated?: number;
  recalculated?: number;
  /** Deleted in the CRM, with its deleted row to prove it. */
  removed?: number;
  merged?: number;
  /** Live, but outside the mapping's condition now. */
  left?: number;
  /** Gone without a deleted row. */
  vanished?: number;
  /** As many vanished as a lost permission would hide: left as they are. */
  unseen?: number;
}

/** The command's result. */
export interface ReconcileReport {
  startedAt: Instant;
  objects: Partial<Record<ObjectName, ObjectTotals>>;
}

const found = [
  ['missing', 'missing'],
  ['outdated', 'outdated'],
  ['recalculated', 'recalculated'],
  ['removed', 'deleted in the CRM'],
  ['merged', 'merged'],
  ['left', 'no longer in the mapping'],
  ['vanished', 'gone from the CRM'],
] as const;
/** As people ask for them. */
const order = ['opportunity', 'partner', 'registration', 'touch', 'account', 'user'];
const names = ['compared', ...found.map(([name]) => name), 'unseen'] as const;

/** Counts of the run: 'compared.opportunity', 'missing.opportunity' ..., 'healed', 'unseen'. */
export function reconcileCounts(
  objects: Partial<Record<ObjectName, ObjectTotals>>,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [object, totals] of Object.entries(objects)) {
    for (const name of names) {
      const n = totals[name] ?? 0;
      if (n > 0 || name === 'compared') {
        counts[`${name}.${object}`] = n;
      }
    }
  }
  return {
    ...counts,
    ...summed(
      counts,
      'healed',
      found.map(([name]) => name),
    ),
    ...summed(counts, 'unseen', ['unseen']),
  };
}

/** 'opportunity: complete (14,277); partner: 3 missing, healed.'; null: nothing was compared. */
export function reconcileMessage(counts: Record<string, number>): string | null {
  const objects = order.filter((object) => `compared.${object}` in counts);
  return objects.length === 0
    ? null
    : `${objects.map((object) => `${object}: ${sentence(counts, object)}`).join('; ')}.`;
}

function sentence(counts: Record<string, number>, object: string): string {
  const of = (name: string) => counts[`${name}.${object}`] ?? 0;
  const said = found.flatMap(([name, words]) => {
    const n = of(name);
    return n > 0 ? [`${n.toLocaleString('en-US')} ${words}`] : [];
  });
  const unseen = of('unseen');
  const hidden =
    unseen > 0
      ? `${unseen.toLocaleString('en-US')} can no longer be seen and are left as they are: check ` +
        'what our user may read, or accept them as deleted with "reconcile --accept-unseen"'
      : null;
  if (said.length === 0 && hidden === null) {
    return `complete (${of('compared').toLocaleString('en-US')})`;
  }
  return [
    ...(said.length > 0 ? [`${said.join(', ')}, healed`] : []),
    ...(hidden ? [hidden] : []),
  ].join(', ');
}

function summed(
  counts: Record<string, number>,
  name: string,
  parts: readonly string[],
): Record<string, number> {
  const sum = Object.entries(counts)
    .filter(([key]) => parts.some((part) => key.startsWith(`${part}.`)))
    .reduce((total, [, n]) => total + n, 0);
  return sum > 0 ? { [name]: sum } : {};
}
