/** One record of a portal, as an immutable version that knows the version before it. */

/** Who wrote a version, in the words of HubSpot's property history. */
export interface Author {
  sourceType: 'API' | 'INTEGRATION' | 'CRM_UI' | 'IMPORT' | 'MERGE_OBJECTS' | 'AUTOMATION_PLATFORM';
  sourceId: string | null;
  userId: number | null;
  /** The app whose webhooks call the change its own; null: nobody's app. */
  appId: number | null;
}

/** From when on a deal stood in a stage, epoch ms. */
export interface StageVisit {
  stageId: string;
  at: number;
}

export interface CrmRecord {
  readonly id: string;
  /** The id as a number: the order of lists. */
  readonly number: number;
  /** By property slot; absent and null both mean "no value". */
  readonly values: readonly (string | null | undefined)[];
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly archivedAt: number | null;
  /** When this version was written; updatedAt may stand still or lie elsewhere. */
  readonly writtenAt: number;
  readonly author: Author;
  /** From when on the search index shows this version, epoch ms. */
  readonly indexedAt: number;
  readonly previous: CrmRecord | null;
  readonly visits: readonly StageVisit[] | null;
  /** Ids that were merged into this record. */
  readonly mergedIds: readonly string[] | null;
}

/** The newest version the search index shows at an instant; null: none yet. */
export function indexedVersion(record: CrmRecord, now: number): CrmRecord | null {
  let version: CrmRecord | null = record;
  while (version && version.indexedAt > now) version = version.previous;
  return version;
}

/** One value a property had, newest first in a history. */
export interface ValueVersion {
  value: string;
  timestamp: number;
  author: Author;
}

/** The values of one slot from the newest version back; a cleared value is an empty text. */
export function historyOf(record: CrmRecord, slot: number): ValueVersion[] {
  const versions: ValueVersion[] = [];
  for (let now: CrmRecord | null = record; now; now = now.previous) {
    const value = now.values[slot] ?? '';
    const before = now.previous?.values[slot] ?? '';
    if (value !== before) {
      versions.push({ value, timestamp: now.writtenAt, author: now.author });
    }
  }
  return versions;
}
