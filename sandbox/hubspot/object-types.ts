/** The object types of a portal: their ids, names, and what HubSpot shows of them unasked. */
import { HubSpotError } from './errors.ts';

export interface ObjectType {
  /** `0-3`; custom objects have `2-…`. */
  id: string;
  /** Singular, as in messages and association names: `deal`. */
  name: string;
  plural: string;
  /** `p123_registration` of a custom object. */
  fullyQualifiedName?: string;
  labels: { singular: string; plural: string };
  /** The property that holds the time of the last change. */
  modifiedProperty: 'hs_lastmodifieddate' | 'lastmodifieddate';
  createdProperty: 'createdate' | 'hs_createdate';
  /** Sent when a call names no properties; the three system ones come beside them. */
  defaultProperties: string[];
  requiredProperties: string[];
  /** Where a search's `query` looks. */
  searchableProperties: string[];
  primaryDisplayProperty: string;
  custom: boolean;
  /** Only of custom objects. */
  secondaryDisplayProperties?: string[];
  description?: string;
  createdAt?: number;
  archivedAt?: number | null;
}

const engagement = { createdProperty: 'hs_createdate', requiredProperties: ['hs_timestamp'] };

function type(
  id: string,
  name: string,
  plural: string,
  more: Partial<Omit<ObjectType, 'createdProperty'>> & { createdProperty?: string },
): ObjectType {
  const label = (text: string) => text[0]!.toUpperCase() + text.slice(1);
  return {
    id,
    name,
    plural,
    labels: { singular: label(name), plural: label(plural) },
    modifiedProperty: 'hs_lastmodifieddate',
    defaultProperties: [],
    requiredProperties: [],
    searchableProperties: [],
    primaryDisplayProperty: 'hs_object_id',
    custom: false,
    ...more,
    createdProperty: more.createdProperty === 'hs_createdate' ? 'hs_createdate' : 'createdate',
  };
}

/** The standard objects the sandbox has. */
export const standardTypes: ObjectType[] = [
  type('0-1', 'contact', 'contacts', {
    modifiedProperty: 'lastmodifieddate',
    defaultProperties: ['email', 'firstname', 'lastname'],
    searchableProperties: ['firstname', 'lastname', 'email', 'phone', 'company'],
    primaryDisplayProperty: 'email',
  }),
  type('0-2', 'company', 'companies', {
    defaultProperties: ['domain', 'name'],
    searchableProperties: ['name', 'domain', 'website', 'phone'],
    primaryDisplayProperty: 'name',
  }),
  type('0-3', 'deal', 'deals', {
    defaultProperties: ['amount', 'closedate', 'dealname', 'dealstage', 'pipeline'],
    searchableProperties: ['dealname', 'description'],
    primaryDisplayProperty: 'dealname',
  }),
  type('0-5', 'ticket', 'tickets', {
    defaultProperties: [
      'content',
      'hs_pipeline',
      'hs_pipeline_stage',
      'hs_ticket_category',
      'hs_ticket_priority',
      'subject',
    ],
    requiredProperties: ['subject', 'hs_pipeline_stage'],
    searchableProperties: ['subject', 'content'],
    primaryDisplayProperty: 'subject',
  }),
  type('0-27', 'task', 'tasks', {
    ...engagement,
    searchableProperties: ['hs_task_subject', 'hs_task_body'],
    primaryDisplayProperty: 'hs_task_subject',
  }),
  type('0-46', 'note', 'notes', { ...engagement, searchableProperties: ['hs_note_body'] }),
  type('0-47', 'meeting_event', 'meetings', {
    ...engagement,
    searchableProperties: ['hs_meeting_title', 'hs_meeting_body'],
    primaryDisplayProperty: 'hs_meeting_title',
  }),
  type('0-48', 'call', 'calls', {
    ...engagement,
    searchableProperties: ['hs_call_title', 'hs_call_body'],
    primaryDisplayProperty: 'hs_call_title',
  }),
];

/** Objects HubSpot has and the sandbox has not: 501, not "unknown". */
const absent = [
  ['products', '0-7'],
  ['line_items', '0-8'],
  ['quotes', '0-14'],
  ['communications', '0-18'],
  ['emails', '0-49'],
  ['invoices', '0-53'],
  ['orders', '0-123'],
  ['leads', '0-136'],
  ['carts', '0-142'],
  ['feedback_submissions', '0-19'],
  ['goal_targets', '0-74'],
  ['postal_mail', '0-116'],
  ['taxes', '0-85'],
  ['services', '0-162'],
  ['courses', '0-410'],
  ['listings', '0-420'],
  ['appointments', '0-421'],
].flat();

/** The refusal for a type the portal does not have. */
export function unknownType(name: string): HubSpotError {
  const lower = name.toLowerCase();
  if (absent.some((one) => one === lower || one === `${lower}s`)) {
    return new HubSpotError(501, 'NOT_IMPLEMENTED', `The sandbox has no object "${name}".`);
  }
  return new HubSpotError(400, 'VALIDATION_ERROR', `Unable to infer object type from: ${name}`);
}

/** All names a type answers to, lower case. */
export function namesOf(type: ObjectType): string[] {
  const names = [type.id, type.name, type.plural, type.fullyQualifiedName ?? type.name];
  if (type.name === 'meeting_event') names.push('meeting');
  if (type.custom) names.push(`p_${type.name}`);
  return names.map((name) => name.toLowerCase());
}
