/**
 * The server's HTTP side as the command line sees it: paths and the shapes of their answers.
 * Content travels here, never through Temporal (design.md section 2).
 */
import type { CanonicalValue, CrmName, Evidence, Instant } from '../rules/types.ts';
import type {
  CommandRow,
  MappingVersionRow,
  PlanHead,
  PlanRow,
  RunRow,
  WriteFailure,
} from '../store/types.ts';

/** Every path. Ids hold slashes, so they travel as query parameters. */
export const paths = {
  /** Open to all: nothing of a record in it. Everything else needs the bearer token. */
  health: '/health',
  /** The same without a look at the store: the process answers. */
  live: '/health/live',
  /** POST by HubSpot, `/<connection>` behind it; its signature is the permission. */
  webhooks: '/webhooks/hubspot',
  metrics: '/metrics',
  /** GET -> ConnectionView[] */
  connections: '/v1/connections',
  /** GET ?connection&limit -> RunRow[] */
  runs: '/v1/runs',
  /** GET ?id -> RunRow */
  run: '/v1/run',
  /** GET ?connection&limit -> PlanHead[] */
  plans: '/v1/plans',
  /** GET ?id (a plan's id, or a connection: its open plan) -> PlanView */
  plan: '/v1/plan',
  /** GET ?id&after&limit -> PlanRowsPage */
  planRows: '/v1/plan/rows',
  /** GET ?record&connection -> ExplainView; 300 with Candidate[] when several records fit */
  explain: '/v1/explain',
  /** GET ?connection&limit -> FailureView[] */
  failures: '/v1/failures',
  /** POST NewCommand -> { id } */
  commands: '/v1/commands',
  /** GET ?id -> CommandRow */
  command: '/v1/command',
  /** GET ?connection -> SummaryView */
  summary: '/v1/summary',
  /** GET ?connection&limit -> ExampleView[] */
  examples: '/v1/examples',
  /** POST { path } -> { bytes } */
  backup: '/v1/backup',
  /** GET -> MappingVersionRow[] (without their texts) ?connection */
  versions: '/v1/versions',
  /** HTML for people, by a link that carries its own key: what a CRM field can point to. */
  explainPage: '/explain',
  planPage: '/plan',
} as const;

/** Every refusal: what happened and what to do. */
export interface ErrorAnswer {
  error: string;
}

export interface ConnectionView {
  name: string;
  crm: CrmName;
  paused: boolean;
  pauseReason: string | null;
  activeVersion: string | null;
  activatedAt: Instant | null;
  openPlan: string | null;
  lastRun: RunRow | null;
  /** Live records in the mirror by object. */
  mirrored: Record<string, number>;
  failures: number;
  waiting: number;
  clockOffsetMs: number;
}

/** What a connection holds now, in numbers. */
export interface SummaryView {
  connection: string;
  crm: CrmName;
  mirrored: Record<string, number>;
  attribution: Record<string, number>;
  stale: number;
  pipeline: PipelineView;
}

/** Live opportunities by state, and what is blank on them: read as empty, never guessed. */
export interface PipelineView {
  won: PipelineState;
  lost: PipelineState;
  open: PipelineState;
  withoutAccount: number;
  withoutAmount: number;
  withoutCloseDate: number;
}

export interface PipelineState {
  opportunities: number;
  /** One sum a currency, as people read it, the corporate one first: 'USD 17,936,928.00'. */
  amounts: string[];
}

/** A backup that is whole: where it is on the worker's machine, and its size. */
export interface BackupView {
  path: string;
  bytes: number;
}
/** A plan with the link to its page, and its money as people read it. */
export interface PlanView extends PlanHead {
  pageUrl: string;
  /** 'USD 12,321,483.49' by direction, as in `moneyMoved`. */
  moneyShown: Record<string, string>;
}

/** A planned field with its label and its values as people read them. */
export interface PlanRowView extends PlanRow {
  label: string;
  shown: { old: string; new: string };
}

export interface PlanRowsPage {
  rows: PlanRowView[];
  next: string | null;
}

/** What a name or id could mean. */
export interface Candidate {
  connection: string;
  object: string;
  id: string;
  name: string;
}

export interface ExplainDecision {
  kind: string;
  rule: string;
  version: string;
  sentence: string;
  evidence: Evidence[];
  counterfactual: string | null;
  decidedAt: Instant;
  lockedAt: Instant | null;
  /** When time alone may change it; null: never. */
  dueAt: Instant | null;
}

/** One engine field: what was decided, what the CRM held when last read, and where that stands. */
export interface ExplainField {
  key: string;
  label: string;
  decided: CanonicalValue;
  inCrm: CanonicalValue;
  /** Both as people read them: a partner by name, a percentage as one. */
  shown: { decided: string; inCrm: string };
  /** 'not mapped': decided, but the mapping names no CRM field for it. */
  state:
    | 'as decided'
    | 'waiting'
    | 'failed'
    | 'disputed'
    | 'held'
    | 'left as edited'
    | 'not written'
    | 'not mapped';
}

/** A field that a person, an undo or another program has a say in. */
export interface ExplainOwner {
  key: string;
  label: string;
  state: 'disputed' | 'settled' | 'left as edited' | 'put back' | 'held';
  at: Instant;
  sentence: string;
}

export interface ExplainWrite {
  field: string;
  label: string;
  before: CanonicalValue;
  after: CanonicalValue;
  shown: { before: string; after: string };
  state: string;
  at: Instant | null;
  run: string;
  failure: WriteFailure | null;
}

/** Why a record has its values: all of it. */
export interface ExplainView {
  connection: string;
  crm: CrmName;
  object: string;
  id: string;
  name: string;
  /** Set where the mapping does not know one of the record's values: why nothing is decided. */
  problem: string | null;
  /** Ids of records that were merged into it. */
  formerIds: string[];
  crmUrl: string | null;
  pageUrl: string;
  decisions: ExplainDecision[];
  fields: ExplainField[];
  owners: ExplainOwner[];
  history: { kind: string; rule: string; version: string; sentence: string; at: Instant }[];
  writes: ExplainWrite[];
  alerts: { kind: string; subject: string; openedAt: Instant; closedAt: Instant | null }[];
}

export interface ExampleView {
  record: string;
  name: string;
  kind: string;
  sentence: string;
  /** What would have changed it; null where nothing simple would. */
  counterfactual: string | null;
  /** 'USD 41,200.00'; null where the record has none. */
  amount: string | null;
  rule: string;
  /** The record's page in the CRM. */
  url: string;
  /** The explanation page. */
  pageUrl: string;
}

export interface FailureView {
  seq: number;
  connection: string;
  object: string;
  record: string;
  crmUrl: string | null;
  state: string;
  fields: string[];
  code: string;
  remedy: string;
  attempts: number;
  nextTryAt: Instant | null;
}

export interface NewCommand {
  kind: string;
  connection: string | null;
  actor: string;
  args: Record<string, unknown>;
}

export interface HealthView {
  ok: boolean;
  store: { ok: boolean; kind: string; schemaVersion: number; latencyMs: number };
  connections: number;
}

export type { CommandRow, MappingVersionRow, PlanHead, PlanRow, RunRow };

/** Where HubSpot sends a connection's webhooks: below the address at which it reaches the server. */
export function webhookUrl(publicUrl: string, connection: string): string {
  return `${publicUrl.replace(/\/$/, '')}${paths.webhooks}/${connection}`;
}
