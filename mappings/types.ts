/** What a mapping becomes once it is read: the contract between mappings/ and its users. */
import type {
  CanonicalValue,
  CrmName,
  ObjectName,
  Policy,
  WritableObject,
  WriteScope,
} from '../rules/types.ts';

/** Where a value stands in the files RevOps edit; lines and columns count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** One thing wrong with a mapping or a policy; `text` is the whole line to print. */
export interface Problem extends Position {
  /** Dotted path of the key, e.g. 'read.opportunity.fields.stage'; '' for the whole file. */
  path: string;
  message: string;
  text: string;
}

/** What a canonical value is: decides how a CRM value is read and written. */
export type CanonicalKind =
  | 'id'
  | 'ids'
  | 'text'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'percent'
  | 'date'
  | 'datetime';

/** One canonical field read from the CRM, or a constant. */
export interface FieldSource {
  /** API name, dotted for a parent's field ('Owner.Name'); null for a constant. */
  crmField: string | null;
  constant: CanonicalValue;
  kind: CanonicalKind;
  /** CRM value -> canonical value; a value that is not listed quarantines the record. */
  values: Record<string, string> | null;
  /** Left out where the CRM has no such field (CurrencyIsoCode of a single-currency org). */
  optional: boolean;
  /** The value is no id but a text: the partner's that holds it in this CRM field. */
  namesPartnerBy: string | null;
}

/** One field the engine writes. */
export interface WriteField {
  crmField: string;
  kind: CanonicalKind;
  /** Canonical value -> CRM value, one to one; null: written as it is. */
  values: Record<string, string> | null;
}

/** One CRM object read as one canonical object. */
export interface ReadSource {
  /** Key of its cursor: 'opportunity:Opportunity', 'touch:Partner_Touch__c', 'touch:X#2'. */
  name: string;
  object: ObjectName;
  crm: CrmName;
  /** API name of the object. */
  crmObject: string;
  /** One plain condition, checked; null: all records. */
  where: string | null;
  /** Left out where the CRM has no such object (a package that is not installed). */
  optional: boolean;
  /** By canonical read key. */
  fields: Record<string, FieldSource>;
  /** The engine's own fields on this object, by engine key: mirrored to compare with. */
  written: Record<string, WriteField>;
}

/** How we sign in, with `${ENV}` references unresolved: safe to store and to log. */
export interface AuthTemplate {
  flow: 'jwt-bearer' | 'client-credentials' | 'refresh-token' | 'token';
  apiVersion: string | null;
  /** Every other key of `auth` as written, e.g. `client_secret: ${SF_SECRET}`. */
  values: Record<string, string>;
}

/** What `resolveAuth` makes of it; holds secrets: never stored, logged or returned. */
export type ResolvedAuth = { apiVersion: string | null } & (
  | {
      flow: 'jwt-bearer';
      loginUrl: string;
      clientId: string;
      username: string;
      /** PEM text, read from `private_key_file`. */
      privateKey: string;
    }
  | { flow: 'client-credentials'; loginUrl: string; clientId: string; clientSecret: string }
  | {
      flow: 'refresh-token';
      loginUrl: string;
      clientId: string;
      clientSecret?: string;
      refreshToken: string;
    }
  | { flow: 'token'; loginUrl: string; accessToken: string }
);

export type HumanEditRule = 'restore_then_yield' | 'restore_then_dispute' | 'keep';

export interface SyncSettings {
  everyMs: number;
  /** How far the cursor stays behind the CRM's now. */
  lagMs: number;
  /** How far each read reaches back behind the cursor. */
  overlapMs: number;
  /** 'HH:MM' in UTC, daily; null: no nightly reconcile. */
  reconcileAt: string | null;
  /** Share of the CRM account's daily calls that are ours. */
  dailyShareBasisPoints: number;
  /** Of that share, what is kept for alerts and approvals. */
  reservedBasisPoints: number;
  /** Searches a second; HubSpot only. */
  searchesPerSecond: number;
}

/** A text a version was made of; paths are relative to the mappings folder, the mapping first. */
export interface MappingText {
  path: string;
  text: string;
}

/** A mapping and its policy, validated and expanded. Plain data without secrets. */
export interface CompiledMapping {
  connection: string;
  crm: CrmName;
  policyName: string;
  policy: Policy;
  version: { label: string; hash: string };
  sources: MappingText[];
  auth: AuthTemplate;
  sync: SyncSettings;
  read: Record<ObjectName, ReadSource[]>;
  write: { opportunity: Record<string, WriteField>; partner: Record<string, WriteField> };
  tasks: { keyField: string };
  scope: WriteScope;
  onHumanEdit: { default: HumanEditRule; attribution: HumanEditRule; tier: HumanEditRule };
  notify: { mail: string | null };
  /** Where each key was written, by dotted path; policy keys start with 'policy.'. */
  positions: Record<string, Position>;
}

/** The outcome of a load: a mapping, or everything that is wrong with it. */
export type LoadResult =
  | { ok: true; mapping: CompiledMapping; warnings: Problem[] }
  | { ok: false; problems: Problem[] };

// ---- the shapes of connectors/connector.ts this folder needs; values pass without an import ---

export type CrmValue = string | number | boolean | null;

export interface CrmRecordLike {
  id: string;
  createdAt: string | null;
  modifiedAt: string;
  modifiedBy: string | null;
  deleted: boolean;
  mergedInto: string | null;
  values: Record<string, CrmValue>;
}

export interface FieldLike {
  name: string;
  label: string;
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
  vendorType: string;
  length: number | null;
  scale: number | null;
  picklist: string[] | null;
  restricted: boolean;
  readable: boolean;
  writable: boolean;
  externalId: boolean;
  unique: boolean;
  calculated: boolean;
  referenceTo: string[];
}

export interface ObjectLike {
  name: string;
  label: string;
  creatable: boolean;
  updatable: boolean;
  fields: Map<string, FieldLike>;
}

/** Objects whose records the engine writes field by field. */
export type WrittenObject = Exclude<WritableObject, 'task'>;
