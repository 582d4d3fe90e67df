/** Users of the HubSpot portal, beside its API. */
import { HubSpotError, invalidValues } from '../../../sandbox/hubspot/errors.ts';
import { associate, dissociate, linksOf } from '../../../sandbox/hubspot/links.ts';
import { mergeRecords } from '../../../sandbox/hubspot/merge.ts';
import type { Portal } from '../../../sandbox/hubspot/portal.ts';
import { archiveRecord, type Scene, updateRecord } from '../../../sandbox/hubspot/write.ts';
import type { Stage } from '../../../sandbox/seed/company.ts';
import { stageId } from '../../../sandbox/seed/hubspot-fields.ts';
import type { TwoCrms } from '../../support/two-crms.ts';
import type { Value } from '../scenario.ts';
import { engineFields, type Field, inputs } from './fields.ts';
import type { HandledObject, Hands } from './hands-contract.ts';

const objects: Record<HandledObject | 'customer', { type: string; nameIn: string }> = {
  opportunity: { type: 'deals', nameIn: 'dealname' },
  registration: { type: 'deal_registration', nameIn: 'registration_number' },
  partner: { type: 'companies', nameIn: 'name' },
  customer: { type: 'companies', nameIn: 'name' },
};
const ruth = 9_003;

/** Somebody at the portal's record pages. */
export function hubspotHands({ portal, look }: TwoCrms): Hands {
  const scene = (type: string): Scene => ({
    portal,
    store: portal.store(type),
    writer: {
      author: { sourceType: 'CRM_UI', sourceId: null, userId: ruth, appId: null },
      apiVersion: 'v3',
      via: 'page',
    },
  });
  const find = (object: HandledObject | 'customer', name: string) => {
    const { type, nameIn } = objects[object];
    const store = portal.store(type);
    const found = [...store.all()].filter(
      ({ id }) => store.live(id) && look(type, id, [nameIn])[nameIn] === name,
    );
    if (found.length !== 1) throw new Error(`The portal has ${found.length} ${type} "${name}".`);
    return found[0]!;
  };
  const relabel = (opportunity: string, partner: Value | undefined) => {
    const to = typeof partner === 'string' ? find('partner', partner).id : null;
    setSourcingPartner(portal, find('opportunity', opportunity).id, to);
  };
  return {
    edit(object, name, values) {
      const known: Record<string, Field> = { ...engineFields, ...inputs[object] };
      const given = Object.entries(values);
      const properties = given
        .filter(([key]) => known[key]!.kind !== 'partner')
        .map(([key, value]) => [known[key]!.hubspot, textOf(key, value)]);
      if (properties.length > 0) {
        const { type } = objects[object];
        updateRecord(scene(type), find(object, name), Object.fromEntries(properties));
      }
      if ('sourcing_partner' in values) relabel(name, values['sourcing_partner']);
    },
    merge(object, gone, into) {
      const { type } = objects[object];
      mergeRecords(scene(type), find(object, into).id, find(object, gone).id);
    },
    removePartner: (name) => void archiveRecord(scene('companies'), find('partner', name)),
    // HubSpot knows no approval locks; a busy record answers 423.
    lock(opportunity, locked) {
      const error = locked ? new HubSpotError(423, 'LOCKED', 'The record is locked.') : null;
      refuse(portal, find('opportunity', opportunity).id, error);
    },
    refuse(opportunity, message) {
      const finding = { name: 'dealname', error: 'INVALID_OPTION', message: message ?? '' };
      const error = message === null ? null : invalidValues(Number(portal.id), [finding]);
      refuse(portal, find('opportunity', opportunity).id, error);
    },
    addRegistrationState(state) {
      const { options } = portal.store('deal_registration').properties.get('status')!;
      options.push({ ...options[0]!, label: state, value: state });
    },
  };
}

function textOf(key: string, value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  if (key === 'stage') return stageId(value as Stage);
  return key === 'close_date' ? `${value}T00:00:00.000Z` : String(value);
}

/** Where Salesforce has a lookup HubSpot has a label. */
function setSourcingPartner(portal: Portal, dealId: string, companyId: string | null): void {
  const companies = portal.store('companies');
  const label = portal.associations.types.labelled('deal', 'company', 'Sourcing partner')!;
  const from = { store: portal.store('deals'), id: dealId };
  for (const { to, types } of linksOf(portal, from, companies)) {
    const ends = { from, to: { store: companies, id: String(to) } };
    if (types.includes(label)) dissociate(portal, ends, [label]);
  }
  if (companyId !== null) {
    associate(portal, { from, to: { store: companies, id: companyId } }, [label]);
  }
}

/** Records a portal refuses to write through its API, and with which words. */
const refusals = new WeakMap<Portal, Map<string, Error>>();

function refuse(portal: Portal, id: string, error: Error | null): void {
  const known = refusals.get(portal) ?? new Map<string, Error>();
  if (!refusals.has(portal)) {
    refusals.set(portal, known);
    const before = portal.beforeWrite;
    portal.beforeWrite = (row) => {
      const refused = known.get(row.recordId ?? '');
      if (refused) throw refused;
      return before?.(row) ?? 0;
    };
  }
  if (error) known.set(id, error);
  else known.delete(id);
}
