/** Connections, mapping versions, runs and commands: what the store keeps of each. */
import type { CrmName, Instant } from '../../rules/types.ts';

export interface ConnectionRow {
  name: string;
  crm: CrmName;
  accountId: string | null;
  /** Our integration user there. */
  userId: string | null;
  recordUrlBase: string | null;
  corporateCurrency: string | null;
  /** When its first version was activated (CRM clock); null before. */
  activatedAt: Instant | null;
  pausedAt: Instant | null;
  /** One sentence with the remedy. */
  pauseReason: string | null;
  clockOffsetMs: number;
}

export interface MappingVersionRow {
  id: string;
  connection: string;
  state: 'candidate' | 'active' | 'retired';
  /** Policy label + 7 hash digits, shown to people: '2026.4-a1b2c3d'. */
  label: string;
  hash: string;
  rulesVersion: string;
  /** The files it was made of, so that the active version runs whatever the files say now. */
  sources: { path: string; text: string }[];
  createdAt: Instant;
  activatedAt: Instant | null;
}

export type RunKind =
  | 'sync'
  | 'backfill'
  | 'plan'
  | 'apply'
  | 'undo'
  | 'reconcile'
  | 'provision'
  | 'retry';

export type RunOutcome = 'running' | 'green' | 'amber' | 'red';

/** Counts by name: pulled.opportunity, changed.opportunity, decided, written, tasks, failed ... */
export type RunCounts = Record<string, number>;

export interface RunRow {
  id: string;
  connection: string;
  kind: RunKind;
  /** Temporal workflow id and run id, for the link to the UI. */
  workflowId: string;
  workflowRunId: string;
  commandId: string | null;
  planId: string | null;
  outcome: RunOutcome;
  /** One sentence; for red the remedy. */
  message: string | null;
  counts: RunCounts;
  startedAt: Instant;
  finishedAt: Instant | null;
}

export interface CommandRow {
  id: string;
  kind: string;
  connection: string | null;
  actor: string;
  args: Record<string, unknown>;
  result: unknown;
  createdAt: Instant;
  finishedAt: Instant | null;
}

/** Connections, versions, runs and commands. */
export interface RunStore {
  upsertConnection(
    row: Pick<ConnectionRow, 'name' | 'crm'> & Partial<ConnectionRow>,
  ): Promise<void>;
  connection(name: string): Promise<ConnectionRow | undefined>;
  connections(): Promise<ConnectionRow[]>;
  pauseConnection(name: string, reason: string | null, at: Instant | null): Promise<void>;
  saveVersion(row: MappingVersionRow): Promise<void>;
  activeVersion(connection: string): Promise<MappingVersionRow | undefined>;
  versions(connection: string): Promise<MappingVersionRow[]>;
  version(id: string): Promise<MappingVersionRow | undefined>;
  /** Retires the active one; sets the connection's activatedAt when it is the first. */
  activateVersion(id: string, at: Instant): Promise<void>;
  openRun(row: Omit<RunRow, 'counts' | 'outcome' | 'finishedAt' | 'message'>): Promise<void>;
  /** Adds to the run's counts (a retried activity must not add twice: `step` is its key). */
  addCounts(runId: string, step: string, counts: RunCounts): Promise<void>;
  closeRun(
    runId: string,
    outcome: RunOutcome,
    message: string | null,
    at: Instant,
  ): Promise<RunRow>;
  run(id: string): Promise<RunRow | undefined>;
  runs(connection: string | null, limit: number): Promise<RunRow[]>;
  /** The latest run of a kind, however it ended. */
  latestRun(connection: string, kind: RunKind): Promise<RunRow | undefined>;
  saveCommand(row: Omit<CommandRow, 'result' | 'finishedAt'>): Promise<void>;
  finishCommand(id: string, result: unknown, at: Instant): Promise<void>;
  command(id: string): Promise<CommandRow | undefined>;
}
