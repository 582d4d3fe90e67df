/** Checks of `names_partner_by`: a text on one side, and on the partner's the same. */
import type { DescribeOf } from './check-access.ts';
import type { MappingPart } from './compile.ts';
import { type Located, locate } from './located.ts';
import { problemAt as at, didYouMean, problem } from './problems.ts';
import { readPath } from './translate.ts';
import type { CompiledMapping, FieldLike, FieldSource, Problem, ReadSource } from './types.ts';

/** Without a CRM: an association is no text, and a key of ours is no field of the CRM. */
export function checkNamedByForm(mapping: MappingPart, root: Located): Problem[] {
  return Object.values(mapping.read)
    .flat()
    .flatMap((source) =>
      Object.entries(source.fields).flatMap(([key, field]) => {
        const wrong = wrongForm(mapping, field, key);
        if (wrong === null) {
          return [];
        }
        const path = `${readPath(mapping, source)}.${key}.names_partner_by`.split('.');
        return [problem(locate(root, path).nearest.at, path.join('.'), wrong)];
      }),
    );
}

function wrongForm(
  { crm, read }: MappingPart,
  { crmField, namesPartnerBy }: FieldSource,
  key: string,
): string | null {
  if (namesPartnerBy === null) {
    return null;
  }
  if (crmField?.includes(':')) {
    const itself = `"${crmField}" is an association, which names the partner itself`;
    return `${itself}: write "${key}: ${crmField}".`;
  }
  // HubSpot's own names look like our keys: there only the portal can tell.
  const meant = crm === 'salesforce' ? read.partner[0]?.fields[namesPartnerBy] : undefined;
  return meant === undefined
    ? null
    : `expected the API name of a field of ${read.partner[0]!.crmObject}, found our key ` +
        `"${namesPartnerBy}". Did you mean "${meant.crmField}"?`;
}

/** Each field that names a partner by a text nobody can hold, at the line that says so. */
export function checkNamedBy(mapping: CompiledMapping, describeOf: DescribeOf): Problem[] {
  return Object.values(mapping.read)
    .flat()
    .flatMap((source) => {
      const fields = describeOf(source.crmObject)?.fields;
      return Object.entries(source.fields).flatMap(([key, field]) => {
        const path = `${readPath(mapping, source)}.${key}`;
        return [
          ...lookups(mapping, path, source, field, fields),
          ...partnersField(mapping, path, field, describeOf),
        ];
      });
    });
}

/** A lookup holds the partner's id: no partner has that in a text field of its own. */
function lookups(
  mapping: CompiledMapping,
  path: string,
  { crmObject }: ReadSource,
  { crmField, namesPartnerBy }: FieldSource,
  fields: ReadonlyMap<string, FieldLike> | undefined,
): Problem[] {
  const described = crmField === null ? undefined : fields?.get(crmField);
  if (namesPartnerBy === null || described?.kind !== 'reference') {
    return [];
  }
  const message =
    `${crmObject}.${crmField} is of type ${described.vendorType} and names the partner itself: ` +
    `write "${path.slice(path.lastIndexOf('.') + 1)}: ${crmField}".`;
  return [at(mapping, `${path}.names_partner_by`, message)];
}

function partnersField(
  mapping: CompiledMapping,
  path: string,
  { namesPartnerBy }: FieldSource,
  describeOf: DescribeOf,
): Problem[] {
  const partner = describeOf(mapping.read.partner[0]?.crmObject ?? '');
  if (namesPartnerBy === null || partner === null) {
    return [];
  }
  const say = (message: string) => [at(mapping, `${path}.names_partner_by`, message)];
  const described = partner.fields.get(namesPartnerBy);
  if (described === undefined) {
    const place = mapping.crm === 'hubspot' ? 'Settings > Properties' : 'Setup > Object Manager';
    const ours = mapping.read.partner[0]?.fields[namesPartnerBy]?.crmField ?? null;
    const hint =
      ours === null
        ? didYouMean(namesPartnerBy, [...partner.fields.keys()])
        : ` Did you mean "${ours}"?`;
    return say(
      `${partner.name} has no field "${namesPartnerBy}" (checked against describe).${hint} ` +
        `Create it in ${place} and fill it on the partners, or name another one: ` +
        'without it no partner can be named here.',
    );
  }
  if (!described.readable) {
    return say(`our user may not read "${namesPartnerBy}" of ${partner.name}. Grant it.`);
  }
  return described.kind === 'boolean' || described.kind === 'reference'
    ? say(
        `${partner.name}.${namesPartnerBy} is of type ${described.vendorType}; ` +
          'partners are named by a text of their own.',
      )
    : [];
}

/** A text by which records name a partner although not exactly one partner holds it. */
interface Unsettled {
  reference: string;
  records: number;
  holders: string[];
}

/** Texts shown a field; the others are counted. */
const textsShown = 5;
/** Partners shown that hold one text. */
const holdersShown = 3;

/** What of the mirrored texts names no partner today, at the lines by which they are read. */
export function notesOfNames(mapping: CompiledMapping, names: readonly Unsettled[]): Problem[] {
  return namingPaths(mapping).flatMap(([path, field]) => {
    const mine = names.filter(({ reference }) => reference.startsWith(`${field}=`));
    const text = ({ reference, records }: Unsettled) =>
      `"${reference.slice(field.length + 1)}" (${counted(records, 'record')})`;
    const shared = mine.filter(({ holders }) => holders.length > 0);
    const nobodys = mine.filter(({ holders }) => holders.length === 0);
    return [
      ...shared.slice(0, textsShown).map((one) => {
        const who = listed(one.holders, holdersShown);
        const held = `is held by ${one.holders.length} partners (${who})`;
        return `${text(one)} ${held}: it names none of them.`;
      }),
      ...(shared.length > textsShown
        ? [`${shared.length - textsShown} further texts are held by several partners.`]
        : []),
      ...(nobodys.length > 0
        ? [`no partner holds ${listed(nobodys.map(text), textsShown)}: they name no partner.`]
        : []),
    ].map((message) => at(mapping, path, message));
  });
}

/** The first line that names partners by each field. */
function namingPaths(mapping: CompiledMapping): [path: string, field: string][] {
  const paths = new Map<string, string>();
  for (const source of Object.values(mapping.read).flat()) {
    for (const [key, { namesPartnerBy }] of Object.entries(source.fields)) {
      if (namesPartnerBy !== null && !paths.has(namesPartnerBy)) {
        paths.set(namesPartnerBy, `${readPath(mapping, source)}.${key}.names_partner_by`);
      }
    }
  }
  return [...paths].map(([field, path]) => [path, field]);
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function listed(texts: string[], most: number): string {
  const more = texts.length - most;
  const shown = more > 0 ? [...texts.slice(0, most), `${more} more`] : texts;
  const last = shown.at(-1)!;
  return shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
