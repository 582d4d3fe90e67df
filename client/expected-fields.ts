/** What the sandbox's mappings read without an "optional": an export may lack some of it. */
import { listMappings, loadMapping } from '../mappings/load.ts';
import type { CanonicalKind, CompiledMapping, ReadSource } from '../mappings/types.ts';
import { whereFields } from '../mappings/where.ts';
import { rulesVersion } from '../rules/version.ts';

/** A field of an object, as `sandbox/main.ts --expect` takes it. */
export interface ExpectedField {
  object: string;
  field: string;
  kind: CanonicalKind;
  /** Object a reference points to; null for anything else. */
  to: string | null;
}

/** Of every mapping in the folder that signs in at the sandbox's org and has no problems. */
export function expectedFields(mappingsDir: string): ExpectedField[] {
  return listMappings(mappingsDir).flatMap(({ path }) => {
    const loaded = loadMapping(path, { env: null, rulesVersion });
    return loaded.ok &&
      loaded.mapping.crm === 'salesforce' &&
      loaded.mapping.auth.values['login_url']?.includes('SANDBOX_URL')
      ? ofMapping(loaded.mapping)
      : [];
  });
}

function ofMapping({ read }: CompiledMapping): ExpectedField[] {
  const sources = Object.values(read).flat();
  const objectOf = new Map(sources.map((source) => [String(source.object), source.crmObject]));
  return sources.flatMap((source) => [...ofFields(source, objectOf), ...ofCondition(source)]);
}

function ofFields(source: ReadSource, objectOf: Map<string, string>): ExpectedField[] {
  return Object.entries(source.fields).flatMap(([key, { crmField, kind, optional }]) =>
    crmField === null || crmField.includes('.') || optional
      ? []
      : [
          {
            object: source.crmObject,
            field: crmField,
            kind,
            to: kind === 'id' ? (objectOf.get(key) ?? null) : null,
          },
        ],
  );
}

function ofCondition({ crmObject: object, where }: ReadSource): ExpectedField[] {
  return (where === null ? [] : whereFields(where))
    .filter((field) => !field.includes('.'))
    .map((field) => {
      const flag = new RegExp(`\\b${field}\\s*!?=\\s*(true|false)\\b`, 'i').test(where ?? '');
      return { object, field, kind: flag ? 'boolean' : 'text', to: null };
    });
}
