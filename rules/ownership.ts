/** Who has the last word on an engine field: us, a person, or nobody while two programs fight. */
import { clip, reasonMax } from './sentences.ts';
import type {
  CanonicalValue,
  DecidedObject,
  DecisionKind,
  FieldHistory,
  Instant,
  Stance,
} from './types.ts';

/** What a mapping says of a person's edit of an engine field (`write.on_human_edit`). */
export type HumanEditRule = 'restore_then_yield' | 'restore_then_dispute' | 'keep';

/** All that decides who writes a field whose desired value the CRM does not hold. */
export interface FieldSituation {
  desired: CanonicalValue;
  mirrored: CanonicalValue;
  /** What we last wrote (or last found to be as decided: seq 0); null: the field was never ours. */
  lastWritten: { value: CanonicalValue; seq: number } | null;
  /** CRM user ids; null where the CRM does not say, which counts as a person. */
  modifiedBy: string | null;
  ourUserId: string | null;
  rule: HumanEditRule;
  history: FieldHistory | null;
  /** The decided value an undo holds back; undefined: no hold. */
  held: CanonicalValue | undefined;
  /** A dispute about the field is open. */
  disputed: boolean;
}

/** What is done about the field; `seen` is set where an edit was counted just now. */
export interface Verdict {
  /** The desired value is written. */
  write: boolean;
  because: 'ours' | Stance | 'held';
  seen: FieldHistory | null;
  /** The hold is over: the decision wants another value now. */
  releasesHold: boolean;
}

/** Flips by our own user at which the field is left alone (design.md section 4). */
const breakerFlips = 2;

/**
 * Decides about one field (design.md section 4, "Who writes a field"). An edit is a value that is
 * neither what we last wrote nor what is desired. A person's first edit is restored, the second
 * becomes a dispute or a yield as the mapping says; `keep` yields at once. A second flip by our
 * own user trips the breaker. Yields and breakers hold until the decided value changes, disputes
 * until they are decided.
 */
export function fieldVerdict(field: FieldSituation): Verdict {
  if (field.disputed) {
    return { write: false, because: 'disputed', seen: null, releasesHold: false };
  }
  if (field.held !== undefined && field.held === field.desired) {
    return { write: false, because: 'held', seen: null, releasesHold: false };
  }
  const releasesHold = field.held !== undefined;
  const given = relevantHistory(field);
  if (given?.stance === 'yielded' || given?.stance === 'broken') {
    return { write: false, because: given.stance, seen: null, releasesHold };
  }
  const { lastWritten } = field;
  if (lastWritten === null || lastWritten.value === field.mirrored) {
    return { write: true, because: 'ours', seen: null, releasesHold };
  }
  if (given !== null && given.edits + given.flips > 0 && given.writtenSeq === lastWritten.seq) {
    // Nothing was written since that edit was counted: it is still the same one.
    return { write: given.stance !== 'disputed', because: given.stance, seen: null, releasesHold };
  }
  const seen = counted(field, given, lastWritten.seq);
  const write = seen.stance === 'restored' || seen.stance === 'automation';
  return { write, because: seen.stance, seen, releasesHold };
}

/** A yield or a breaker is over, and its count with it, once the decision wants another value. */
function relevantHistory({ history, desired }: FieldSituation): FieldHistory | null {
  const over = history?.stance === 'yielded' || history?.stance === 'broken';
  return over && history.wanted !== desired ? null : history;
}

function counted(field: FieldSituation, given: FieldHistory | null, seq: number): FieldHistory {
  const { modifiedBy, ourUserId, rule, desired } = field;
  const before = { edits: given?.edits ?? 0, flips: given?.flips ?? 0 };
  if (modifiedBy !== null && modifiedBy === ourUserId) {
    const flips = before.flips + 1;
    const stance = flips >= breakerFlips ? 'broken' : 'automation';
    return { ...before, flips, stance, writtenSeq: seq, wanted: desired };
  }
  const edits = before.edits + 1;
  return { ...before, edits, stance: afterEdit(edits, rule), writtenSeq: seq, wanted: desired };
}

