/** What both CRMs show of a scenario, read from their records and put into one form. */
import Big from 'big.js';
import { linksOf } from '../../../sandbox/hubspot/links.ts';
import { hubspot, salesforce, type TwoCrms } from '../../support/two-crms.ts';
import { engineFields, type Field, tierField, partnerFields as written } from './fields.ts';

export type Shown = Record<string, string | boolean | null>;

/** Everything one CRM shows, by name of the opportunity or partner. */
export interface Seen {
  opportunities: Map<string, Shown>;
  partners: Map<string, Shown>;
  /** Open tasks, 'subject', by the name of what they are about; '' is nothing. */
  tasks: Map<string, string[]>;
  /** Their bodies, as text. */
  taskBodies: Map<string, string[]>;
  /** Shares of the live decision, 'Acme Sourcing 100'; the store's, for no CRM object holds them. */
  credits: Map<string, string[]>;
  /** Sentences of what could not be written, by opportunity. */
  failures: Map<string, string>;
  /** Sentences of what holds a registration back, by opportunity. */
  quarantined: Map<string, string>;
}

/** Both CRMs as they are now. */
export async function seenOn(world: TwoCrms): Promise<{ salesforce: Seen; hubspot: Seen }> {
  const sides = { salesforce: readSalesforce(world), hubspot: readHubSpot(world) };
  for (const [crm, connection] of [
    ['salesforce', salesforce],
    ['hubspot', hubspot],
  ] as const) {
    const { seen, ids } = sides[crm];
    await addDecided(world, connection, seen, ids);
  }
  return { salesforce: sides.salesforce.seen, hubspot: sides.hubspot.seen };
}

const partnerFields = { ...written, tier: tierField };

/** Names by record id. */
type Names = Map<string, string>;

const empty = (): Seen => ({
  opportunities: new Map(),
  partners: new Map(),
  tasks: new Map(),
  taskBodies: new Map(),
  credits: new Map(),
  failures: new Map(),
  quarantined: new Map(),
});

function readSalesforce({ sandbox }: TwoCrms): { seen: Seen; ids: Names } {
  const org = sandbox.tenants.defaultOrg;
  const seen = empty();
  const ids: Names = new Map();
  const select = (fields: Record<string, Field>, from: string) =>
    org.query(
      `SELECT Id, Name, ${Object.values(fields)
        .map(({ salesforce }) => salesforce)
        .join(', ')} FROM ${from}`,
    );
  for (const row of select(partnerFields, "Account WHERE Type = 'Partner'")) {
    ids.set(String(row['Id']), String(row['Name']));
    seen.partners.set(String(row['Name']), valuesOf(partnerFields, 'salesforce', row, ids));
  }
  for (const row of select(engineFields, 'Opportunity')) {
    ids.set(String(row['Id']), String(row['Name']));
    const shown = valuesOf(engineFields, 'salesforce', row, ids);
    // HubSpot has labels where Salesforce has a lookup and a text: both must say the same.
    const { sourcing_partner = null, influencing_partners = null } = shown;
    seen.opportunities.set(String(row['Name']), {
      ...shown,
      sourcing_partner_name: sourcing_partner,
      influencing_labels: influencing_partners,
    });
  }
  for (const row of org.query(
    'SELECT Subject, Description, WhatId FROM Task WHERE IsClosed = false',
  )) {
    const { WhatId: about, Subject: subject, Description: body } = row;
    addTask(seen, ids.get(String(about)), { subject, body });
  }
  return { seen, ids };
}

