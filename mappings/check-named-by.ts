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
    return `"${crmField}" is an association, which names the partner itself: write "${key}: ${crmField}".`;
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
