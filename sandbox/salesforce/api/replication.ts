/** getUpdated and getDeleted: what changed in a window, for replicas. */
import { ApiError } from '../errors.ts';
import { systemModstampSlot } from '../system-fields.ts';
import { fromStored, parseDatetime, type Row, toStored } from '../values.ts';
import type { Api, Call } from './call.ts';

const dayMs = 86_400_000;
/** How far back the windows may begin, in days. */
const updatedDaysMax = 30;
const deletedDaysMax = 15;
/** Ids one answer holds at most. */
const idsMax = 600_000;

/** Mounts both routes; they must stand before `/sobjects/T/:id`. */
export function mountReplication(api: Api): void {
  api.get('/services/data/:version/sobjects/:object/updated', (c) => {
    const { rows, end } = changed(c, updatedDaysMax);
    const ids = rows.filter((row) => row[1] !== true).map((row) => row[0]);
    return c.json({ ids, latestDateCovered: end });
  });
  api.get('/services/data/:version/sobjects/:object/deleted', (c) => {
    const { rows, end, earliest } = changed(c, c.get('effects')?.deletedDays ?? deletedDaysMax);
    return c.json({
      deletedRecords: rows
        .filter((row) => row[1] === true)
        .map((row) => ({ deletedDate: row[systemModstampSlot], id: row[0] })),
      earliestDateAvailable: earliest,
      latestDateCovered: end,
    });
  });
}

function changed(c: Call, daysMax: number): { rows: Row[]; end: string; earliest: string } {
  const org = c.get('org');
  const object = org.object(c.req.param('object') ?? '');
  const start = instant(c, 'start');
  const asked = instant(c, 'end');
  const now = org.clock.now();
  const earliest = toStored(now - daysMax * dayMs);
  if (fromStored(asked) - fromStored(start) <= 60_000) {
    throw new ApiError(
      400,
      'INVALID_REPLICATION_DATE',
      'startDate before endDate by more than one minute is required',
    );
  }
  if (start < earliest) {
    throw new ApiError(
      400,
      'INVALID_REPLICATION_DATE',
      `startDate more than ${daysMax} days ago: the earliest date available is ${earliest}`,
    );
  }
  const end = toStored(Math.min(fromStored(asked), now));
  const index = org.table(object).sorted(systemModstampSlot);
  const rows = [...index.range({ key: start, inclusive: true }, { key: end, inclusive: true })];
  if (rows.length > idsMax) {
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', `more than ${idsMax} ids in the date range`);
  }
  return { rows, end, earliest };
}

/** Seconds are cut off, as documented. */
function instant(c: Call, name: 'start' | 'end'): string {
  const text = c.req.query(name);
  const parsed = text === undefined ? null : parseDatetime(text.replace(' ', '+'));
  if (parsed === null) {
    throw new ApiError(400, 'INVALID_REPLICATION_DATE', `${name}: not a valid date: ${text ?? ''}`);
  }
  return parsed.slice(0, 17) + '00.000+0000';
}
