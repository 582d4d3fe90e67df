/** What the server is given, and how it makes links that people can open. */
import type { Logger } from 'pino';
import type { ConnectionRow, Store } from '../store/types.ts';
import { pageKey } from './auth.ts';
import { paths } from './contract.ts';
import type { Limits } from './rate-limit.ts';
import type { WebhookDeps } from './webhooks.ts';

/** How links are made: to the record in its CRM and to our own pages. */
export interface Links {
  crm(connection: ConnectionRow, object: string, id: string): string | null;
  page(connection: string, id: string): string;
  plan(id: string): string;
}

/** What the server answers from. */
export interface ServerDeps {
  store: Store;
  token: string;
  log: Logger;
  /** Base of links to our own pages, without a slash at the end. */
  publicUrl: () => string;
  /** A record's page in its CRM. */
  crmUrl: Links['crm'];
  /** Where webhooks may come in, and whom they wake; without it none are served. */
  webhooks?: Pick<WebhookDeps, 'endpoints' | 'wakeUps'>;
  /** Where backups go that name no file of their own. */
  backupFolder: string;
  /** How often a caller may ask; `defaultLimits` where it is not given. */
  limits?: Limits;
}

/** Links to the CRM and to our own pages, the latter with their key. */
export function linksOf(deps: ServerDeps): Links {
  return {
    crm: deps.crmUrl,
    page: (connection, id) => {
      const key = pageKey(deps.token, `${connection}/${id}`);
      const query = new URLSearchParams({ connection, record: id, key });
      return `${deps.publicUrl()}${paths.explainPage}?${query}`;
    },
    plan: (id) => {
      const query = new URLSearchParams({ id, key: pageKey(deps.token, `plan/${id}`) });
      return `${deps.publicUrl()}${paths.planPage}?${query}`;
    },
  };
}
