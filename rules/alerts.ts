/** Alert episodes: which conditions open one, which close one, and which of them get a task. */
import { count, joinWithin, reasonMax, sayDate, sayName } from './sentences.ts';
import { dateOf } from './time.ts';
import type { AlertCondition, AlertPolicy, DecidedObject, Instant } from './types.ts';

/** A record whose condition and open episode of one kind do not agree. */
export interface AlertState {
  object: DecidedObject;
  recordId: string;
  recordName: string;
  kind: string;
  /** What the decision says; null: nothing to act on. */
  condition: AlertCondition | null;
  open: OpenEpisode | null;
  /** Episodes this (record, kind) has had so far. */
  episodes: number;
}

/** The part of an open episode that closing it needs. */
export interface OpenEpisode {
  baseline: boolean;
  since: Instant;
  ownerId: string | null;
  taskKey: string | null;
  subject: string;
}

/** An episode to open or to close. */
export interface EpisodeChange extends OpenEpisode {
  object: DecidedObject;
  recordId: string;
  kind: string;
  change: 'open' | 'close';
}

/** A task to make for one episode. Its key is the CRM's external key: made once, however often. */
export interface AlertTask {
  key: string;
  object: DecidedObject;
  recordId: string;
  kind: string;
  ownerId: string | null;
  subject: string;
  body: string;
}

/** The one summary task of an owner: all that got no task of its own. */
export interface OwnerSummary {
  key: string;
  ownerId: string | null;
  subject: string;
  body: string;
  episodes: number;
}

/** An episode that is told of in a summary. */
export interface SummaryLine {
  ownerId: string | null;
  kind: string;
  since: Instant;
  recordName: string;
}

/** All that alert changes depend on. */
export interface AlertInputs {
  connection: string;
  states: readonly AlertState[];
  /** Conditions that began before are the first day's baseline: known, but no task. */
  activatedAt: Instant;
  now: Instant;
  /** Tasks already made for an owner on the day of `now`. */
  tasksToday: ReadonlyMap<string, number>;
  /** Episodes an owner was told of in today's summary already: it is made again with them. */
  summarisedToday?: readonly SummaryLine[];
  policy: AlertPolicy;
}

/** What must be done about alerts. */
export interface AlertOutcome {
  changes: EpisodeChange[];
  tasks: AlertTask[];
  /** Keys of tasks whose condition has cleared: to be closed in the CRM. */
  closedTaskKeys: string[];
  summaries: OwnerSummary[];
}

/** Which kinds come first when an owner's daily tasks are few. */
const urgency = ['tier_demotion', 'pending_review', 'missing_rate', 'tier_at_risk', 'stale'];
const nouns: Record<string, string> = {
  tier_demotion: 'demotion notice',
  pending_review: 'partner credit to decide',
  missing_rate: 'missing exchange rate',
  tier_at_risk: 'partner tier at risk',
  stale: 'stale opportunity',
};
const plurals: Record<string, string> = {
  tier_demotion: 'demotion notices',
  pending_review: 'partner credits to decide',
  missing_rate: 'missing exchange rates',
  tier_at_risk: 'partner tiers at risk',
  stale: 'stale opportunities',
};

/**
 * Opens one episode a (record, kind) whose condition holds, closes those that cleared. A condition
 * older than activation is baseline. Of the others an owner gets at most the policy's tasks a day,
 * the most urgent and oldest first; baseline and the rest go into one summary an owner and day.
 * A record without an owner goes to the fallback owner.
 */
