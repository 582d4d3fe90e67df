/** Reads the bodies and queries of control calls. */
import type { Context } from 'hono';
import type { Clock } from '../clock.ts';
import type { Org } from '../salesforce/org.ts';
import type { Tenants } from '../tenants.ts';

/** The parts of a sandbox most control calls change. */
export interface Reach {
  clock: Clock;
  tenants: Tenants;
}

/**
 * The JSON object of a control call; `{}` where the body is empty. Throws Error on anything else.
 */
export async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  const body: unknown = text.trim() === '' ? {} : JSON.parse(text);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new Error('Expected a JSON object.');
  }
  return body as Record<string, unknown>;
}

/** The org of `?org=ID`, or the default one. Throws Error where there is none of that id. */
export function orgOf(c: Context, tenants: Tenants): Org {
  const id = c.req.query('org');
  if (id === undefined) return tenants.defaultOrg;
  const org = tenants.orgs.get(id);
  if (!org) throw new Error(`There is no org ${id}. GET /__sandbox/tenants lists them.`);
  return org;
}

/** A text of the body. Throws Error naming it where it is missing. */
export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`Expected "${name}" as text.`);
}

/** A list of texts of the body. Throws Error naming it where it is not one. */
export function textsOf(body: Record<string, unknown>, name: string): string[] {
  const value = body[name];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new Error(`Expected "${name}" as a list of texts.`);
}

/** A user's id by id, username or e-mail; the admin where nobody is named. */
export function userIdOf(org: Org, who: unknown): string {
  if (who === undefined || who === null) return org.adminId;
  const user = org.object('User');
  const wanted = String(who).toLowerCase();
  for (const row of org.table(user).rows()) {
    const keys = ['Id', 'Username', 'Email'].map((name) => row[user.field(name)!.slot]);
    if (keys.some((key) => String(key ?? '').toLowerCase() === wanted)) return String(row[0]);
  }
  throw new Error(`The org has no user ${String(who)}.`);
}
