/** What a new org holds before any data: its organisation, profiles, users and sales stages. */
import { makeId } from './ids.ts';
import { standardObject } from './metadata.ts';
import { currencyCarriers, currencyObjects, setupObjects } from './setup-objects.ts';
import { salesObjects, taskStatuses } from './standard-objects.ts';
import type { OrgState } from './state.ts';
import type { Value } from './values.ts';

/** The two users every sandbox org has. */
export interface DefaultUsers {
  adminId: string;
  /** "Partner Sync Integration", whom client credentials run as. */
  integrationId: string;
}

/** Salesforce's own stages: label, probability, closed, won, forecast category. */
const stages: [string, number, boolean, boolean, string, string][] = [
  ['Prospecting', 10, false, false, 'Pipeline', 'Pipeline'],
  ['Qualification', 10, false, false, 'Pipeline', 'Pipeline'],
  ['Needs Analysis', 20, false, false, 'Pipeline', 'Pipeline'],
  ['Value Proposition', 50, false, false, 'Pipeline', 'Pipeline'],
  ['Id. Decision Makers', 60, false, false, 'Pipeline', 'Pipeline'],
  ['Perception Analysis', 70, false, false, 'Pipeline', 'Pipeline'],
  ['Proposal/Price Quote', 75, false, false, 'Pipeline', 'Pipeline'],
  ['Negotiation/Review', 90, false, false, 'Pipeline', 'Pipeline'],
  ['Closed Won', 100, true, true, 'Closed', 'Closed'],
  ['Closed Lost', 0, true, false, 'Omitted', 'Omitted'],
];

/** Builds the objects and the set-up records. */
export function equip(state: OrgState): DefaultUsers {
  for (const source of [...salesObjects, ...setupObjects]) state.addObject(standardObject(source));
  const adminId = makeId(state.object('User').keyPrefix, 1);
  const integrationId = makeId(state.object('User').keyPrefix, 2);
  addRow(state, adminId, 'Organization', {
    Id: state.id,
    Name: state.name,
    OrganizationType: 'Developer Edition',
    IsSandbox: true,
    InstanceName: 'SBX1',
    LanguageLocaleKey: 'en_US',
    TimeZoneSidKey: 'GMT',
    FiscalYearStartMonth: 1,
  });
  const profiles = ['System Administrator', 'Standard User', 'Minimum Access - Salesforce'].map(
    (name) => addProfile(state, adminId, name),
  );
  addUser(state, adminId, { first: 'Sandbox', last: 'Admin', profileId: profiles[0]! });
  addUser(state, adminId, {
    first: 'Partner Sync',
    last: 'Integration',
    profileId: profiles[0]!,
  });
  stages.forEach(([label, probability, closed, won, category, categoryName], i) => {
    addRow(state, adminId, 'OpportunityStage', {
      MasterLabel: label,
      ApiName: label,
      IsActive: true,
      SortOrder: i + 1,
      IsClosed: closed,
      IsWon: won,
      DefaultProbability: probability,
      ForecastCategory: category,
      ForecastCategoryName: categoryName,
    });
  });
  taskStatuses.forEach((label, i) => {
    addRow(state, adminId, 'TaskStatus', {
      MasterLabel: label,
      ApiName: label,
      SortOrder: i + 1,
      IsDefault: label === 'Not Started',
      IsClosed: label === 'Completed',
    });
  });
  const opportunity = state.object('Opportunity');
  const labels = stages.map(([label]) => label);
  opportunity.put({ name: 'StageName', type: 'picklist', picklist: labels });
  return { adminId, integrationId };
}

/**
 * Turns multi-currency on: currency objects, and CurrencyIsoCode on records. Cannot be turned off.
 */
export function addCurrencies(state: OrgState): void {
  if (state.multiCurrency) return;
  state.multiCurrency = true;
  for (const source of currencyObjects) state.addObject(standardObject(source));
  const custom = [...state.objects.values()].filter((object) => object.custom);
  for (const name of [...currencyCarriers, ...custom.map((object) => object.name)]) {
    state.object(name).put({
      name: 'CurrencyIsoCode',
      label: 'Currency ISO Code',
      type: 'picklist',
      length: 3,
      picklist: ['USD', 'EUR', 'GBP'],
      defaultValue: 'USD',
    });
  }
  state.touchMetadata();
}

function addProfile(state: OrgState, by: string, name: string): string {
  const id = addRow(state, by, 'Profile', { Name: name, UserType: 'Standard' });
  addRow(state, by, 'PermissionSet', {
    Name: `X${id.slice(0, 15)}`,
    Label: name,
    ProfileId: id,
    IsOwnedByProfile: true,
    IsCustom: false,
  });
  return id;
}

function addUser(
  state: OrgState,
  by: string,
  user: { first: string; last: string; profileId: string },
): void {
  const handle = `${user.first}.${user.last}`.toLowerCase().replaceAll(' ', '');
  addRow(state, by, 'User', {
    Username: `${handle}@sandbox.example`,
    FirstName: user.first,
    LastName: user.last,
    Name: `${user.first} ${user.last}`,
    Alias: user.last.toLowerCase().slice(0, 8),
    Email: `${handle}@sandbox.example`,
    IsActive: true,
    ProfileId: user.profileId,
    UserType: 'Standard',
  });
}

function addRow(state: OrgState, by: string, name: string, values: Record<string, Value>): string {
  const object = state.object(name);
  const row = object.blankRow();
  const stamp = state.stamp();
  const id = values['Id'] === undefined ? state.nextId(object) : String(values['Id']);
  const system = {
    Id: id,
    IsDeleted: false,
    SystemModstamp: stamp,
    CreatedDate: stamp,
    LastModifiedDate: stamp,
    CreatedById: by,
    LastModifiedById: by,
  };
  for (const [field, value] of Object.entries({ ...system, ...values })) {
    row[object.field(field)!.slot] = value;
  }
  state.put(object, row);
  return id;
}
