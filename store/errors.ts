/** What the store refuses because somebody else was there first. */

/** A page whose cursor has moved since it was read: another attempt has stored it. */
export class StaleCursorError extends Error {
  override readonly name = 'StaleCursorError';
}

/** A lease that has run out: somebody else owns the rows now. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';
}