function readHubSpot({ portal, look }: TwoCrms): { seen: Seen; ids: Names } {
  const [deals, companies, tasks] = ['deals', 'companies', 'tasks'].map((n) => portal.store(n));
  const seen = empty();
  const ids: Names = new Map();
  const properties = (fields: Record<string, Field>) =>
    Object.values(fields).flatMap(({ hubspot, kind }) => (kind === 'partner' ? [] : [hubspot]));
  for (const { id } of companies!.all()) {
    const row = look('companies', id, ['name', 'is_partner', ...properties(partnerFields)]);
    if (row['is_partner'] !== 'true') continue;
    ids.set(id, String(row['name']));
    seen.partners.set(String(row['name']), valuesOf(partnerFields, 'hubspot', row, ids));
  }
  for (const { id } of deals!.all()) {
    const row: Record<string, unknown> = look('deals', id, [
      'dealname',
      'sourcing_partner_name',
      ...properties(engineFields),
    ]);
    const labelled = (label: string) =>
      linksOf(portal, { store: deals!, id }, companies!)
        .filter(({ types }) => types.some((type) => type.label === label))
        .map(({ to }) => ids.get(String(to)) ?? `company ${to}`)
        .sort();
    const [sourcing = null, ...more] = labelled('Sourcing partner');
    const shown: Shown = {
      ...valuesOf(engineFields, 'hubspot', row, ids),
      sourcing_partner: more.length === 0 ? sourcing : [sourcing, ...more].join(' and '),
      sourcing_partner_name: (row['sourcing_partner_name'] as string | null) || null,
      influencing_labels: labelled('Influencing partner').join('; ') || null,
    };
    const name = String(row['dealname']);
    ids.set(id, name);
    seen.opportunities.set(name, shown);
  }
  for (const { id } of tasks!.all()) {
    const row = look('tasks', id, ['hs_task_subject', 'hs_task_body', 'hs_task_status']);
    if (row['hs_task_status'] === 'COMPLETED') continue;
    const about = [deals!, companies!].flatMap((to) =>
      linksOf(portal, { store: tasks!, id }, to).map((link) => String(link.to)),
    );
    const { hs_task_subject: subject, hs_task_body: body } = row;
    addTask(seen, ids.get(about[0] ?? ''), { subject, body });
  }
  return { seen, ids };
}

function addTask(
  seen: Seen,
  about: string | undefined,
  { subject, body }: { subject: unknown; body: unknown },
): void {
  const name = about ?? '';
  seen.tasks.set(name, [...(seen.tasks.get(name) ?? []), String(subject)].sort());
  seen.taskBodies.set(name, [...(seen.taskBodies.get(name) ?? []), String(body)]);
}

function valuesOf(
  fields: Record<string, Field>,
  crm: 'salesforce' | 'hubspot',
  row: Record<string, unknown>,
  ids: Names,
): Shown {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, shownValue(field, row[field[crm]], ids)]),
  );
}

/** A box HubSpot never had ticked is blank; Salesforce calls it false. */
function shownValue({ kind }: Field, value: unknown, ids: Names): string | boolean | null {
  if (kind === 'box') return value === true || value === 'true';
  if (value === null || value === undefined || value === '') return null;
  switch (kind) {
    case 'number':
    case 'percent':
      return new Big(String(value)).toFixed();
    case 'day':
      return String(value).slice(0, 10);
    case 'instant':
      return new Date(String(value).replace('+0000', 'Z')).toISOString();
    case 'partner':
      return ids.get(String(value)) ?? `record ${String(value)}`;
    case 'text':
      return String(value);
  }
}

async function addDecided(
  { store }: TwoCrms,
  connection: string,
  seen: Seen,
  ids: Names,
): Promise<void> {
  const opportunities = [...ids].filter(([, name]) => seen.opportunities.has(name));
  const keys = opportunities.map(([id]) => id);
  const decided = await store.priorDecisions(connection, 'live', 'opportunity', keys);
  const credited = [...decided.values()].flatMap((one) => one.attribution?.credits ?? []);
  const partners = new Map<string, unknown>();
  // By the engine's own mirror: a deleted partner is in no CRM any more.
  for (const { id, fields } of await store.mirror(
    connection,
    'partner',
    credited.map(({ partnerId }) => partnerId),
  )) {
    partners.set(id, fields['name']);
  }
  for (const [id, name] of opportunities) {
    const credits = (decided.get(id)?.attribution?.credits ?? []).map(
      ({ partnerId, role, basisPoints }) =>
        `${partners.get(partnerId)} ${role} ${new Big(basisPoints).div(100).toFixed()}`,
    );
    seen.credits.set(name, credits.sort());
  }
  for (const { recordId, failure } of await store.failures(connection, 1_000)) {
    seen.failures.set(ids.get(recordId) ?? recordId, `${failure?.code}: ${failure?.remedy}`);
  }
  const registrations = await store.mirrorBy(connection, 'registration', 'opportunity', keys);
  for (const { fields } of registrations) {
    const about = ids.get(String(fields['opportunity'])) ?? '';
    if (fields['$problem']) seen.quarantined.set(about, String(fields['$problem']));
  }
}
