/**
 * The shape in which records come into a sandbox org: a seeded company or a data export, before it
 * is a CRM.
 */

/** Salesforce field types the sandbox knows (describe's `type` values). */
export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'picklist'
  | 'multipicklist'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'reference'
  | 'url'
  | 'email'
  | 'phone';

/** One field of an object; lengths in characters, precision and scale in digits. */
export interface DatasetField {
  name: string;
  label: string;
  type: FieldType;
  length?: number;
  precision?: number;
  scale?: number;
  /** Object names a reference may point to. */
  referenceTo?: string[];
  picklist?: string[];
  /** A restricted picklist refuses values that are not in the list. */
  restricted?: boolean;
  externalId?: boolean;
  unique?: boolean;
  required?: boolean;
  /** A formula's result as data: the API cannot write it, and it changes without a timestamp. */
  calculated?: boolean;
  /** The org numbers records itself, e.g. `DR-{00000}`; the field cannot be written. */
  autoNumber?: string;
}

/** Values as Salesforce's REST API gives them: dates 'YYYY-MM-DD', datetimes ISO in UTC. */
export type DatasetValue = string | number | boolean | null;
export type DatasetRow = Record<string, DatasetValue>;

/** Fields listed here are added to (or override) the standard ones the org already has. */
export interface DatasetObject {
  name: string;
  label: string;
  fields: DatasetField[];
  rows: DatasetRow[];
}

/** A whole company. `today` is the calendar day (UTC) the data was made for. */
export interface Dataset {
  today: string;
  objects: DatasetObject[];
  validationRules?: ValidationRule[];
}

/** When a rule refuses a record; `isChanged` looks at the record before the write. */
export type Predicate =
  | { all: Predicate[] }
  | { any: Predicate[] }
  | { not: Predicate }
  | { field: string; is: 'blank' | 'changed' }
  | { field: string; is: '=' | '!=' | '<' | '<=' | '>' | '>='; value: DatasetValue }
  | { field: string; is: 'in'; value: DatasetValue[] };

/**
 * A record for which `when` holds is refused with `message`, at `field` or at the top of the page.
 */
export interface ValidationRule {
  object: string;
  name: string;
  when: Predicate;
  message: string;
  field?: string;
  active?: boolean;
}
