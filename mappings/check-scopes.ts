/** HubSpot's scopes: which ones a mapping needs, and what breaks without each. */

import { associatedObject } from './association.ts';
import { problemAt as at, sorted } from './problems.ts';
import { readPath } from './translate.ts';
import type { CompiledMapping, Problem, ReadSource } from './types.ts';

/** What our sign-in may do, as far as the CRM says it in one list. */
export interface Granted {
  /** null: the CRM does not say. */
  scopes: ReadonlySet<string> | null;
  /** The account has rates to read. */
  multiCurrency: boolean;
}

/** What breaks, and what should be known. */
export interface ScopeFindings {
  problems: Problem[];
  notes: Problem[];
}

interface Need {
  /** Any one of them will do; the first is the one to ask for. */
  oneOf: string[];
  path: string;
  breaks: string;
}

/**
 * Scopes the mapping needs and our token lacks, each once, at the first line that needs it. Making
 * fields takes more than writing them: that is a note. Salesforce has no scopes of this kind.
 */
export function checkScopes(mapping: CompiledMapping, granted: Granted): ScopeFindings {
  if (mapping.crm !== 'hubspot') {
    return { problems: [], notes: [] };
  }
  const needs = merged([
    ...Object.values(mapping.read)
      .flat()
      .flatMap((source) => readNeeds(mapping, source)),
    ...Object.values(mapping.read).flat().flatMap(writeNeeds),
    ...taskNeeds,
    ...(granted.multiCurrency ? [rateNeed] : []),
  ]);
  const { scopes } = granted;
  if (scopes === null) {
    return { problems: [], notes: [at(mapping, 'auth', unknownScopes(needs))] };
  }
  const has = ({ oneOf }: Need) => oneOf.some((scope) => scopes.has(scope));
  const problems = needs
    .filter((need) => !has(need))
    .map((need) => {
      const message = `our token lacks the scope ${need.oneOf[0]}: ${need.breaks}. ${remedy(mapping)}`;
      return at(mapping, need.path, message);
    });
  return { problems: sorted(problems), notes: schemaNote(mapping, scopes) };
}

/** One need a scope; what breaks without it is said together. */
function merged(needs: Need[]): Need[] {
  const byScope = new Map<string, Need>();
  for (const need of needs) {
    const known = byScope.get(need.oneOf[0]!);
    if (known === undefined) {
      byScope.set(need.oneOf[0]!, need);
    } else if (!known.breaks.split('; ').includes(need.breaks)) {
      byScope.set(need.oneOf[0]!, { ...known, breaks: `${known.breaks}; ${need.breaks}` });
    }
  }
  return [...byScope.values()];
}

function readNeeds(mapping: CompiledMapping, source: ReadSource): Need[] {
  const path = readPath(mapping, source);
  const needs = scopesOf(source.crmObject, 'read').map((oneOf) => ({
    oneOf,
    path: `${path.replace(/\.fields$/, '')}.object`,
    breaks: `${source.object} records cannot be read`,
  }));
  const beside = Object.entries(source.fields).flatMap(([key, { crmField }]) =>
    scopesOf(objectBeside(crmField ?? ''), 'read').map((oneOf) => ({
      oneOf,
      path: `${path}.${key}`,
      breaks: `"${key}" of an ${source.object} cannot be read`.replace('an p', 'a p'),
    })),
  );
  return [...needs, ...beside];
}

/** The object a field is really of: 'companies[]:*' of companies, 'hubspot_owner_id.email' of owners. */
function objectBeside(crmField: string): string {
  if (crmField.startsWith('hubspot_owner_id.')) {
    return 'owners';
  }
  return associatedObject(crmField) ?? '';
}

function writeNeeds(source: ReadSource): Need[] {
  const own: Need[] = [];
  for (const [key, { crmField }] of Object.entries(source.written)) {
    const label = objectBeside(crmField);
    const breaks = `fields of ${source.object} records cannot be written`;
    const path = `write.${source.object}`;
    for (const oneOf of scopesOf(source.crmObject, 'write')) {
      own.push({ oneOf, path, breaks });
    }
    for (const oneOf of scopesOf(label, 'write')) {
      own.push({ oneOf, path: `${path}.${key}`, breaks: `labels of ${label} cannot be set` });
    }
  }
  return own;
}

