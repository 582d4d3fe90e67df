/** Associations between records that are there: what the API reads and writes of them. */
import type { AssociationType } from './association-types.ts';
import type { Ends, Link } from './associations.ts';
import { badRequest, HubSpotError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { Portal } from './portal.ts';

/** A record of a type, as a pair's end. */
export interface End {
  store: ObjectStore;
  id: string;
}

/** What a call asks for: `{associationCategory, associationTypeId}`. */
export interface TypeInput {
  associationCategory?: unknown;
  associationTypeId?: unknown;
}

/** The live records associated with a record, in order of their ids. */
export function linksOf(portal: Portal, from: End, to: ObjectStore): Link[] {
  const links = portal.associations.of(from.store.type.name, Number(from.id), to.type.name);
  return links.filter((link) => to.live(String(link.to)) !== undefined);
}

/** Associates two records. Throws HubSpotError where one is missing or a type is unknown. */
export function associate(
  portal: Portal,
  pair: { from: End; to: End },
  types: readonly AssociationType[],
): readonly AssociationType[] {
  const ends = endsOf(pair);
  if (portal.associations.add(ends, types)) {
    portal.listener?.associationWritten(ends, types, false);
  }
  return portal.associations.typesBetween(ends);
}

/** Ends an association, or takes single types from it. Nothing happens where there is none. */
export function dissociate(
  portal: Portal,
  pair: { from: End; to: End },
  types: readonly AssociationType[] | null,
): void {
  const ends: Ends = numbersOf(pair);
  const had = portal.associations.typesBetween(ends);
  const gone = types ?? had;
  if (types) portal.associations.removeTypes(ends, types);
  else portal.associations.remove(ends);
  if (had.some((type) => gone.includes(type))) {
    portal.listener?.associationWritten(ends, gone, true);
  }
}

/** The named types of a direction. Throws HubSpotError for one the pair does not have. */
export function typesOf(
  portal: Portal,
  pair: { from: ObjectStore; to: ObjectStore },
  inputs: unknown,
): AssociationType[] {
  const [from, to] = [pair.from.type.name, pair.to.type.name];
  if (!isTypeList(inputs)) throw badRequest('"types" is not a list of association types.');
  if (inputs.length === 0) throw badRequest('At least one association type is required.');
  return inputs.map(({ associationCategory, associationTypeId }) => {
    const category = String(associationCategory ?? '');
    const type = portal.associations.types.find(from, to, category, Number(associationTypeId));
    if (type) return type;
    const message =
      `No association type exists from ${pair.from.type.id} to ${pair.to.type.id} ` +
      `with category ${category} and type id ${String(associationTypeId)}`;
    throw badRequest(message, {
      subCategory: 'crm.associations.INVALID_ASSOCIATION_TYPE',
      context: { type: [String(associationTypeId)] },
    });
  });
}

/** Whether a value of a body is a list of types. */
export function isTypeList(value: unknown): value is TypeInput[] {
  return Array.isArray(value) && value.every((one) => one !== null && typeof one === 'object');
}

/** The plain type of a direction. Throws HubSpotError where the two cannot be associated. */
export function plainType(portal: Portal, from: ObjectStore, to: ObjectStore): AssociationType {
  const plain = portal.associations.types.plain(from.type.name, to.type.name);
  if (plain) return plain;
  throw badRequest(`No default association exists from ${from.type.name} to ${to.type.name}.`);
}

function endsOf(pair: { from: End; to: End }): Ends {
  for (const [side, end] of Object.entries(pair)) {
    if (end.store.live(end.id)) continue;
    throw new HubSpotError(
      404,
      'OBJECT_NOT_FOUND',
      `The ${end.store.type.name} ${end.id} was not found`,
      {
        subCategory: `crm.associations.${side.toUpperCase()}_OBJECT_NOT_FOUND`,
        context: { [`${side}ObjectId`]: [end.id] },
      },
    );
  }
  return numbersOf(pair);
}

function numbersOf({ from, to }: { from: End; to: End }): Ends {
  return {
    from: from.store.type.name,
    fromId: Number(from.id),
    to: to.store.type.name,
    toId: Number(to.id),
  };
}
