/** A small company on either CRM whose deals name partners by a key, and people who change keys. */
import type { Dataset, DatasetObject } from '../../sandbox/dataset.ts';
import type { HubSpotDataset } from '../../sandbox/hubspot/dataset.ts';
import { mergeRecords } from '../../sandbox/hubspot/merge.ts';
import { archiveRecord, createRecord, type Scene } from '../../sandbox/hubspot/write.ts';
import { type PortalWorld, withPortal } from '../support/portal-world.ts';
import { id, smallCompany } from '../support/small-company.ts';
import { humanUserId, id as portalId, smallPortal } from '../support/small-portal.ts';
import { type World, withWorld } from '../support/world.ts';
import { text } from './platform.ts';

export const now = Date.now();

/** What the CRM shows of a deal, and what `explain` adds; the same words on both CRMs. */
export interface Shown {
  type: unknown;
  /** Name of the sourcing partner; null: none. */
  partner: string | null;
  rule: string;
  reason: string;
  /** Lines of the evidence about the deal itself. */
  evidence: string[];
}

/** The company of one CRM: deals by number, partners by name. */
export interface Keyed {
  begin(): Promise<void>;
  sync(): Promise<void>;
  shown(deal: number): Promise<Shown>;
  /** CRM calls of the last sync that ask for records, by operation, in order of their names. */
  reads(): string[];
  setDealKey(deal: number, key: string | null): void;
  setPartnerKey(partner: string, key: string | null): void;
  addPartner(name: string, key: string): void;
  removePartner(name: string): void;
  merge(gone: string, into: string): void;
  /** What `validate --online` finds. */
  validated(): Promise<{ problems: string[]; notes: string[] }>;
  /** What the runs have said, the latest first. */
  messages(): Promise<string[]>;
}

/** Keys of the three partners and of the deals, in order; null: none. */
export interface Keys {
  partners: (string | null)[];
  deals: (string | null)[];
}

const names = ['Northgate Consulting', 'Southgate Systems', 'Westgate Partners'];

/** Both CRMs, each with what runs a test in it. */
export const crms: [
  string,
  (keys: Keys, work: (world: Keyed) => Promise<void>) => Promise<void>,
][] = [
  ['Salesforce', inOrg],
  ['HubSpot', inPortal],
];

async function inOrg(keys: Keys, work: (world: Keyed) => Promise<void>): Promise<void> {
  const opportunities = keys.deals.map((key, i) => ({
    n: i + 1,
    more: { gs_partner_key__c: key },
  }));
  const base = smallCompany({ opportunities }, now);
  const dataset: Dataset = { ...base, objects: [...base.objects.map(withKeys(keys)), leads] };
  await withWorld(dataset, async (world) => {
    world.edit(
      'sandbox-salesforce.yaml',
      'extends: salesforce',
      'extends: [salesforce, partnerstack]',
    );
    world.edit('sandbox-salesforce.yaml', '      referral_partner:', '      # referral_partner:');
    await work(orgHands(world));
  });
}

const leads: DatasetObject = {
  name: 'Lead',
  label: 'Lead',
  fields: [text('gs_partner_key__c'), { ...text('ConvertedOpportunityId'), type: 'reference' }],
  rows: [],
};

function withKeys({ partners }: Keys) {
  return (object: DatasetObject): DatasetObject => {
    if (object.name !== 'Account' && object.name !== 'Opportunity') {
      return object;
    }
    const rows = object.rows.map((row) => {
      const at = names.indexOf(String(row['Name']));
      return at < 0 ? row : { ...row, gs_partner_key__c: partners[at] ?? null };
    });
    return { ...object, fields: [...object.fields, text('gs_partner_key__c')], rows };
  };
}

function orgHands(world: World): Keyed {
  const { org, store } = world;
  let last: string[] = [];
  const update = (object: string, Id: string, key: string | null) =>
    accepted(org.update(object, [{ Id, gs_partner_key__c: key }], org.admin)[0]!);
  const account = (name: string) =>
    String(org.query(`SELECT Id FROM Account WHERE Name = '${name}'`)[0]!['Id']);
  return {
    begin: () => world.begin(),
    async sync() {
      last = await synced(world);
    },
    reads: () => last,
    async shown(deal) {
      const row = world.look('Opportunity', id.opportunity(deal));
      const partner = row['Sourcing_Partner__c'];
      return {
        type: row['Partner_Attribution_Type__c'],
        partner: partner ? String(world.look('Account', String(partner))['Name']) : null,
        rule: String(row['Partner_Attribution_Rule__c']).split('@')[0]!,
        reason: String(row['Partner_Attribution_Reason__c']),
        evidence: await evidenceOf(store, 'sandbox-salesforce', id.opportunity(deal)),
      };
    },
    setDealKey: (deal, key) => update('Opportunity', id.opportunity(deal), key),
    setPartnerKey: (name, key) => update('Account', account(name), key),
    addPartner(name, key) {
      const row = { Name: name, Type: 'Partner', gs_partner_key__c: key };
      accepted(org.insert('Account', [row], org.admin)[0]!);
    },
    removePartner: (name) => accepted(org.delete('Account', [account(name)], org.admin)[0]!),
    merge(gone, into) {
      const ids = { masterId: account(into), duplicateIds: [account(gone)] };
      accepted(org.merge('Account', ids, org.admin));
    },
    validated: () => validated(world, 'sandbox-salesforce'),
    messages: () => messagesOf(store, 'sandbox-salesforce'),
  };
}

