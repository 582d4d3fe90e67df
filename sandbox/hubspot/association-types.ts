/** What an association can mean: HubSpot's own type ids, and the labels a portal makes. */

export type AssociationCategory = 'HUBSPOT_DEFINED' | 'USER_DEFINED' | 'INTEGRATOR_DEFINED';

/** One direction of an association type. */
export interface AssociationType {
  category: AssociationCategory;
  typeId: number;
  /** Null: the plain association every label comes with. */
  label: string | null;
  /** The v3 name: `deal_to_company`. */
  name: string;
  from: string;
  to: string;
  primary: boolean;
  /** In the order in which types were made; HubSpot's come first. */
  order: number;
  /** The same association seen from the other side. */
  inverse: AssociationType;
}

/** from, to, type id there, type id back, label there, label back; 'Primary' is one per record. */
type Row = [from: string, to: string, there: number, back: number, labels?: [string, string]];

/** Type ids of HubSpot's documentation (Associations, Association type ID values). */
const defined: Row[] = [
  ['contact', 'contact', 449, 449],
  ['contact', 'company', 279, 280],
  ['contact', 'company', 1, 2, ['Primary', 'Primary']],
  ['company', 'company', 450, 450],
  ['company', 'company', 13, 14, ['Child Company', 'Parent Company']],
  ['deal', 'contact', 3, 4],
  ['deal', 'company', 341, 342],
  ['deal', 'company', 5, 6, ['Primary', 'Primary']],
  ['deal', 'deal', 451, 451],
  ['ticket', 'contact', 16, 15],
  ['ticket', 'company', 339, 340],
  ['ticket', 'company', 26, 25, ['Primary', 'Primary']],
  ['ticket', 'deal', 28, 27],
  ['ticket', 'ticket', 452, 452],
  ['note', 'contact', 202, 201],
  ['note', 'company', 190, 189],
  ['note', 'deal', 214, 213],
  ['note', 'ticket', 228, 227],
  ['task', 'contact', 204, 203],
  ['task', 'company', 192, 191],
  ['task', 'deal', 216, 215],
  ['task', 'ticket', 230, 229],
  ['meeting_event', 'contact', 200, 199],
  ['meeting_event', 'company', 188, 187],
  ['meeting_event', 'deal', 212, 211],
  ['meeting_event', 'ticket', 226, 225],
  ['call', 'contact', 194, 193],
  ['call', 'company', 182, 181],
  ['call', 'deal', 206, 205],
  ['call', 'ticket', 220, 219],
];

export class AssociationTypes {
  readonly #byPair = new Map<string, AssociationType[]>();
  #nextId = 1;
  #nextOrder = 1;

  constructor() {
    for (const [from, to, there, back, labels] of defined) {
      this.#pair({ from, to, category: 'HUBSPOT_DEFINED' }, { ids: [there, back], labels });
    }
  }

  /** The types of one direction, HubSpot's first. */
  of(from: string, to: string): AssociationType[] {
    return this.#byPair.get(`${from}/${to}`) ?? [];
  }

  find(from: string, to: string, category: string, typeId: number): AssociationType | undefined {
    return this.of(from, to).find((one) => one.typeId === typeId && one.category === category);
  }

  /** By label, without case; for datasets and pages. */
  labelled(from: string, to: string, label: string): AssociationType | undefined {
    return this.of(from, to).find((one) => one.label?.toLowerCase() === label.toLowerCase());
  }

  /** The plain association of a direction; undefined where the two cannot be associated. */
  plain(from: string, to: string): AssociationType | undefined {
    return this.of(from, to).find((one) => one.label === null);
  }

  /** A label (or, without one, the plain association of a custom object) in both directions. */
  add(
    pair: { from: string; to: string; name?: string },
    label: string | null,
    inverseLabel: string | null,
  ): AssociationType[] {
    const { from, to } = pair;
    const same = from === to && label === inverseLabel;
    const first = this.#nextId;
    this.#nextId += same ? 1 : 2;
    const labels: [string, string] | undefined =
      label === null ? undefined : [label, inverseLabel ?? label];
    return this.#pair(
      { from, to, category: 'USER_DEFINED', ...(pair.name ? { name: pair.name } : {}) },
      { ids: [first, same ? first : first + 1], labels },
    );
  }

  rename(type: AssociationType, label: string, inverseLabel?: string): void {
    type.label = label;
    if (type.inverse !== type) type.inverse.label = inverseLabel ?? label;
  }

  remove(type: AssociationType): void {
    for (const one of [type, type.inverse]) {
      const key = `${one.from}/${one.to}`;
      this.#byPair.set(
        key,
        (this.#byPair.get(key) ?? []).filter((other) => other !== one),
      );
    }
  }

  #pair(
    {
      from,
      to,
      category,
      name,
    }: Pick<AssociationType, 'from' | 'to' | 'category'> & {
      name?: string;
    },
    { ids, labels }: { ids: [number, number]; labels: [string, string] | undefined },
  ): AssociationType[] {
    const primary = labels?.[0] === 'Primary' && category === 'HUBSPOT_DEFINED';
    const one = (a: string, b: string, i: 0 | 1): AssociationType => {
      const label = labels?.[i] ?? null;
      const order = this.#nextOrder;
      this.#nextOrder += 1;
      const said = { category, typeId: ids[i], label, from: a, to: b, primary, order };
      const type = said as AssociationType;
      type.name = name ?? nameOf(type, this.of(a, b));
      return type;
    };
    const there = one(from, to, 0);
    const back = ids[0] === ids[1] ? there : one(to, from, 1);
    there.inverse = back;
    back.inverse = there;
    for (const type of new Set([there, back])) {
      const key = `${type.from}/${type.to}`;
      this.#byPair.set(key, [...(this.#byPair.get(key) ?? []), type]);
    }
    return [...new Set([there, back])];
  }
}

/** `deal_to_company` is the primary one where there is such, and the plain one elsewhere. */
function nameOf(type: AssociationType, others: AssociationType[]): string {
  const plain = `${type.from}_to_${type.to}`;
  if (type.primary) {
    for (const other of others) if (other.name === plain) other.name = `${plain}_unlabeled`;
    return plain;
  }
  if (type.label === null) return plain;
  return type.label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}
