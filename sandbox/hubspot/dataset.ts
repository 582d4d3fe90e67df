/** The shape in which data comes into a portal: a seeded company, or a test's own. */
import type { SchemaInput } from './custom-objects.ts';
import type { PropertyInput } from './property.ts';

/** One record; property values as the API writes them. Instants are ISO 8601 in UTC. */
export interface DatasetRecord {
  /** Digits; lists are in order of it. */
  id: string;
  properties: Record<string, string | null>;
  createdAt: string;
  updatedAt?: string;
  archivedAt?: string;
  /** Ids merged into this record: they lead to it. */
  mergedIds?: string[];
  /** How it came to be what it is: earlier values from an instant on, oldest first. */
  versions?: { at: string; byUserId: number | null; properties: Record<string, string | null> }[];
}

/** An object with its records; `schema` makes it a custom one. */
export interface DatasetPortalObject {
  type: string;
  schema?: SchemaInput;
  groups?: { name: string; label: string }[];
  /** Added to (or put in place of) those the object already has. */
  properties?: PropertyInput[];
  records: DatasetRecord[];
}

/** A label between two objects, and what it is called from the other side. */
export interface DatasetLabel {
  from: string;
  to: string;
  name: string;
  label: string;
  inverseLabel: string;
}

/** Two records that belong together; without a label plainly, else also by the label. */
export interface DatasetAssociation {
  from: string;
  fromId: string;
  to: string;
  toId: string;
  label?: string;
}

export interface DatasetStage {
  id: string;
  label: string;
  /** `0.0` to `1.0`. */
  probability: string;
  closed: boolean;
}

/** A whole portal. */
export interface HubSpotDataset {
  today: string;
  companyCurrency: string;
  /** Units of the company currency for one unit of another. */
  exchangeRates: { fromCurrencyCode: string; conversionRate: number; effectiveAt: string }[];
  owners: {
    id: string;
    userId: number;
    email: string;
    firstName: string;
    lastName: string;
    archived: boolean;
    team?: string;
  }[];
  dealPipelines: { id: string; label: string; stages: DatasetStage[] }[];
  objects: DatasetPortalObject[];
  labels: DatasetLabel[];
  associations: DatasetAssociation[];
}
