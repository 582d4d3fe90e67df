/**
 * The one interface to a CRM that activities see. Names here are the CRM's own API names and raw
 * values; mappings/translate.ts turns them into canonical form and back.
 *
 * What HubSpot keeps beside properties has names of fields too, so that mappings need no second
 * way: 'companies:Sourcing partner' is the company an association label names (the first by id;
 * 'companies:*' any associated one), read with every record and written as that one label, whatever
 * else the association means; 'dealstage.label' (is_closed, is_won, probability, pipeline) is said
 * by the pipelines' metadata, 'hubspot_owner_id.email' by the owner. 'owners' is an object.
 */
import type { CrmName, Instant } from '../rules/types.ts';
import type { CallPriority } from './budget.ts';
import type { FoundTask, TaskResult, TaskWrite } from './task.ts';

export type * from './task.ts';
export { onlyCloses } from './task.ts';

/** A raw field value as the CRM's API gives it. */
export type CrmValue = string | number | boolean | null;

/** A record as read: `values` holds the asked fields (dotted parents flattened: 'Owner.Name'). */
export interface CrmRecord {
  id: string;
  createdAt: Instant | null;
  modifiedAt: Instant;
  modifiedBy: string | null;
  deleted: boolean;
  mergedInto: string | null;
  values: Record<string, CrmValue>;
}

/**
 * Where a keyset read stands: the last row's (modifiedAt, id). On HubSpot the id alone counts, for a
 * window's rows come in the order of ids, and may name a place in the list of archived records.
 */
export interface PullPosition {
  modifiedAt: Instant;
  id: string;
}

export interface PullRequest {
  object: string;
  fields: string[];
  /** The mapping's own condition, already checked to be one plain condition. */
  where?: string;
  /** Rows modified in [from, until], deleted rows included. null: from the beginning. */
  from: Instant | null;
  until: Instant;
  /** Read on strictly after this position. */
  after?: PullPosition;
  priority: CallPriority;
  signal?: AbortSignal;
}

/** One page in the order of positions. `next` is null on the last page of the window. */
export interface PullPage {
  records: CrmRecord[];
  next: PullPosition | null;
}

export interface ReadRequest {
  object: string;
  fields: string[];
  ids: string[];
  /** Only those of them that meet it (the mapping's own condition). */
  where?: string;
  priority: CallPriority;
  signal?: AbortSignal;
}

/** The live records created in [createdFrom, createdBefore); null: no bound on that side. */
export interface ListRequest {
  object: string;
  /** Beside id and stamps: the fields whose values are to be compared. */
  fields: string[];
  where?: string;
  createdFrom: Instant | null;
  createdBefore: Instant | null;
  priority: CallPriority;
  signal?: AbortSignal;
}

/** A backfill that can go on after a crash: `resume` is opaque, small, without CRM data. */
export interface BackfillPage {
  records: CrmRecord[];
  resume: string | null;
}

export interface FieldDescription {
  name: string;
  label: string;
  /** Canonical kind of value, by which mappings translate. */
  kind:
    | 'id'
    | 'reference'
    | 'text'
    | 'picklist'
    | 'multipicklist'
    | 'boolean'
    | 'decimal'
    | 'percent'
    | 'date'
    | 'datetime';
  /** The vendor's own type name, for messages. */
  vendorType: string;
  /** Characters a text holds; null: no limit known. */
  length: number | null;
  /** Digits after the point of a decimal or percent. */
  scale: number | null;
  /** Active picklist values; null when not a picklist or not restricted is irrelevant. */
  picklist: string[] | null;
  restricted: boolean;
  readable: boolean;
  writable: boolean;
  externalId: boolean;
  unique: boolean;
  calculated: boolean;
  /** true: a change of it does not move the record's modified instant (HubSpot's associations). */
  unstamped?: true;
  referenceTo: string[];
}

export interface ObjectDescription {
  name: string;
  label: string;
  creatable: boolean;
  updatable: boolean;
  deletable: boolean;
  fields: Map<string, FieldDescription>;
  /** How the CRM's own reports of changes name the object, where that is not `name`: '0-3'. */
  typeId?: string;
}

/** A stage as the CRM's metadata defines it. */
export interface StageDescription {
  value: string;
  label: string;
  isClosed: boolean;
  isWon: boolean;
  active: boolean;
  /** HubSpot pipeline id; null on Salesforce. */
  pipeline: string | null;
}

/** One record's change by API field name; null clears. */
export interface RecordWrite {
  id: string;
  values: Record<string, CrmValue>;
}

/**
 * What became of one write. `unclear`: the connection broke after sending, read back before any
 * retry. `retryable`: the row may succeed later (lock, time-out) without anybody's help.
 * `reason`: what the CRM said and what to do, for people. It may quote the CRM's rule text, so it
 * goes to the store only, never into Temporal.
 */