function afterEdit(edits: number, rule: HumanEditRule): Stance {
  if (rule === 'keep') {
    return 'yielded';
  }
  if (edits === 1) {
    return 'restored';
  }
  return rule === 'restore_then_dispute' ? 'disputed' : 'yielded';
}

/** Which of the mapping's three rules speaks for a decision's fields. */
export function humanEditRule(
  kind: DecisionKind,
  rules: Record<'default' | 'attribution' | 'tier', HumanEditRule>,
): HumanEditRule {
  return kind === 'stale' ? rules.default : rules[kind];
}

/** A task about an edit: its key is made once an edit, however often the edit is read. */
export interface EditTask {
  key: string;
  /** For the one who looks after the engine instead of the record's owner. */
  forFallbackOwner: boolean;
  subject: string;
  body: string;
}

/** What the sentences of a task are made of; values as people read them. */
export interface EditTold {
  connection: string;
  object: DecidedObject;
  recordId: string;
  recordName: string;
  field: string;
  label: string;
  who: string;
  at: Instant;
  found: string;
  wanted: string;
  reason: string;
  rule: HumanEditRule;
}

/** The task that tells of a counted edit; null where nobody needs to be told. */
export function editTask(told: EditTold, seen: FieldHistory): EditTask | null {
  const { label, recordName, who, found, wanted, reason } = told;
  const key = (kind: string, n: number) =>
    `${told.connection}:${told.recordId}:${kind}:${told.field}:${n}`;
  const changed = `${who} set ${label} of ${recordName} to ${found}.`;
  switch (seen.stance) {
    case 'restored':
      return {
        key: key('restored', seen.edits),
        forFallbackOwner: false,
        subject: clip(`Put back: ${label} of ${recordName}`, reasonMax),
        body:
          `${changed} It was put back to ${wanted}, because: ${reason} ` +
          (told.rule === 'restore_then_dispute'
            ? 'If that is wrong, change it once more: that opens a dispute and your value stands.'
            : 'If that is wrong, change it once more: your value then stays.'),
      };
    case 'yielded':
      return told.rule === 'keep'
        ? null
        : {
            key: key('yielded', seen.edits),
            forFallbackOwner: true,
            subject: clip(`Left as edited: ${label} of ${recordName}`, reasonMax),
            body:
              `${changed} It had been put back once, so it is left alone now. Decided was ` +
              `${wanted}: ${reason} It is written again when the decided value changes.`,
          };
    case 'broken':
      return {
        key: key('breaker', seen.flips),
        forFallbackOwner: true,
        subject: clip(`Another program changes ${label} of ${recordName}`, reasonMax),
        body:
          `Something that signs in as this engine's own user set it to ${found} ` +
          `${seen.flips} times; decided is ${wanted}. It is left alone until the decided value ` +
          'changes: find the flow or integration that writes it, and take one of the two away.',
      };
    default:
      return null;
  }
}

/** What closes the task that told of an earlier edit. */
export interface EditTaskEnd {
  key: string;
  /** Goes before what the task said. */
  why: string;
}

/**
 * A second edit answers the "Put back" of the first: the value stands now, and nothing is left to do
 * for the one who was told. null: the edit is none of that kind.
 */
export function endOfPutBack(told: EditTold, { stance, edits }: FieldHistory): EditTaskEnd | null {
  if (edits < 2 || (stance !== 'disputed' && stance !== 'yielded')) {
    return null;
  }
  const { connection, recordId, field, who, found } = told;
  const stands =
    stance === 'disputed'
      ? 'a dispute is open about it, and this value stands until it is decided'
      : 'this value stays until another one is decided';
  return {
    key: `${connection}:${recordId}:restored:${field}:1`,
    why: `Done: ${who} set it to ${found} once more, so ${stands}.`,
  };
}
