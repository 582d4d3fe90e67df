/** Rows that name a partner by a text (`names_partner_by`), with the partner's id instead. */
import { isReference } from '../store/named-by.ts';
import type { FactReads, MirrorRow } from '../store/types.ts';
import { referring, type Survivors } from './survivors.ts';

/** Finds the partners that rows of one connection name by a text, in one query a batch. */
export interface NamedPartners {
  /**
   * The rows with ids for texts that one partner holds. Any other text stays: it names no partner
   * the facts know, and `ambiguous` says whether that is because several hold it.
   */
  resolved(rows: MirrorRow[]): Promise<MirrorRow[]>;
  /** Texts that several partners hold, with the partners' names, of all rows so far. */
  ambiguous: ReadonlyMap<string, readonly string[]>;
}

/** For one batch: what its texts mean may have changed by the next. */
export function namedPartners(
  store: Pick<FactReads, 'partnersNamed'>,
  connection: string,
  survivors: Survivors,
): NamedPartners {
  const meant = new Map<string, string | null>();
  const ambiguous = new Map<string, readonly string[]>();
  const learn = async (references: string[]): Promise<void> => {
    const found = await store.partnersNamed(connection, references);
    for (const [reference, holders] of found) {
      const named = meantBy(holders, survivors);
      meant.set(reference, named.length === 1 ? named[0]!.id : null);
      if (named.length > 1) {
        ambiguous.set(reference, named.map(({ name }) => name).sort());
      }
    }
  };
  return {
    ambiguous,
    async resolved(rows) {
      const unknown = new Set(rows.flatMap(referencesOf).filter((one) => !meant.has(one)));
      if (unknown.size > 0) {
        await learn([...unknown]);
      }
      return meant.size === 0 ? rows : rows.map((row) => withIds(row, meant));
    },
  };
}

type Holder = { id: string; name: string; deleted: boolean };

/**
 * Whom a text means: its living holders. Where none lives, the deleted one, as a lookup that was
 * kept would; a merged one lives on in its survivor.
 */
function meantBy(holders: Holder[], survivors: Survivors): Holder[] {
  const living = holders.filter(({ deleted }) => !deleted);
  const meant = living.length > 0 ? living : holders;
  const byId = new Map(meant.map((one) => [survivors.survivorOf('partner', one.id), one]));
  return [...byId].map(([id, one]) => ({ ...one, id }));
}

function referencesOf({ fields }: MirrorRow): string[] {
  return referring.partner.flatMap((key) => {
    const value = fields[key];
    return isReference(value) ? [value] : [];
  });
}

function withIds(row: MirrorRow, meant: ReadonlyMap<string, string | null>): MirrorRow {
  const changed: Record<string, string> = {};
  for (const key of referring.partner) {
    const id = meant.get(String(row.fields[key]));
    if (id) {
      changed[key] = id;
    }
  }
  return Object.keys(changed).length === 0
    ? row
    : { ...row, fields: { ...row.fields, ...changed } };
}
