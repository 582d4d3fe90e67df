/** Reads single records afresh, before something is decided by what the CRM holds right now. */
import type { Store } from '../store/types.ts';
import type { LegClock, OpenConnection } from './context.ts';
import { createReader, sourceOf } from './read-source.ts';

/** The records as the CRM holds them this moment, into the mirror. Throws ConnectorError. */
export async function refreshRecords(
  leg: { store: Store; open: OpenConnection; clock: LegClock },
  object: 'opportunity' | 'partner',
  ids: string[],
): Promise<void> {
  const reader = await createReader(leg.open, sourceOf(leg.open.mapping, object));
  const records = await leg.open.connector.readByIds({
    object: reader.source.crmObject,
    fields: reader.fields,
    ids,
    priority: 3,
    signal: leg.clock.signal,
  });
  const now = await leg.open.connector.now();
  await leg.store.upsertRecords(leg.open.name, object, records.map(reader.read), now);
}
