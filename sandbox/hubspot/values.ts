/**
 * Values as HubSpot keeps them, all as text: what is accepted for a type, and how it is ordered.
 */
import type { InvalidValue } from './errors.ts';
import type { PropertyDef } from './property.ts';

/** A value as JSON brings it; numbers and booleans are taken as their text. */
export type InputValue = string | number | boolean | null;

const dayMs = 86_400_000;

/**
 * The value as it is kept, null where it clears. Options are checked by the caller. Returns a
 * finding where the property's type does not take it.
 */
export function coerce(def: PropertyDef, input: unknown): string | null | InvalidValue {
  if (input === null || input === '') return null;
  if (!['string', 'number', 'boolean'].includes(typeof input)) {
    return wrong(def, 'INVALID_TYPE', `${JSON.stringify(input)} is not a text.`);
  }
  const text = String(input);
  switch (def.type) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text))
        ? text.trim()
        : wrong(def, 'INVALID_DOUBLE', `${text} was not a valid number.`);
    case 'bool':
      return boolean(def, text);
    case 'datetime': {
      const at = instant(text);
      return at === null
        ? wrong(def, 'INVALID_LONG', `${text} was not a valid long.`)
        : new Date(at).toISOString();
    }
    case 'date':
      return day(def, text);
    case 'enumeration':
      return def.fieldType === 'booleancheckbox' ? boolean(def, text) : options(def, text);
    default:
      return def.name === 'email' && def.hubspotDefined ? emailAddress(def, text) : text;
  }
}

/** A contact's address is kept in lower case; the pattern is a usual one (HubSpot's is unknown). */
function emailAddress(def: PropertyDef, text: string): string | InvalidValue {
  const address = text.trim().toLowerCase();
  if (/^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(address)) return address;
  return wrong(def, 'INVALID_EMAIL', `Email address ${text} is invalid`);
}

/** Epoch ms of an ISO 8601 text or of epoch ms as text; null where it is neither. */
export function instant(text: string): number | null {
  if (/^-?\d{1,16}$/.test(text)) {
    const at = Number(text);
    return Math.abs(at) <= 8.64e15 ? at : null;
  }
  if (!/^\d{4}-\d\d-\d\d(T|$)/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** A number in whose order values of the type are; null where a text has no such order. */
export function orderOf(def: PropertyDef, value: string): number | null {
  switch (def.type) {
    case 'number':
      return Number.isFinite(Number(value)) ? Number(value) : null;
    case 'date':
    case 'datetime':
      return instant(value);
    default:
      return null;
  }
}

function wrong(def: PropertyDef, error: string, message: string): InvalidValue {
  return { name: def.name, error, message };
}

function boolean(def: PropertyDef, text: string): string | InvalidValue {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower;
  return wrong(
    def,
    'INVALID_OPTION',
    `${text} was not one of the allowed options: [label: "Yes" value: "true", ` +
      'label: "No" value: "false"]',
  );
}

/** Dates are midnight UTC: any other instant is refused (docs, Properties: date). */
function day(def: PropertyDef, text: string): string | InvalidValue {
  const at = instant(text);
  if (at === null) return wrong(def, 'INVALID_DATE', `${text} was not a valid date.`);
  if (at % dayMs !== 0) {
    return wrong(def, 'INVALID_DATE', `${at} is at ${new Date(at).toISOString()}, not midnight!`);
  }
  return new Date(at).toISOString().slice(0, 10);
}

/** One option, or several as `a;b` in a multi-checkbox; `;c` appends in an update. */
function options(def: PropertyDef, text: string): string | InvalidValue {
  // Stages and pipelines are options too, but the portal's: the caller checks those.
  if (def.externalOptions || def.options.length === 0) return text;
  const chosen = def.fieldType === 'checkbox' ? text.split(';').filter(Boolean) : [text];
  const unknown = chosen.find((one) => !def.options.some(({ value }) => value === one));
  if (unknown === undefined) return text;
  const allowed = def.options.map(({ label, value }) => `label: "${label}"\nvalue: "${value}"\n`);
  return wrong(
    def,
    'INVALID_OPTION',
    `${unknown} was not one of the allowed options: [${allowed.join(', ')}]`,
  );
}
