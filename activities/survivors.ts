/** Rows as they stand after merges: whatever names a merged record names its survivor. */
import type { IdentityAlias, MirrorRow } from '../store/types.ts';

/** The aliases of a connection, both ways. */
export interface Survivors {
  /** The rows with partners and opportunities at their survivors. */
  followed(rows: MirrorRow[]): MirrorRow[];
  /** The ids, and every id these records had before they were merged into them. */
  withFormer(object: 'partner' | 'opportunity', ids: string[]): string[];
  /** Where this id went; the id itself where it went nowhere. */
  survivorOf(object: 'partner' | 'opportunity', id: string): string;
}

/** Fields that name a record of ours, by what they name. */
export const referring = {
  partner: ['partner', 'referral_partner', 'origin_partner', 'partner_of_record'],
  opportunity: ['opportunity', 'parent'],
} as const;

/** Survivors by a connection's aliases; without any, rows and ids are given back as they are. */
export function survivorsOf(aliases: IdentityAlias[]): Survivors {
  if (aliases.length === 0) {
    return {
      followed: (rows) => rows,
      withFormer: (_object, ids) => ids,
      survivorOf: (_object, id) => id,
    };
  }
  const survivor = new Map<string, string>();
  const former = new Map<string, string[]>();
  for (const { object, oldId, survivorId } of aliases) {
    survivor.set(`${object} ${oldId}`, survivorId);
    const key = `${object} ${survivorId}`;
    former.set(key, [...(former.get(key) ?? []), oldId]);
  }
  return {
    followed: (rows) => rows.map((row) => follow(row, survivor)),
    withFormer: (object, ids) =>
      ids.flatMap((id) => [id, ...(former.get(`${object} ${id}`) ?? [])]),
    survivorOf: (object, id) => survivor.get(`${object} ${id}`) ?? id,
  };
}

function follow(row: MirrorRow, survivor: Map<string, string>): MirrorRow {
  const changed: Record<string, string> = {};
  for (const object of ['partner', 'opportunity'] as const) {
    for (const key of referring[object]) {
      const to = survivor.get(`${object} ${row.fields[key]}`);
      if (to !== undefined) {
        changed[key] = to;
      }
    }
  }
  return Object.keys(changed).length === 0
    ? row
    : { ...row, fields: { ...row.fields, ...changed } };
}
