/** A field to provision in the words of Salesforce's Tooling API. */
import type { FieldDescription, ProvisionField } from '../connector.ts';

/** The body of POST /tooling/sobjects/CustomField (Tooling API guide, CustomField). */
export interface CustomFieldBody {
  FullName: string;
  Metadata: Record<string, unknown>;
}

/** Tasks and events keep their custom fields on a common parent. */
export function definingObject(object: string): string {
  return isActivity(object) ? 'Activity' : object;
}

/** The object under which field permissions and describe know a field. */
export function visibleObject(object: string): string {
  return isActivity(object) ? 'Task' : object;
}

/** What to post for a field. Numbers of digits and lengths fall back to what the type allows. */
export function customFieldBody(field: ProvisionField): CustomFieldBody {
  return {
    FullName: `${definingObject(field.object)}.${field.name}`,
    Metadata: {
      label: field.label,
      description: field.description.slice(0, descriptionMax),
      inlineHelpText: field.description.slice(0, helpTextMax),
      type: field.type,
      required: false,
      ...(field.externalId ? { externalId: true } : {}),
      ...typeDetails(field),
    },
  };
}

/** Whether an existing field can hold what we would write into the wanted one; else why not. */
export function mismatch(wanted: ProvisionField, found: FieldDescription): string | null {
  const types = describeTypes[wanted.type];
  if (types && !types.includes(found.vendorType)) {
    return `it exists as ${found.vendorType}, ${wanted.type} was expected; map another field`;
  }
  if (wanted.length && found.length !== null && found.length < textLength(wanted)) {
    return `it holds ${found.length} characters, ${wanted.length} are needed; make it longer`;
  }
  const missing =
    found.restricted && found.picklist
      ? (wanted.values ?? []).filter((value) => !found.picklist?.includes(value))
      : [];
  return missing.length > 0 ? `add its picklist values: ${missing.join(', ')}` : null;
}

/** Metadata API guide, CustomField: lengths of description and inlineHelpText. */
const descriptionMax = 1_000;
const helpTextMax = 510;

const describeTypes: Record<string, string[]> = {
  Checkbox: ['boolean'],
  Currency: ['currency'],
  Date: ['date'],
  DateTime: ['datetime'],
  Email: ['email'],
  Html: ['textarea'],
  LongTextArea: ['textarea'],
  Lookup: ['reference'],
  MasterDetail: ['reference'],
  MultiselectPicklist: ['multipicklist'],
  Number: ['double', 'int'],
  Percent: ['percent'],
  Phone: ['phone'],
  Picklist: ['picklist'],
  Text: ['string', 'textarea'],
  TextArea: ['textarea'],
  Url: ['url'],
};

function typeDetails(field: ProvisionField): Record<string, unknown> {
  switch (field.type) {
    case 'Checkbox':
      return { defaultValue: 'false' };
    case 'Text':
      return {
        length: textLength(field),
        ...(field.unique ? { unique: true, caseSensitive: true } : {}),
      };
    case 'LongTextArea':
    case 'Html':
      return { length: field.length ?? 32_768, visibleLines: 3 };
    case 'Currency':
    case 'Number':
    case 'Percent':
      return { precision: field.precision ?? 18, scale: field.scale ?? 2 };
    case 'Picklist':
    case 'MultiselectPicklist':
      return {
        valueSet: valueSet(field.values ?? []),
        ...(field.type === 'MultiselectPicklist' ? { visibleLines: 4 } : {}),
      };
    case 'Lookup':
      return {
        referenceTo: field.referenceTo,
        relationshipName: field.relationshipName ?? field.name.replace(/__c$/, ''),
        relationshipLabel: field.label,
        deleteConstraint: 'SetNull',
      };
    default:
      return {};
  }
}

function valueSet(values: string[]): object {
  return {
    restricted: true,
    valueSetDefinition: {
      sorted: false,
      value: values.map((value) => ({ valueName: value, label: value, default: false })),
    },
  };
}

function textLength(field: ProvisionField): number {
  return field.length ?? 255;
}

function isActivity(object: string): boolean {
  return object === 'Task' || object === 'Event' || object === 'Activity';
}