export type WriteResult =
  | { id: string; outcome: 'written'; created: boolean }
  | {
      id: string;
      outcome: 'failed';
      code: string;
      fields: string[];
      retryable: boolean;
      reason?: string;
    }
  | { id: string; outcome: 'unclear' };

/** A field to provision, in the vendor's own terms (from the mapping's field set). */
export interface ProvisionField {
  object: string;
  name: string;
  label: string;
  description: string;
  /** 'Checkbox', 'Text', 'Lookup' ...: the vendor's metadata type. */
  type: string;
  length?: number;
  precision?: number;
  scale?: number;
  values?: string[];
  referenceTo?: string;
  relationshipName?: string;
  externalId?: boolean;
  unique?: boolean;
  /** Users may edit it (inputs); otherwise they read it only. */
  usersEdit: boolean;
}

/** One step of provisioning, done or (dry run) to be done, in words. */
export interface ProvisionStep {
  what: string;
  state: 'exists' | 'created' | 'would-create' | 'failed' | 'manual';
  /** Failure's code and remedy, or the manual step's text. */
  detail: string | null;
}

export interface CrmAccount {
  /** Org or portal id: whose limits are spent. */
  accountId: string;
  /** Our integration user's id: what we wrote ourselves is known by it. */
  userId: string;
  userName: string;
  /** Base of record links, e.g. https://acme.my.salesforce.com */
  recordUrlBase: string;
  currency: string | null;
  multiCurrency: boolean;
  isSandbox: boolean;
}

/** Rates as the CRM has them: dated where it keeps dates. */
export interface CrmRate {
  currency: string;
  rate: string;
  validFrom: string;
}

export interface Usage {
  calls: number;
  dailyUsed: number | null;
  dailyLimit: number | null;
}

/** One connection to a CRM. Every method throws ConnectorError, and only that. */
export interface Connector {
  readonly crm: CrmName;
  /** Who we are there. One call, then remembered. */
  account(): Promise<CrmAccount>;
  /** HubSpot's scopes of our token, asked afresh; null: not told, or told by describe (Salesforce). */
  grants(): Promise<ReadonlySet<string> | null>;
  /** The CRM's clock: our clock plus the offset its last `Date` header showed. */
  now(): Promise<Instant>;
  /** How far the CRM's clock is from ours, in milliseconds (CRM minus ours). */
  clockOffsetMs(): number;
  /** Cached up to an hour; `fresh` reads again. Unknown object: 'not-found'. */
  describe(object: string, options?: { fresh?: boolean }): Promise<ObjectDescription>;
  stages(object: string): Promise<StageDescription[]>;
  pullChanges(request: PullRequest): Promise<PullPage>;
  /** Ids deleted in a window; for reconcile (deletes ride along with pullChanges). */
  pullDeleted(object: string, from: Instant, until: Instant): Promise<string[]>;
  /** Deleted ones included. Whole, or 'malformed-response': never some of them for all. */
  readByIds(request: ReadRequest): Promise<CrmRecord[]>;
  /**
   * Every live record of a span of creation, in no order: what the CRM has, for reconcile. Whole,
   * or it throws ('malformed-response' where the CRM's own count differs from what it sent).
   */
  listCreated(request: ListRequest): Promise<CrmRecord[]>;
  /** Reads a whole object; call again with `resume` until it is null. */
  backfill(request: PullRequest, resume: string | null): Promise<BackfillPage>;
  /** Live records, by the mapping's condition: one call. */
  count(object: string, where?: string): Promise<number>;
  /** One result a write, in input order. Throws only when nothing was sent. */
  writeRecords(
    object: string,
    writes: RecordWrite[],
    priority: CallPriority,
  ): Promise<WriteResult[]>;
  upsertTasks(tasks: TaskWrite[], priority: CallPriority): Promise<TaskResult[]>;
  /** Tasks by our keys; deleted ones are left out. */
  findTasks(keys: string[]): Promise<Map<string, FoundTask>>;
  provision(fields: ProvisionField[], options: { dryRun: boolean }): Promise<ProvisionStep[]>;
  /** Old id -> surviving id for merged records; ids that live or are gone are left out. */
  resolveIdentity(object: string, ids: string[]): Promise<Map<string, string>>;
  rates(): Promise<CrmRate[]>;
  /** Rows to give `writeRecords` at a time: its calls are full, and its reads beside them too. */
  readonly writeBatchSize: number;
  /** Objects that are best read at the same time. */
  readonly sourcesAtOnce: number;
  /** Link to a record's page for people. */
  recordUrl(object: string, id: string): string;
  /** Calls made through this connector since it was opened, and the CRM's own count. */
  usage(): Usage;
  close(): Promise<void>;
}
