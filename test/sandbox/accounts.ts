/** Accounts with known ids, for the tests of the API. */
import type { DatasetRow } from '../../sandbox/dataset.ts';
import { openClient } from './client.ts';

/** So many rows: `001...1AAA`, `Account 1`. */
export function accounts(count: number): DatasetRow[] {
  return Array.from({ length: count }, (_, i) => ({
    Id: `001${String(i + 1).padStart(12, '0')}AAA`,
    Name: `Account ${i + 1}`,
  }));
}

/** A client of an org that holds them. */
export function withAccounts(count: number) {
  const object = { name: 'Account', label: 'Account', fields: [], rows: accounts(count) };
  return openClient({ dataset: { today: '2026-11-20', objects: [object] } });
}
