/**
 * Partners that are named by a text of theirs (`names_partner_by` in a mapping): how such a text
 * is compared, and which partners hold it. What names a partner keeps the text as the CRM has it
 * in its fields; the columns that are joined by hold it as it is compared.
 */
import { sql } from 'kysely';
import type { FieldValues, PartnerReference } from '../rules/types.ts';
import type { Db } from './database.ts';
import type { NamedPartner, UnsettledName } from './types.ts';

/** True for a text that names a partner where an id could stand: ids hold no '='. */
export function isReference(value: unknown): value is PartnerReference {
  return typeof value === 'string' && value.includes('=');
}

/** As texts are compared: case, blanks around them and how many stand between do not count. */
export function foldedReference(reference: string): string {
  const at = reference.indexOf('=') + 1;
  const text = reference.slice(at).normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
  return `${reference.slice(0, at)}${text}`;
}

/** The texts by which others may name this partner, as they are compared; null: by none. */
export function namesOf(fields: FieldValues): string[] | null {
  const names: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(prefix) && value !== null) {
      names.push(foldedReference(`${key.slice(prefix.length)}=${String(value)}`));
    }
  }
  return names.length === 0 ? null : names.sort();
}

/** See NamedByKey in rules/types.ts. */
const prefix = 'named_by:';

/** The partners that hold each text, by the text as given; deleted ones too, in id order. */
export async function partnersNamed(
  db: Db,
  connection: string,
  references: string[],
): Promise<Map<string, NamedPartner[]>> {
  if (references.length === 0) {
    return new Map();
  }
  const folded = new Map(references.map((one) => [one, foldedReference(one)]));
  const wanted = [...new Set(folded.values())];
  const { rows } = await sql<NamedPartner & { text: string }>`
    select t.name as text, p.id, coalesce(p.name, p.id) as name, p.deleted_at is not null as deleted
    from partner_text t
    join partner p on p.connection = ${connection} and p.id = t.partner_id
    where t.connection = ${connection} and t.name = any(${wanted}) order by p.id`.execute(db);
  const byName = new Map<string, NamedPartner[]>();
  for (const { text, ...partner } of rows) {
    byName.set(text, [...(byName.get(text) ?? []), partner]);
  }
  return new Map([...folded].map(([given, name]) => [given, byName.get(name) ?? []]));
}

/** The ids, and the texts by which these partners are named instead. */
export async function withNames(db: Db, connection: string, ids: string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from partner_text
    where connection = ${connection} and partner_id = any(${ids})`.execute(db);
  return [...ids, ...rows.map((row) => row.name)];
}

/**
 * Texts by which live records name a partner and that not exactly one living partner holds, as they
 * are compared: those of the most records first. Reads every record that names one so.
 */
export async function unsettledNames(db: Db, connection: string): Promise<UnsettledName[]> {
  const naming = [
    ['opportunity', 'referral_partner_id'],
    ['opportunity', 'origin_partner_id'],
    ['opportunity', 'partner_of_record_id'],
    ['registration', 'partner_id'],
    ['touch', 'partner_id'],
  ] as const;
  const parts = naming.map(
    ([table, column]) => sql`
      select ${sql.ref(column)} as name from ${sql.table(table)}
      where connection = ${connection} and deleted_at is null and ${sql.ref(column)} like '%=%'`,
  );
  const { rows } = await sql<UnsettledName>`
    with named as (${sql.join(parts, sql` union all `)}),
    counted as (select name, count(*)::int as records from named group by name),
    held as (
      select counted.name, counted.records, array(
        select coalesce(p.name, p.id) from partner_text t
        join partner p on p.connection = ${connection} and p.id = t.partner_id
        where t.connection = ${connection} and t.name = counted.name
          and p.deleted_at is null order by 1) as holders
      from counted)
    select name as reference, records, holders from held
    where cardinality(holders) <> 1 order by records desc, name collate "C"`.execute(db);
  return rows;
}
