/** Which records of a portal belong together, seen from both sides, with their labels. */
import { type AssociationType, AssociationTypes } from './association-types.ts';

/** One associated record; the types are shared and never changed. */
export interface Link {
  readonly to: number;
  readonly types: readonly AssociationType[];
}

/** Two records; type names are singular. */
export interface Ends {
  from: string;
  fromId: number;
  to: string;
  toId: number;
}

type LinksOfRecord = Map<number, Link[]>;

export class Associations {
  readonly types = new AssociationTypes();
  #pairs = new Map<string, LinksOfRecord>();
  /** Equal sets of types are one array: a million deals share a handful. */
  readonly #sets = new Map<string, readonly AssociationType[]>();

  /** The records of type `to` a record is associated with, in order of their ids. */
  of(from: string, fromId: number, to: string): readonly Link[] {
    return this.#pairs.get(`${from}/${to}`)?.get(fromId) ?? [];
  }

  typesBetween({ from, fromId, to, toId }: Ends): readonly AssociationType[] {
    const links = this.of(from, fromId, to);
    const link = links[placeOf(links, toId)];
    return link?.to === toId ? link.types : [];
  }

  /**
   * Adds types to an association and keeps the ones it has; the plain type always comes with a
   * label, and a record has one primary company: the one named last. True where anything changed.
   */
  add(ends: Ends, wanted: readonly AssociationType[]): boolean {
    const { from, to, toId } = ends;
    const plain = this.types.plain(from, to);
    const types = plain ? [...new Set([...wanted, plain])] : wanted;
    const present = this.typesBetween(ends);
    const missing = types.filter((type) => !present.includes(type));
    if (missing.length === 0) return false;
    for (const primary of missing.filter((type) => type.primary)) {
      for (const [side, link] of this.#primaryHolders(ends, primary)) {
        if (side.toId !== toId || side.fromId !== ends.fromId) {
          this.removeTypes(
            side,
            link.types.filter((type) => type.primary),
          );
        }
      }
    }
    this.#set(ends, [...present, ...missing]);
    return true;
  }

  /** Takes types away; without the plain one the whole association goes. True where it changed. */
  removeTypes(ends: Ends, unwanted: readonly AssociationType[]): boolean {
    const present = this.typesBetween(ends);
    const left = present.filter((type) => !unwanted.includes(type));
    if (left.length === present.length) return false;
    const plain = this.types.plain(ends.from, ends.to);
    this.#set(ends, plain && unwanted.includes(plain) ? [] : left);
    return true;
  }

  /** Ends an association with all its labels; the types it had. */
  remove(ends: Ends): readonly AssociationType[] {
    const had = this.typesBetween(ends);
    if (had.length > 0) this.#set(ends, []);
    return had;
  }

  /** A label is deleted: it goes from every association that has it. */
  dropType(type: AssociationType): void {
    this.types.remove(type);
    for (const one of new Set([type, type.inverse])) {
      const ofPair = this.#pairs.get(`${one.from}/${one.to}`) ?? new Map<number, Link[]>();
      for (const links of ofPair.values()) {
        for (const [i, link] of links.entries()) {
          if (!link.types.includes(one)) continue;
          links[i] = { to: link.to, types: this.#shared(link.types.filter((t) => t !== one)) };
        }
      }
    }
  }

  /** Every type of record something of this type is associated with. */
  partnersOf(from: string): string[] {
    return [...this.#pairs.keys()]
      .filter((key) => key.startsWith(`${from}/`))
      .map((key) => key.slice(from.length + 1));
  }

  /** Moves all associations of records to another one; those of the first named are kept first. */
  moveAll(type: string, fromIds: readonly number[], into: number): void {
    for (const fromId of fromIds) {
      for (const to of this.partnersOf(type)) {
        for (const { to: toId, types } of [...this.of(type, fromId, to)]) {
          this.remove({ from: type, fromId, to, toId });
          const moved = { from: type, fromId: into, to, toId: toId === fromId ? into : toId };
          if (moved.toId === into && to === type) continue;
          const hasPrimary = this.of(type, into, to).some((link) =>
            link.types.some((one) => one.primary),
          );
          this.add(moved, hasPrimary ? types.filter((one) => !one.primary) : types);
        }
      }
    }
  }

  keep(): Map<string, LinksOfRecord> {
    return copyOf(this.#pairs);
  }

  putBack(kept: Map<string, LinksOfRecord>): void {
    this.#pairs = copyOf(kept);
  }

  /** "Primary" is said of a company: the record on the other side has one of them. */
  *#primaryHolders(ends: Ends, type: AssociationType): Generator<[Ends, Link]> {
    const one =
      type.to === 'company'
        ? ends
        : { from: ends.to, fromId: ends.toId, to: ends.from, toId: ends.fromId };
    const wanted = type.to === 'company' ? type : type.inverse;
    const own = type.to === 'company' ? ends.toId : ends.fromId;
    for (const link of [...this.of(one.from, one.fromId, one.to)]) {
      if (link.to === own || !link.types.includes(wanted)) continue;
      yield [{ from: one.from, fromId: one.fromId, to: one.to, toId: link.to }, link];
    }
  }

  #set(ends: Ends, types: readonly AssociationType[]): void {
    const { from, fromId, to, toId } = ends;
    this.#setSide(ends, types);
    if (from === to && fromId === toId) return;
    const back = types.map((type) => type.inverse);
    this.#setSide({ from: to, fromId: toId, to: from, toId: fromId }, back);
  }

  #setSide({ from, fromId, to, toId }: Ends, types: readonly AssociationType[]): void {
    const key = `${from}/${to}`;
    const ofPair = this.#pairs.get(key) ?? new Map<number, Link[]>();
    this.#pairs.set(key, ofPair);
    const links = ofPair.get(fromId) ?? [];
    const at = placeOf(links, toId);
    const there = links[at]?.to === toId ? 1 : 0;
    if (types.length === 0) links.splice(at, there);
    else links.splice(at, there, { to: toId, types: this.#shared(types) });
    if (links.length === 0) ofPair.delete(fromId);
    else ofPair.set(fromId, links);
  }

  #shared(types: readonly AssociationType[]): readonly AssociationType[] {
    const sorted = [...types].sort((a, b) => a.order - b.order);
    let key = '';
    for (const { order } of sorted) key += `${order},`;
    const known = this.#sets.get(key);
    if (known) return known;
    this.#sets.set(key, sorted);
    return sorted;
  }
}

/** The place of an id in links sorted by it, by halving. */
function placeOf(links: readonly Link[], id: number): number {
  let low = 0;
  let high = links.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (links[middle]!.to < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copyOf(pairs: Map<string, LinksOfRecord>): Map<string, LinksOfRecord> {
  return new Map(
    [...pairs].map(([key, ofPair]) => [
      key,
      new Map([...ofPair].map(([id, links]) => [id, [...links]])),
    ]),
  );
}
