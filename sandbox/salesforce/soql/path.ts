/** Resolves a field path (`Account.Owner.Name`) to something that reads its value from a row. */
import type { Access } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import type { Actor, OrgState } from '../state.ts';
import type { Row, Value } from '../values.ts';
import { invalidField } from './parse.ts';

/** What every step of one query shares. */
export interface QueryContext {
  state: OrgState;
  access: Access;
  actor: Actor;
  soql: string;
  /** queryAll: deleted rows too. */
  all: boolean;
  /** `v68.0`, for the records' URLs. */
  version: string;
}

/** A field at the end of a path. `slot` is set where it is the queried object's own. */
export interface Path {
  field: FieldDef;
  slot: number | null;
  read: (row: Row) => Value;
}

/** One step from a row to its parent; `object` is null where the parent may be of several kinds. */
export interface ParentStep {
  field: FieldDef;
  object: ObjectDef | null;
  follow: (row: Row) => { object: ObjectDef; row: Row } | null;
}

/** Resolves names relative to an object. Throws ApiError INVALID_FIELD. */
export function resolvePath(context: QueryContext, object: ObjectDef, names: string[]): Path {
  const [first = '', ...rest] = names;
  if (rest.length === 0) {
    const field = context.access.field(object, first, context.actor);
    if (!field) throw noSuchColumn(context, object, first);
    const { slot } = field;
    return { field, slot, read: (row) => row[slot] ?? null };
  }
  const step = parentStep(context, object, first);
  if (!step.object) return polymorphicPath(context, step, rest);
  const inner = resolvePath(context, step.object, rest);
  return {
    field: inner.field,
    slot: null,
    read: (row) => {
      const parent = step.follow(row);
      return parent ? inner.read(parent.row) : null;
    },
  };
}

/** The parent a relationship name leads to. Throws ApiError INVALID_FIELD. */
export function parentStep(context: QueryContext, object: ObjectDef, name: string): ParentStep {
  const field = object.relationship(name);
  if (!field || !context.access.canRead(object, field, context.actor)) {
    throw invalidField(
      context.soql,
      name,
      `Didn't understand relationship '${name}' in field path. If you are attempting to use a ` +
        "custom relationship, be sure to append the '__r' after the custom relationship name. " +
        'Please reference your WSDL or the describe call for the appropriate names.',
    );
  }
  const { state } = context;
  const several = field.referenceTo.length > 1;
  return {
    field,
    object: several ? null : (state.findObject(field.referenceTo[0] ?? '') ?? null),
    follow: (row) => {
      const id = row[field.slot];
      const target = typeof id === 'string' ? state.objectOfId(id) : undefined;
      const parent = target && state.table(target).get(id as string);
      return target && parent ? { object: target, row: parent } : null;
    },
  };
}

/** Who and What lead to the Name pseudo-object, which has a name, an id and a type. */
function polymorphicPath(context: QueryContext, step: ParentStep, rest: string[]): Path {
  const [name = ''] = rest;
  const wanted = name.toLowerCase();
  if (rest.length > 1 || !['name', 'id', 'type'].includes(wanted)) {
    throw invalidField(
      context.soql,
      name,
      `No such column '${name}' on entity 'Name'. If you are attempting to use a custom field, ` +
        "be sure to append the '__c' after the custom field name. Please reference your WSDL or " +
        'the describe call for the appropriate names.',
    );
  }
  const user = context.state.object('User');
  const field = wanted === 'id' ? user.field('Id')! : user.field('Name')!;
  return {
    field: { ...field, name: wanted === 'type' ? 'Type' : field.name },
    slot: null,
    read: (row) => {
      const parent = step.follow(row);
      if (!parent) return null;
      if (wanted === 'type') return parent.object.name;
      const slot = wanted === 'id' ? 0 : (parent.object.nameField?.slot ?? 0);
      return parent.row[slot] ?? null;
    },
  };
}

/** The object of a FROM clause. Throws ApiError INVALID_TYPE. */
export function fromObject(context: QueryContext, name: string): ObjectDef {
  const object = context.state.findObject(name);
  if (object && context.access.may(object, 'read', context.actor)) return object;
  throw new ApiError(
    400,
    'INVALID_TYPE',
    `\n${context.soql.slice(0, 80)}\nERROR at Row:1:Column:` +
      `${Math.max(1, context.soql.toLowerCase().indexOf(name.toLowerCase()) + 1)}\n` +
      `sObject type '${name}' is not supported. If you are attempting to use a custom object, be ` +
      "sure to append the '__c' after the entity name. Please reference your WSDL or the " +
      'describe call for the appropriate names.',
  );
}

function noSuchColumn(context: QueryContext, object: ObjectDef, name: string): ApiError {
  return invalidField(
    context.soql,
    name,
    `No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom ` +
      "field, be sure to append the '__c' after the custom field name. Please reference your " +
      'WSDL or the describe call for the appropriate names.',
  );
}
