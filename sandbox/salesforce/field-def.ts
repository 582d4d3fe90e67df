/** The definition of one field of an object. */
import type { FieldType } from '../dataset.ts';

/** One field. A definition is never changed in place: adding or hiding replaces it. */
export interface FieldDef {
  name: string;
  label: string;
  type: FieldType;
  /** Where its value stands in a Row. */
  slot: number;
  length: number;
  precision: number;
  scale: number;
  referenceTo: string[];
  /** `Account` of AccountId, `Partner__r` of Partner__c. */
  relationshipName: string | null;
  /** The parent's name for its children by this field, for sub-selects. */
  childRelationship: string | null;
  picklist: string[] | null;
  restricted: boolean;
  externalId: boolean;
  unique: boolean;
  /** Upsert may match by it although it is no external id (Email, Username). */
  idLookup: boolean;
  caseSensitive: boolean;
  required: boolean;
  createable: boolean;
  updateable: boolean;
  custom: boolean;
  calculated: boolean;
  nameField: boolean;
  defaultValue: string | number | boolean | null;
  /** Numbers records by itself, e.g. `DR-{00000}`. */
  autoNumber: string | null;
  /** True: invisible until FieldPermissions grant it (a field made by the Tooling API). */
  gated: boolean;
}
