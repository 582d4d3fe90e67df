/** The mirror: what was read of the CRM, and how far. */
import type {
  CanonicalRecord,
  DecidedObject,
  FieldValues,
  Instant,
  ObjectName,
  PartnerReference,
} from '../../rules/types.ts';

export interface MirrorRow extends CanonicalRecord {
  object: ObjectName;
  hash: string;
  /** When this connection first saw the record. */
  firstSeenAt: Instant;
  /** Marker to hand back when the record has been decided; null: not dirty. */
  dirty: number | null;
}

/** How far an object is read. `position` is inside an unfinished window. */
export interface CursorRow {
  committedUntil: Instant | null;
  windowUntil: Instant | null;
  position: { modifiedAt: Instant; id: string } | null;
  /** Opaque resume token of a backfill under way. */
  resume: string | null;
  /** What the object was read as when it was last read in full: fields and condition, hashed. */
  shape?: string;
}

export interface PageCommit {
  connection: string;
  object: ObjectName;
  /** The cursor's key: one CRM object may feed several (touch sources): 'touch:Partner_Touch__c'. */
  source: string;
  records: CanonicalRecord[];
  /** The cursor as read; if it has moved since, nothing is stored and StaleCursorError thrown. */
  expected: CursorRow;
  next: CursorRow;
  now: Instant;
  /**
   * Read by id to settle a difference: stored as they are, even where the mirror has a later
   * stamp (a CRM that was restored from a backup).
   */
  authoritative?: boolean;
}

/** A partner that holds the text by which it is named. */
export interface NamedPartner {
  id: string;
  name: string;
  deleted: boolean;
}

/** A text by which records name a partner, and which none or several living partners hold. */
export interface UnsettledName {
  /** As it is compared: in lower case. */
  reference: PartnerReference;
  /** Live records that name a partner by it. */
  records: number;
  /** Names of the partners that hold it. */
  holders: string[];
}

/** A merged record's id and the record it lives on as, at the end of the chain. */
export interface IdentityAlias {
  object: ObjectName;
  oldId: string;
  survivorId: string;
  learnedAt: Instant;
}

/** Live records of the mirror created in [from, before); null: no bound. `sum`: see spans.ts. */
export interface Span {
  from: Instant | null;
  before: Instant | null;
  count: number;
  sum: string;
}

/** What is compared of a record: its stamp, and values that change without moving it. */
export interface ComparedRow {
  id: string;
  modifiedAt: Instant;
  values: FieldValues;
}

export interface PageResult {
  /** New or changed by hash (those are now dirty), and dropped as already known. */
  changed: number;
  unchanged: number;
  deleted: number;
}

/** The mirror of the CRM. */
export interface MirrorStore {
  cursor(connection: string, source: string): Promise<CursorRow>;
  /** One transaction: rows, dirty marks (also of what depends on them) and the cursor. */
  commitPage(page: PageCommit): Promise<PageResult>;
  /** Rows outside a window (webhooks, read before write): stored without moving the cursor. */
  upsertRecords(
    connection: string,
    object: ObjectName,
    records: CanonicalRecord[],
    now: Instant,
  ): Promise<PageResult>;
  mirror(connection: string, object: ObjectName, ids: string[]): Promise<MirrorRow[]>;
  /**
   * Registrations or touches of these opportunities, or of these partners, by id or by a text of
   * theirs; deleted ones too.
   */
  mirrorBy(
    connection: string,
    object: 'registration' | 'touch',
    by: 'opportunity' | 'partner',
    ids: string[],
  ): Promise<MirrorRow[]>;
  /** The partners that hold each text by which partners are named; deleted ones too. */
  partnersNamed(connection: string, references: string[]): Promise<Map<string, NamedPartner[]>>;
  /** Such texts that name no partner as things stand, those of the most records first. */
  unsettledNames(connection: string): Promise<UnsettledName[]>;
  /** Stage changes the mirror has seen, by opportunity, oldest first. */
  stageChanges(
    connection: string,
    opportunityIds: string[],
  ): Promise<Map<string, { stage: string; at: Instant }[]>>;
  mirrorCounts(connection: string): Promise<Record<ObjectName, number>>;
  /** Every merged record the connection has seen. */
  aliases(connection: string): Promise<IdentityAlias[]>;
  /** For reconcile: the mirror's live records in spans of creation, and the rows of one. */
  spans(
    connection: string,
    object: ObjectName,
    cut: { from: Instant | null; size: number; keys: string[] },
  ): Promise<Span[]>;
  spanRows(
    connection: string,
    object: ObjectName,
    span: { from: Instant | null; before: Instant | null; keys: string[] },
  ): Promise<ComparedRow[]>;
  markAllDirty(connection: string, object: DecidedObject): Promise<number>;
  /** Ids dirty, or due by time at `now`, in id order after `after`. */
  dueRecords(
    connection: string,
    object: DecidedObject,
    now: Instant,
    limit: number,
    after: string | null,
  ): Promise<{ id: string; dirty: number | null }[]>;
  /** All live ids in order, for plans. */
  liveIds(
    connection: string,
    object: DecidedObject,
    limit: number,
    after: string | null,
  ): Promise<string[]>;
}
