/** A validated mapping -> the plain data the activities work with. */
import type { ObjectName } from '../rules/types.ts';
import { fieldSet } from './field-set.ts';
import { namedByKey } from './partner-reference.ts';
import { readKeys } from './read-keys.ts';
import type { MappingInput, ReadFieldInput, WriteFieldInput } from './schema.ts';
import type {
  AuthTemplate,
  CompiledMapping,
  FieldSource,
  ReadSource,
  WriteField,
  WrittenObject,
} from './types.ts';

/** Everything of a CompiledMapping that the mapping file alone decides. */
export type MappingPart = Omit<CompiledMapping, 'policy' | 'version' | 'sources' | 'positions'>;

/** The mapping as plain data; the input has passed the schema. */
export function compileMapping(input: MappingInput): MappingPart {
  const write = {
    opportunity: writeFields('opportunity', input),
    partner: writeFields('partner', input),
  };
  return {
    connection: input.connection,
    crm: input.crm,
    policyName: input.policy,
    auth: authTemplate(input),
    sync: {
      everyMs: input.sync.every,
      lagMs: input.sync.lag,
      overlapMs: input.sync.overlap,
      reconcileAt: input.sync.reconcile,
      dailyShareBasisPoints: input.sync.daily_calls,
      reservedBasisPoints: input.sync.reserved_for_alerts,
      searchesPerSecond: input.sync.searches_per_second,
    },
    read: withNamedBy(readSources(input, write)),
    write,
    tasks: { keyField: input.write.tasks.key },
    scope: {
      closedBeforeActivation: input.write.scope.closed_before_activation,
      direct: input.write.scope.direct,
    },
    onHumanEdit: input.write.on_human_edit,
    notify: { mail: input.notify.mail ?? null },
  };
}

function authTemplate(input: MappingInput): AuthTemplate {
  const { flow, api_version, ...rest } = input.auth;
  const values = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { flow, apiVersion: api_version ?? null, values: Object.fromEntries(values) };
}

function readSources(
  input: MappingInput,
  write: CompiledMapping['write'],
): CompiledMapping['read'] {
  const single = (object: Exclude<ObjectName, 'touch'>): ReadSource[] => {
    const source = input.read[object];
    if (source === undefined) {
      return [];
    }
    return [
      {
        name: `${object}:${source.object}`,
        object,
        crm: input.crm,
        crmObject: source.object,
        where: source.where ?? null,
        optional: false,
        fields: readFields(object, source.fields as Record<string, ReadFieldInput | undefined>),
        written: object === 'opportunity' || object === 'partner' ? write[object] : {},
      },
    ];
  };
  return {
    opportunity: single('opportunity'),
    partner: single('partner'),
    account: single('account'),
    registration: single('registration'),
    user: single('user'),
    touch: touchSources(input),
  };
}

/** Two sources of one CRM object are told apart by their number, for their cursors. */
function touchSources(input: MappingInput): ReadSource[] {
  const seen = new Map<string, number>();
  return input.read.touch.map((source) => {
    const { object, where, optional, ...fields } = source as unknown as {
      object: string;
      where?: string;
      optional: boolean;
    } & Record<string, ReadFieldInput>;
    const n = (seen.get(object) ?? 0) + 1;
    seen.set(object, n);
    return {
      name: n === 1 ? `touch:${object}` : `touch:${object}#${n}`,
      object: 'touch',
      crm: input.crm,
      crmObject: object,
      where: where ?? null,
      optional,
      fields: readFields('touch', fields as Record<string, ReadFieldInput>),
      written: {},
    };
  });
}

function readFields(
  object: ObjectName,
  inputs: Record<string, ReadFieldInput | undefined>,
): Record<string, FieldSource> {
  const fields: Record<string, FieldSource> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input !== undefined) {
      fields[name] = readField(input, readKeys[object][name]!.kind);
    }
  }
  return fields;
}

function readField(input: ReadFieldInput, kind: FieldSource['kind']): FieldSource {
  const none = { crmField: null, constant: null, kind, values: null, optional: false };
  if (typeof input === 'string') {
    return { ...none, crmField: input, namesPartnerBy: null };
  }
  const namesPartnerBy = ('names_partner_by' in input && input.names_partner_by) || null;
  const named = { ...none, kind: namesPartnerBy === null ? kind : 'text', namesPartnerBy };
  if ('constant' in input) {
    return { ...named, constant: input.constant };
  }
  return {
    ...named,
    crmField: input.field,
    values: input.values ?? null,
    optional: input.optional,
  };
}

/** What other fields name partners by is read of every partner as well. */
function withNamedBy(read: CompiledMapping['read']): CompiledMapping['read'] {
  const by = new Set(
    Object.values(read)
      .flat()
      .flatMap(({ fields }) =>
        Object.values(fields).flatMap((field) => field.namesPartnerBy ?? []),
      ),
  );
  const added = [...by].map((crmField) => [namedByKey(crmField), readField(crmField, 'text')]);
  const partner = read.partner.map((source) => ({
    ...source,
    fields: { ...source.fields, ...Object.fromEntries(added) },
  }));
  return { ...read, partner };
}

function writeFields(object: WrittenObject, input: MappingInput): Record<string, WriteField> {
  const inputs = input.write[object] as Record<string, WriteFieldInput | undefined>;
  const fields: Record<string, WriteField> = {};
  for (const { key, kind } of fieldSet.filter((field) => field.object === object)) {
    const one = inputs[key];
    if (one !== undefined) {
      fields[key] =
        typeof one === 'string'
          ? { crmField: one, kind, values: null }
          : { crmField: one.field, kind, values: one.values ?? null };
    }
  }
  return fields;
}
