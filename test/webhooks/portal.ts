/** What people do in the portal of a test, and how its records are named in reports. */
import { linksOf } from '../../sandbox/hubspot/links.ts';
import type { CrmRecord } from '../../sandbox/hubspot/record.ts';
import type { Scene } from '../../sandbox/hubspot/write.ts';
import type { TwoCrms } from '../support/two-crms.ts';

/** Someone of the portal at a record page. */
export function byHand({ portal }: TwoCrms, object = 'deals'): Scene {
  return {
    portal,
    store: portal.store(object),
    writer: {
      author: { sourceType: 'CRM_UI', sourceId: null, userId: 9_003, appId: null },
      apiVersion: 'v3',
      via: 'page',
    },
  };
}

/** A record's name in a report: '0-3/101'. */
export function named({ portal }: TwoCrms, object: string, id: string): string {
  return `${portal.store(object).type.id}/${id}`;
}

/** Deals that the engine has decided, in id order. */
export function decidedDeals(world: TwoCrms): CrmRecord[] {
  const field = 'partner_attribution_reason';
  return [...world.portal.store('deals').all()].filter(
    ({ id, archivedAt }) => archivedAt === null && world.look('deals', id, [field])[field],
  );
}

/** Companies that are partners. */
export function partners(world: TwoCrms): CrmRecord[] {
  return [...world.portal.store('companies').all()].filter(
    ({ id, archivedAt }) =>
      archivedAt === null && world.look('companies', id, ['is_partner'])['is_partner'] === 'true',
  );
}

/** Whether a deal has the label 'Sourcing partner' with some company. */
export function isLabelled({ portal }: TwoCrms, dealId: string): boolean {
  const [deals, companies] = [portal.store('deals'), portal.store('companies')];
  const label = portal.associations.types.labelled('deal', 'company', 'Sourcing partner')!;
  return linksOf(portal, { store: deals, id: dealId }, companies).some(({ types }) =>
    types.includes(label),
  );
}
