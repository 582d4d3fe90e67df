/** The small company of small-company.ts as a HubSpot portal. */
import type {
  DatasetAssociation,
  DatasetPortalObject,
  DatasetRecord,
  HubSpotDataset,
} from '../../sandbox/hubspot/dataset.ts';
import { integrationUserId } from '../../sandbox/hubspot/portals.ts';
import type { Stage } from '../../sandbox/seed/company.ts';
import * as fields from '../../sandbox/seed/hubspot-fields.ts';
import type { SmallCompany } from './small-company.ts';

/** Id of the n-th owner, company (partners 1 to 3, customer 10), deal ... of the portal. */
export const id = {
  owner: (n: number) => String(70_000_000 + n),
  company: (n: number) => String(11_000_000_000 + n),
  deal: (n: number) => String(12_000_000_000 + n),
  registration: (n: number) => String(18_000_000_000 + n),
  touch: (n: number) => String(19_000_000_000 + n),
};

/** A user of the portal who edits; nobody's owner. */
export const humanUserId = 501;

const dayMs = 86_400_000;
type Ago = (days: number) => string;

/** The company at the instant `now` (ms); `more` of an opportunity are properties of its deal. */
export function smallPortal(company: SmallCompany, now = Date.now()): HubSpotDataset {
  const ago: Ago = (days) => new Date(now - days * dayMs).toISOString();
  return {
    today: ago(0).slice(0, 10),
    companyCurrency: 'USD',
    exchangeRates: [],
    owners: owners(),
    dealPipelines: [{ id: 'default', label: 'Sales Pipeline', stages: fields.DEAL_STAGES }],
    objects: [
      companies(ago),
      deals(company, ago),
      registrations(company, ago),
      touches(company, ago),
    ],
    labels: [...fields.LABELS, ...fields.OTHER_LABELS],
    associations: associations(company),
  };
}

function owners(): HubSpotDataset['owners'] {
  const people = ['Ana Ortega', 'Ben Osei', 'Gone Person', 'Partner Sync'];
  return people.map((name, i) => {
    const [firstName = '', lastName = ''] = name.split(' ');
    const email = `${name.toLowerCase().replace(' ', '.')}@small.example`;
    const userId = i === 3 ? integrationUserId : humanUserId + i;
    return { id: id.owner(i + 1), userId, email, firstName, lastName, archived: i === 2 };
  });
}

function companies(ago: Ago): DatasetPortalObject {
  const stamps = { createdAt: ago(900), updatedAt: ago(400) };
  const partners = ['Northgate Consulting', 'Southgate Systems', 'Westgate Partners'];
  const records: DatasetRecord[] = partners.map((name, i) => ({
    id: id.company(i + 1),
    ...stamps,
    properties: {
      name,
      is_partner: 'true',
      hubspot_owner_id: id.owner(1),
      partner_status: 'Active',
      partner_type: 'Referral',
      partner_segment: 'Mid',
      partner_start_date: ago(900).slice(0, 10),
    },
  }));
  const customer = { name: 'Pinewood Foods', is_partner: 'false', hubspot_owner_id: id.owner(1) };
  records.push({ id: id.company(10), ...stamps, properties: customer });
  return { type: 'companies', properties: fields.COMPANY_PROPERTIES, records };
}

function deals({ opportunities }: SmallCompany, ago: Ago): DatasetPortalObject {
  const records = opportunities.map((one): DatasetRecord => {
    const { n, stage = 'Proposal', created = 60, inStage = 5, amount = 1_000, owner = 1 } = one;
    const closed = stage.startsWith('Closed');
    const lasting = {
      dealname: one.name ?? `Opportunity ${n}`,
      pipeline: 'default',
      hubspot_owner_id: id.owner(owner),
      amount: amount === null ? null : String(amount),
      closedate: `${ago(closed ? inStage : -30).slice(0, 10)}T00:00:00.000Z`,
      lead_source: 'Web',
      dealtype: 'newbusiness',
      ...(one.more as Record<string, string> | undefined),
    };
    const first = { ...lasting, dealstage: fields.stageId('Prospecting') };
    const last = { ...lasting, dealstage: fields.stageId(stage as Stage) };
    return {
      id: id.deal(n),
      createdAt: ago(created),
      updatedAt: ago(inStage),
      versions: [{ at: ago(created), byUserId: humanUserId, properties: first }],
      properties: last,
    };
  });
  return { type: 'deals', properties: fields.DEAL_PROPERTIES, records };
}

function registrations(company: SmallCompany, ago: Ago): DatasetPortalObject {
  const records = (company.registrations ?? []).map((one): DatasetRecord => {
    const { submitted = 80, decided = 78 } = one;
    return {
      id: id.registration(one.n),
      createdAt: ago(submitted),
      updatedAt: ago(decided),
      properties: {
        registration_number: `DR-${one.n}`,
        status: one.status ?? 'Approved',
        submitted_at: ago(submitted),
        decided_at: ago(decided),
        protection_expiration_date: ago(decided - 90).slice(0, 10),
        resubmissions: '0',
      },
    };
  });
  return { type: 'deal_registration', schema: fields.REGISTRATION_SCHEMA, records };
}

function touches(company: SmallCompany, ago: Ago): DatasetPortalObject {
  const records = (company.touches ?? []).map((one): DatasetRecord => {
    const at = ago(one.at ?? 10);
    const kind = one.kind ?? 'Discovery';
    const properties = { touch_number: `PT-${one.n}`, kind, happened_at: at };
    return { id: id.touch(one.n), createdAt: at, properties };
  });
  return { type: 'partner_touch', schema: fields.TOUCH_SCHEMA, records };
}

function associations(company: SmallCompany): DatasetAssociation[] {
  const toCompany = (from: Pick<DatasetAssociation, 'from' | 'fromId'>, n: number) => ({
    ...from,
    to: 'companies',
    toId: id.company(n),
  });
  const toDeal = (from: Pick<DatasetAssociation, 'from' | 'fromId'>, n: number) => ({
    ...from,
    to: 'deals',
    toId: id.deal(n),
  });
  const of = (from: string, fromId: string) => ({ from, fromId });
  return [
    ...company.opportunities.map(({ n }) => ({
      ...toCompany(of('deals', id.deal(n)), 10),
      label: 'Primary',
    })),
    ...(company.registrations ?? []).flatMap((one) => {
      const from = of('deal_registration', id.registration(one.n));
      return [
        { ...toCompany(from, one.partner), label: 'Registering partner' },
        { ...toCompany(from, 10), label: 'Registered customer' },
        toDeal(from, one.opportunity),
      ];
    }),
    ...(company.touches ?? []).flatMap((one) => {
      const from = of('partner_touch', id.touch(one.n));
      return [toCompany(from, one.partner), toDeal(from, one.opportunity)];
    }),
  ];
}
