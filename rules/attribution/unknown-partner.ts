/** How a partner that the facts name but do not know is spoken of. */
import { count, sayList, sayName } from '../sentences.ts';

/** Texts that several partners hold, with the partners' names. */
type Ambiguous = ReadonlyMap<string, readonly string[]> | undefined;

/** 'names a partner by gs_partner_key__c "northgate", which no partner has', of an id or a text. */
export function sayUnknown(partnerId: string, ambiguous: Ambiguous): string {
  const reference = referenceOf(partnerId);
  if (reference === null) {
    return 'names a partner that is not known';
  }
  const { field, text } = reference;
  return `names a partner by ${field} "${sayName(text)}", ${whose(partnerId, ambiguous)}`;
}

/** 'no partner has the key "northgate"', short enough for a reason; null for an id. */
export function sayNobody(partnerId: string, ambiguous: Ambiguous): string | null {
  const reference = referenceOf(partnerId);
  if (reference === null) {
    return null;
  }
  const holders = ambiguous?.get(partnerId)?.length ?? 0;
  return holders === 0
    ? `no partner has the key "${sayName(reference.text)}"`
    : `${count(holders, 'partner')} have the key "${sayName(reference.text)}"`;
}

/** See PartnerReference in types.ts. */
function referenceOf(partnerId: string): { field: string; text: string } | null {
  const at = partnerId.indexOf('=');
  return at < 0 ? null : { field: partnerId.slice(0, at), text: partnerId.slice(at + 1) };
}

/** Names shown of those that hold one text. */
const holdersShown = 3;

function whose(partnerId: string, ambiguous: Ambiguous): string {
  const holders = ambiguous?.get(partnerId) ?? [];
  if (holders.length === 0) {
    return 'which no partner has';
  }
  const more = holders.length - holdersShown;
  const shown = holders.slice(0, holdersShown).map(sayName);
  const names = sayList(more > 0 ? [...shown, `${more} more`] : shown);
  const have = `which ${holders.length} partners have (${names})`;
  return `${have}: it names none of them until one alone has it`;
}
