/** The org's users, for owner fields and for the choice of who is acting. */
import type { Org } from '../salesforce/org.ts';

export interface PageUser {
  id: string;
  name: string;
  active: boolean;
}

/** Everybody in order of their names. */
export function readUsers(org: Org): PageUser[] {
  const user = org.describe('User');
  const name = user.field('Name')!.slot;
  const active = user.field('IsActive')!.slot;
  const users: PageUser[] = [];
  for (const row of org.table(user).rows()) {
    if (row[1] === true) continue;
    users.push({
      id: String(row[0]),
      name: String(row[name] ?? row[0]),
      active: row[active] !== false,
    });
  }
  return users.sort((a, b) => a.name.localeCompare(b.name));
}