/** Tasks go by the contacts' scopes (HubSpot's specification of tasks, 2026-03). */
const taskNeeds: Need[] = [
  {
    oneOf: ['crm.objects.contacts.read'],
    path: 'write.tasks.key',
    breaks: 'tasks cannot be found again (HubSpot counts tasks among the contacts)',
  },
  {
    oneOf: ['crm.objects.contacts.write'],
    path: 'write.tasks.key',
    breaks: 'tasks cannot be made or closed (HubSpot counts tasks among the contacts)',
  },
];

/** HubSpot's specification of exchange rates, 2026-03: any of these. */
const rateNeed: Need = {
  oneOf: [
    'settings.currencies.read',
    'crm.objects.quotes.read',
    'crm.objects.quotes.write',
    'cpq.quotes.read',
    'cpq.quotes.write',
  ],
  path: 'policy.currency.rates',
  breaks: 'exchange rates cannot be read, so amounts in other currencies count for nothing',
};

/** Objects and what their scopes are called; a name that is not here is a custom object's. */
const scopeNames: Record<string, string | null> = {
  contacts: 'contacts',
  companies: 'companies',
  deals: 'deals',
  tickets: 'tickets',
  owners: 'owners',
  tasks: 'contacts',
  notes: 'contacts',
  calls: 'contacts',
  meetings: 'contacts',
  emails: 'contacts',
  leads: 'leads',
  products: null,
  line_items: 'line_items',
  quotes: 'quotes',
};
const typeIds: Record<string, string> = {
  '0-1': 'contacts',
  '0-2': 'companies',
  '0-3': 'deals',
  '0-5': 'tickets',
  company: 'companies',
};

/** The scopes any one of which lets an object be read or written; none where it is not known. */
function scopesOf(crmObject: string, right: 'read' | 'write'): string[][] {
  const name = plural(crmObject);
  const known = name in scopeNames ? scopeNames[name] : 'custom';
  if (crmObject === '' || known === null) {
    return [];
  }
  const scope = `crm.objects.${known}.${right}`;
  return [known === 'tickets' ? [scope, 'tickets'] : [scope]];
}

function plural(crmObject: string): string {
  const lower = crmObject.toLowerCase();
  const named = typeIds[lower] ?? lower;
  return `${named}s` in scopeNames ? `${named}s` : named;
}

/** `provision` makes properties with scopes of their own; without it they are not needed. */
function schemaNote(mapping: CompiledMapping, scopes: ReadonlySet<string>): Problem[] {
  const written = Object.values(mapping.read)
    .flat()
    .filter((source) => Object.keys(source.written).length > 0)
    .flatMap(({ crmObject }) => scopesOf(crmObject, 'write').flat());
  const needed = [...new Set([...written, 'crm.objects.contacts.write'])]
    .map((scope) => scope.replace('crm.objects.', 'crm.schemas.'))
    .filter((scope) => !scopes.has(scope));
  if (needed.length === 0) {
    return [];
  }
  const message =
    `our token lacks ${needed.join(', ')}: "partner-sync provision" needs ` +
    `${needed.length === 1 ? 'it' : 'them'} to make properties. Nothing else does.`;
  return [at(mapping, 'auth', message)];
}

function unknownScopes(needs: Need[]): string {
  return (
    'HubSpot does not say which scopes this token has (it tells of apps, not of service keys). ' +
    `Needed: ${needs.map(({ oneOf }) => oneOf[0]).join(', ')}.`
  );
}

/** Where scopes are given (HubSpot docs, "Legacy private apps", "Service keys", "App scopes"). */
function remedy({ auth }: CompiledMapping): string {
  return auth.flow === 'token'
    ? "Add it to the private app's or service key's scopes (HubSpot: Development)."
    : "Add it to the app's required scopes, then install the app again.";
}
