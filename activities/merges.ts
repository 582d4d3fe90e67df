/** Where merged records went: the survivor at the end of the chain, as the CRM tells it. */
import type { CrmRecord } from '../connectors/connector.ts';
import type { OpenConnection } from './context.ts';
import type { Reader } from './read-source.ts';

/**
 * The records with `mergedInto` at the last survivor: one merged away again may be outside what
 * the mapping reads. One further call where there is a merged record, none otherwise.
 */
export async function withSurvivors(
  open: OpenConnection,
  reader: Reader,
  records: CrmRecord[],
): Promise<CrmRecord[]> {
  const merged = records.flatMap(({ id, mergedInto }) => (mergedInto === null ? [] : [id]));
  if (merged.length === 0) {
    return records;
  }
  const survivors = await open.connector.resolveIdentity(reader.source.crmObject, merged);
  return records.map((record) => {
    const survivor = survivors.get(record.id);
    return survivor === undefined ? record : { ...record, mergedInto: survivor };
  });
}