export function alertChanges(inputs: AlertInputs): AlertOutcome {
  const { states, policy, connection } = inputs;
  const outcome: AlertOutcome = { changes: [], tasks: [], closedTaskKeys: [], summaries: [] };
  const made = new Map(inputs.tasksToday);
  const told: SummaryLine[] = [];
  for (const state of [...states].sort(byUrgency)) {
    const { condition, open } = state;
    if (condition === null && open !== null) {
      outcome.changes.push({ ...episodeOf(state, open), change: 'close' });
      outcome.closedTaskKeys.push(...(open.taskKey === null ? [] : [open.taskKey]));
    }
    if (condition === null || open !== null) {
      continue;
    }
    const ownerId = condition.ownerId ?? policy.fallbackOwnerId;
    const baseline = condition.since < inputs.activatedAt;
    const count = made.get(ownerId ?? '') ?? 0;
    const getsTask = !baseline && count < policy.maxNewTasksPerOwnerPerDay;
    const taskKey = getsTask ? keyOf(connection, state) : null;
    const { since, subject, body } = condition;
    const { object, recordId, recordName, kind } = state;
    const episode = { baseline, since, ownerId, taskKey, subject };
    outcome.changes.push({ ...episodeOf(state, episode), change: 'open' });
    if (taskKey === null) {
      told.push({ ownerId, kind, since, recordName });
    } else {
      made.set(ownerId ?? '', count + 1);
      outcome.tasks.push({ key: taskKey, object, recordId, kind, ownerId, subject, body });
    }
  }
  outcome.summaries = summariesOf(inputs, told);
  return outcome;
}

/** '<connection>:<record id>:<kind>:<episode>', episodes counted from 1. */
function keyOf(connection: string, { recordId, kind, episodes }: AlertState): string {
  return `${connection}:${recordId}:${kind}:${episodes + 1}`;
}

function episodeOf(state: AlertState, episode: OpenEpisode): Omit<EpisodeChange, 'change'> {
  const { object, recordId, kind } = state;
  const { baseline, since, ownerId, taskKey, subject } = episode;
  return { object, recordId, kind, baseline, since, ownerId, taskKey, subject };
}

function byUrgency(a: AlertState, b: AlertState): number {
  return (
    rank(a.kind) - rank(b.kind) ||
    order(a.condition?.since ?? '', b.condition?.since ?? '') ||
    // Ids are in another order on another CRM: the same records get the tasks.
    order(a.recordName, b.recordName) ||
    order(a.recordId, b.recordId)
  );
}

function rank(kind: string): number {
  const at = urgency.indexOf(kind);
  return at < 0 ? urgency.length : at;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One summary an owner who is told of anything new; the key holds the day, so it is one a day. */
function summariesOf(inputs: AlertInputs, told: readonly SummaryLine[]): OwnerSummary[] {
  const owners = [...new Set(told.map((line) => line.ownerId))];
  const all = [...(inputs.summarisedToday ?? []), ...told];
  const day = dateOf(inputs.now);
  return owners
    .sort((a, b) => order(a ?? '', b ?? ''))
    .map((ownerId) => {
      const lines = all.filter((line) => line.ownerId === ownerId);
      const kinds = [...new Set(lines.map((line) => line.kind))];
      const parts = kinds
        .sort((a, b) => rank(a) - rank(b) || order(a, b))
        .map((kind) => kindLine(lines.filter((line) => line.kind === kind)));
      return {
        key: `${inputs.connection}:${ownerId ?? 'nobody'}:summary:${day}`,
        ownerId,
        subject: `Partner sync: ${count(lines.length, 'item')} to look at`,
        body: joinWithin(parts, reasonMax),
        episodes: lines.length,
      };
    });
}

/** '23 stale opportunities, oldest Acme renewal since 3 Mar 2026'. */
function kindLine(lines: readonly SummaryLine[]): string {
  const { kind } = lines[0]!;
  const oldest = [...lines].sort(
    (a, b) => order(a.since, b.since) || order(a.recordName, b.recordName),
  )[0]!;
  const noun = lines.length === 1 ? nouns[kind] : plurals[kind];
  const since = `oldest ${sayName(oldest.recordName)} since ${sayDate(oldest.since)}`;
  return `${lines.length} ${noun ?? kind}, ${since}`;
}
