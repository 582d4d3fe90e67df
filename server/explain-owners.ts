/** Who has the last word on a record's engine fields: disputes, edits left alone, and holds. */
import { labelOf } from '../mappings/field-set.ts';
import { type ShownBeside, shownValue } from '../mappings/shown.ts';
import type { CanonicalValue } from '../rules/types.ts';
import type { Explanation } from '../store/types.ts';
import type { ExplainField, ExplainOwner } from './contract.ts';

type Owned = Pick<Explanation, 'object' | 'disputes' | 'edits' | 'holds'>;

/** One line a field that is not simply as decided, open matters first. */
export function ownersOf(found: Owned, beside: ShownBeside): ExplainOwner[] {
  const show = (key: string, value: CanonicalValue) =>
    shownValue({ object: found.object, key }, value, beside);
  const line = (key: string, state: ExplainOwner['state'], at: string, sentence: string) => ({
    key,
    label: labelOf(key),
    state,
    at,
    sentence,
  });
  const disputed = new Set(openDisputes(found).map(({ field }) => field));
  return [
    ...found.disputes.map((one) => {
      const values = `a person set ${show(one.field, one.theirs)}, decided is ${show(one.field, one.ours)}`;
      return one.closedAt === null
        ? line(
            one.field,
            'disputed',
            one.openedAt,
            `Disputed: ${values}. The person's value stands until it is decided.`,
          )
        : line(one.field, 'settled', one.closedAt, `Dispute ${one.outcome}: ${values}.`);
    }),
    ...found.edits
      .filter(({ field }) => !disputed.has(field))
      .flatMap(({ field, stance, found: seen, wanted, seenAt }) => {
        const values = `${show(field, seen)} instead of ${show(field, wanted)}`;
        switch (stance) {
          case 'yielded':
            return line(
              field,
              'left as edited',
              seenAt,
              `Left as edited: ${values}, until another value is decided.`,
            );
          case 'broken':
            return line(
              field,
              'left as edited',
              seenAt,
              `Another program sets ${values}: left alone until another value is decided.`,
            );
          case 'disputed':
            return [];
          default:
            return line(field, 'put back', seenAt, `An edit was put back: ${values}.`);
        }
      }),
    ...found.holds.map(({ field, value, runId, heldAt }) =>
      line(
        field,
        'held',
        heldAt,
        `Undone: ${show(field, value)} of run ${runId} is not written again until another value ` +
          `is decided, or "npx partner-sync undo ${runId} --release".`,
      ),
    ),
  ];
}

/** Why a field whose decided value the CRM does not hold is not written; null: no such reason. */
export function ownedState(found: Owned, key: string): ExplainField['state'] | null {
  if (openDisputes(found).some(({ field }) => field === key)) {
    return 'disputed';
  }
  if (found.holds.some(({ field }) => field === key)) {
    return 'held';
  }
  const edit = found.edits.find(({ field }) => field === key);
  return edit?.stance === 'yielded' || edit?.stance === 'broken' ? 'left as edited' : null;
}

function openDisputes({ disputes }: Owned) {
  return disputes.filter(({ closedAt }) => closedAt === null);
}