function accepted(result: { success: boolean; errors?: unknown }): void {
  if (!result.success) throw new Error(`The org refused: ${JSON.stringify(result)}`);
}

async function inPortal(keys: Keys, work: (world: Keyed) => Promise<void>): Promise<void> {
  const opportunities = keys.deals.map((key, i) => ({ n: i + 1, more: { gs_partner_key: key } }));
  const dataset: HubSpotDataset = smallPortal({ opportunities }, now);
  for (const { type, records, ...object } of dataset.objects) {
    if (type === 'companies' || type === 'deals') {
      object.properties!.push({
        name: 'gs_partner_key',
        label: 'gs partner_key',
        type: 'string',
        fieldType: 'text',
      });
    }
    if (type === 'companies') {
      for (const [i, key] of keys.partners.entries()) {
        records[i]!.properties['gs_partner_key'] = key;
      }
    }
  }
  await withPortal(dataset, async (world) => {
    world.edit(
      'sandbox-hubspot.yaml',
      'extends: hubspot',
      'extends: [hubspot, hubspot-partnerstack]',
    );
    world.edit('sandbox-hubspot.yaml', '      referral_partner:', '      # referral_partner:');
    await work(portalHands(world));
  });
}

function portalHands(world: PortalWorld): Keyed {
  const { portal, store } = world;
  let last: string[] = [];
  const companies = portal.store('companies');
  const writer = {
    author: { sourceType: 'CRM_UI', sourceId: null, userId: humanUserId, appId: null },
    apiVersion: 'v3',
    via: 'page',
  } as const;
  const scene: Scene = { portal, store: companies, writer };
  const nameOf = (company: string) => world.look('companies', company, ['name'])['name'] ?? '';
  const company = (name: string) =>
    [...companies.all()].find((one) => companies.live(one.id) && nameOf(one.id) === name)!;
  return {
    begin: () => world.begin(),
    async sync() {
      last = await synced(world);
    },
    reads: () => last,
    async shown(deal) {
      const ours = ['type', 'rule', 'reason'].map((name) => `partner_attribution_${name}`);
      const row = world.look('deals', portalId.deal(deal), ours);
      const [partner] = world.labelled(portalId.deal(deal), 'Sourcing partner');
      return {
        type: row['partner_attribution_type'],
        partner: partner === undefined ? null : nameOf(partner),
        rule: String(row['partner_attribution_rule']).split('@')[0]!,
        reason: String(row['partner_attribution_reason']),
        evidence: await evidenceOf(store, 'sandbox-hubspot', portalId.deal(deal)),
      };
    },
    setDealKey: (deal, key) =>
      world.set('deals', portalId.deal(deal), { gs_partner_key: key ?? '' }),
    setPartnerKey: (name, key) =>
      world.set('companies', company(name).id, { gs_partner_key: key ?? '' }),
    addPartner: (name, key) =>
      void createRecord(scene, { name, is_partner: 'true', gs_partner_key: key }),
    removePartner: (name) => void archiveRecord(scene, company(name)),
    merge: (gone, into) => void mergeRecords(scene, company(into).id, company(gone).id),
    validated: () => validated(world, 'sandbox-hubspot'),
    messages: () => messagesOf(store, 'sandbox-hubspot'),
  };
}

type Either = Pick<World, 'job' | 'advance' | 'store' | 'activity'>;

async function synced(world: Either): Promise<string[]> {
  // Past the search index of a portal, and a clock reading the connector still believes.
  world.advance(60_000);
  const first = await world.job('sync');
  const second = await world.job('sync');
  if (first.failure ?? second.failure) throw first.failure ?? second.failure;
  const calls = [...first.calls, ...second.calls];
  return calls.filter((call) => call.startsWith('GET ') || call.endsWith('/search')).sort();
}

async function evidenceOf(store: World['store'], connection: string, deal: string) {
  const { decisions } = (await store.explain(connection, deal))!;
  const { evidence } = decisions.find(({ kind }) => kind === 'attribution')!;
  return evidence.filter(({ kind }) => kind === 'opportunity').map((one) => one.text);
}

async function validated(world: Either, connection: string) {
  const id = `validate-${Math.random()}`;
  const command = { id, kind: 'validate', connection, actor: 'test', args: {} } as const;
  await world.store.saveCommand({ ...command, createdAt: new Date().toISOString() });
  await world.activity('checkMapping', { connection, commandId: id });
  return (await world.store.command(id))!.result as { problems: string[]; notes: string[] };
}

async function messagesOf(store: World['store'], connection: string): Promise<string[]> {
  const runs = await store.runs(connection, 20);
  return runs.flatMap(({ message }) => message ?? []);
}
