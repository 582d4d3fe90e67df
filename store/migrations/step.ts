/** What one step of the store's schema is. */

/** One numbered step. `sql` never changes once released: its checksum is recorded. */
export interface Migration {
  number: number;
  name: string;
  sql: string;
}
