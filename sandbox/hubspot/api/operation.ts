/** The name of a HubSpot route: the same for v3, v4 and the dated paths, types by plural name. */
import { namesOf, standardTypes } from '../object-types.ts';

const pluralOf = new Map(
  standardTypes.flatMap((type) => namesOf(type).map((name) => [name, type.plural] as const)),
);

/** `POST /crm/objects/deals/search`, `GET /crm/objects/deals/{id}` ... */
export function hubspotOperation(method: string, path: string): string {
  const parts = path
    .split('/')
    .filter((part) => part !== '' && !/^(v\d|20\d\d-\d\d)$/.test(part))
    .map((part) => {
      if (/^\d{6,}$/.test(part)) return '{id}';
      return pluralOf.get(part.toLowerCase()) ?? part;
    });
  if (parts[0] === 'oauth' && parts.length === 3 && /tokens$/.test(parts[1]!)) parts[2] = '{token}';
  return `${method} /${parts.join('/')}`;
}
