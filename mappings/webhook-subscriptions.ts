/** What a HubSpot app has to subscribe to, so that every change a mapping reads wakes us. */
import type { CompiledMapping, ReadSource } from './types.ts';
import { whereFields } from './where.ts';

/** One subscription as a project app's webhooks-hsmeta.json has it ("Configure webhooks"). */
export interface WebhookSubscription {
  subscriptionType:
    | 'object.creation'
    | 'object.deletion'
    | 'object.restore'
    | 'object.merge'
    | 'object.associationChange'
    | 'object.propertyChange';
  /** 'deal', 'company', or the name of a custom object. */
  objectType: string;
  propertyName?: string;
}

/** The mapping's plural names as HubSpot's subscriptions have them; others are as they are. */
const singular: Record<string, string> = {
  companies: 'company',
  contacts: 'contact',
  deals: 'deal',
  tickets: 'ticket',
  products: 'product',
  line_items: 'line_item',
};

/** By object and property, each once; none for a CRM that sends no webhooks. */
export function webhookSubscriptions(mapping: CompiledMapping): WebhookSubscription[] {
  if (mapping.crm !== 'hubspot') {
    return [];
  }
  const objects = new Map<string, ReadSource[]>();
  for (const source of Object.values(mapping.read).flat()) {
    // Owners have no webhooks; they are read with every poll.
    if (source.crmObject !== 'owners') {
      const name = singular[source.crmObject] ?? source.crmObject;
      objects.set(name, [...(objects.get(name) ?? []), source]);
    }
  }
  return [...objects].flatMap(([objectType, sources]) => subscriptionsOf(objectType, sources));
}

function subscriptionsOf(objectType: string, sources: ReadSource[]): WebhookSubscription[] {
  const names = new Set(sources.flatMap(fieldsOf));
  const isLink = (name: string) => name.includes(':');
  const properties = [...names].filter((name) => !isLink(name)).sort();
  const events = ['creation', 'deletion', 'restore', 'merge'] as const;
  return [
    ...events.map((event) => ({ subscriptionType: `object.${event}` as const, objectType })),
    ...([...names].some(isLink)
      ? [{ subscriptionType: 'object.associationChange' as const, objectType }]
      : []),
    ...properties.map((propertyName) => ({
      subscriptionType: 'object.propertyChange' as const,
      objectType,
      propertyName,
    })),
  ];
}

/** Read, looked at by the condition, and written: a person's edit of a field of ours counts too. */
function fieldsOf({ fields, written, where }: ReadSource): string[] {
  const named = [...Object.values(fields), ...Object.values(written)].flatMap(
    ({ crmField }) => crmField ?? [],
  );
  const asked = where === null ? [] : whereFields(where);
  // 'dealstage.label' is said by the pipelines, of the property 'dealstage'.
  return [...named, ...asked].map((name) => (name.includes(':') ? name : name.replace(/\..*/, '')));
}
