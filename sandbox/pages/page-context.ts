/** What every page is made with: the org it shows, who is acting, and where the request went. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { toId18 } from '../salesforce/ids.ts';
import type { Actor, Org } from '../salesforce/org.ts';
import { type PageUser, readUsers } from './users.ts';

/** The orgs of the sandbox; the first one is shown until a person chooses another. */
export interface PagesOptions {
  orgs: () => Iterable<Org>;
  /** Where the pages of a HubSpot portal are; null: there is nothing on them. */
  portalPath?: () => string | null;
}

export interface PageContext {
  org: Org;
  orgs: Org[];
  actor: Actor;
  users: PageUser[];
  /** Path and query of this page, to come back to. */
  here: string;
  /** Pages of the HubSpot portal beside the org; null while it is empty. */
  portalPath: string | null;
}

const ORG_COOKIE = 'sandbox_org';
const USER_COOKIE = 'sandbox_user';
/** A working week: the choice is a convenience, not a login. */
const KEEP_SECONDS = 5 * 86_400;

/**
 * Reads org and acting user from the cookies; both fall back to the first org and its
 * administrator.
 */
export function pageContext(
  c: Context,
  { orgs, portalPath }: PagesOptions,
  recordId?: string,
): PageContext {
  const all = [...orgs()];
  const chosen = all.find((org) => org.id === getCookie(c, ORG_COOKIE)) ?? all[0]!;
  const org = recordId === undefined ? chosen : orgOf(recordId, [chosen, ...all]);
  const users = readUsers(org);
  const wanted = getCookie(c, USER_COOKIE);
  const user = users.find((one) => one.id === wanted);
  const userId = user?.id ?? org.adminId;
  const url = new URL(c.req.url);
  return {
    org,
    orgs: all,
    users,
    // The administrator has every right, as in a real org; everybody else has what was granted.
    actor: { userId, via: 'page', system: userId === org.adminId },
    here: url.pathname + url.search,
    portalPath: portalPath?.() ?? null,
  };
}

/** Remembers who acts, and in which org; unknown ids fall back as in `pageContext`. */
export function rememberChoice(c: Context, choice: { user?: string; org?: string }): void {
  const options = { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: KEEP_SECONDS } as const;
  if (choice.user) setCookie(c, USER_COOKIE, choice.user, options);
  if (choice.org) setCookie(c, ORG_COOKIE, choice.org, options);
}

/** A link from another program names a record, not an org: the org that has the record is shown. */
function orgOf(recordId: string, orgs: Org[]): Org {
  const id = toId18(recordId);
  const holds = (org: Org) => {
    const object = id === null ? undefined : org.objectOfId(id);
    return object !== undefined && org.table(object).get(id!) !== undefined;
  };
  return orgs.find(holds) ?? orgs[0]!;
}

/** Whether a form post came from these pages themselves (or from no browser at all). */
export function isSameOrigin(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const origin = c.req.header('origin');
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === c.req.header('host');
}

/** A path on this server to go back to; anything else becomes the home page. */
export function localPath(given: unknown): string {
  const path = typeof given === 'string' ? given : '';
  return /^\/(?![/\\])[^\\\r\n]*$/.test(path) ? path : '/lightning/page/home';
}
