/**
 * Generates from the zod schemas what editors and people read: mapping.schema.json,
 * policy.schema.json and REFERENCE.md. `--write` writes them, `--check` fails where they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fieldSet } from './field-set.ts';
import { labelName } from './field-set-hubspot.ts';
import { policySchema } from './policy-schema.ts';
import { mappingSchema } from './schema.ts';

/** A JSON Schema node, as far as this file looks. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  required?: string[];
  definitions?: Record<string, JsonSchema>;
  [key: string]: unknown;
}

/** The three files by name, as they should be. */
export function generatedFiles(): Record<string, string> {
  const mapping = schemaOf(mappingSchema, 'A partner-sync mapping');
  const policy = schemaOf(policySchema, 'A partner-sync policy');
  return {
    'mapping.schema.json': `${JSON.stringify(forEditors(mapping), null, 2)}\n`,
    'policy.schema.json': `${JSON.stringify(policyForEditors(policy), null, 2)}\n`,
    'REFERENCE.md': reference(mapping, policy),
  };
}

/** The JSON Schema of what people write (before defaults and conversions). */
export function schemaOf(schema: z.ZodType, title: string): JsonSchema {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    // Zod drops the examples of what is converted on reading; ours are of what people write.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples) && examples.length > 0) {
        jsonSchema.examples = examples;
      }
    },
  }) as JsonSchema;
  const { $schema, ...rest } = json;
  return { $schema, title, ...rest };
}

/** What a preset gives need not stand in the file, and null takes a key of the preset away. */
function forEditors(mapping: JsonSchema): JsonSchema {
  const { auth, read, write, ...others } = mapping.properties!;
  return {
    ...mapping,
    required: ['connection'],
    properties: {
      ...others,
      auth: authForEditors(auth!),
      read: relaxed(read!),
      write: relaxed(write!),
    },
  };
}

/** `api_version: 68.0` is a number to an editor as well. */
function authForEditors(auth: JsonSchema): JsonSchema {
  const oneOf = (auth.oneOf ?? []).map((flow) => {
    const version: JsonSchema = { ...flow.properties!['api_version'], type: ['string', 'number'] };
    return { ...flow, properties: { ...flow.properties, api_version: version } };
  });
  return { ...auth, oneOf };
}

/** `version: 2026.1` is a number to an editor; we take it as it is written. */
function policyForEditors(policy: JsonSchema): JsonSchema {
  const { version, ...others } = policy.properties!;
  return {
    ...policy,
    properties: { version: { ...version, type: ['string', 'number'] }, ...others },
  };
}

function relaxed(schema: JsonSchema): JsonSchema {
  const { required: _, ...rest } = schema;
  if (schema.properties === undefined) {
    return rest;
  }
  const properties = Object.entries(schema.properties).map(
    ([name, child]) => [name, orNull(relaxed(child))] as const,
  );
  return { ...rest, properties: Object.fromEntries(properties) };
}

function orNull(schema: JsonSchema): JsonSchema {
  const { description, examples, default: fallback, ...rest } = schema;
  const kept = { description, examples, ...(fallback === undefined ? {} : { default: fallback }) };
  return { ...kept, anyOf: [rest, { type: 'null' }] };
}

function reference(mapping: JsonSchema, policy: JsonSchema): string {
  return [
    '# Reference of mappings and policies',
    '',
    'Generated from the schemas by `npm run schema`; edit the descriptions there.',
    'How the files work together: `sandbox-salesforce.yaml` and `policies/sandbox.yaml` are',
    'annotated; `presets/` holds what `extends` starts from.',
    '',
    '## Mapping: `mappings/<connection>.yaml`',
    '',
    ...table(mapping),
    '',
    'A field that is read is its API name, or a map:',
    '',
    ...table(mapping.definitions!['readField']!),
    '',
    'A field that names a partner is its API name, or a map:',
    '',
    ...table(mapping.definitions!['readPartner']!),
    '',
    'A field that is written is its API name, or a map:',
    '',
    ...table(mapping.definitions!['writeField']!),
    '',
    '## Policy: `mappings/policies/<name>.yaml`',
    '',
    ...table(policy),
    '',
    '## Fields partner-sync keeps in the CRM',
    '',
    '`provision --set core` makes the core ones, `--set full` all. Writer: engine (we write),',
    'input (people only), shared (a person proposes, we accept).',
    '',
    '| Key | Object | Salesforce field | Type | HubSpot property | Writer | Set | Meaning |',
    '|---|---|---|---|---|---|---|---|',
    ...fieldSet.map(
      (f) =>
        `| \`${f.key}\` | ${f.object} | \`${f.salesforce.name}\` | ${f.salesforce.type} | ` +
        `\`${labelName(f) ?? f.hubspot.name}\` | ${f.writer} | ${f.set} | ${f.description} |`,
    ),
    '',
  ].join('\n');
}

function table(schema: JsonSchema): string[] {
  return ['| Key | Meaning | Default | Example |', '|---|---|---|---|', ...rows(schema, '')];
}

function rows(schema: JsonSchema, path: string): string[] {
  const branches = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const own = branches.flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([name, child]) => {
      const below = path === '' ? name : `${path}.${name}`;
      return [row(below, child, branch), ...rows(child, below)];
    }),
  );
  const nested = branches.flatMap((branch) => [
    ...(branch.items === undefined ? [] : rows(branch.items, `${path}[]`)),
    ...(typeof branch.additionalProperties === 'object'
      ? rows(branch.additionalProperties, `${path}.<name>`)
      : []),
  ]);
  return [...new Set([...own, ...nested])];
}

function row(path: string, schema: JsonSchema, parent: JsonSchema): string {
  const isRequired = parent.required?.includes(path.slice(path.lastIndexOf('.') + 1)) ?? false;
  const fallback =
    schema.default === undefined ? (isRequired ? 'required' : '') : inline(schema.default);
  const choices = schema.enum === undefined ? '' : ` One of ${schema.enum.join(', ')}.`;
  const meaning = `${schema.description ?? ''}${choices}`.replaceAll('|', '\\|');
  return `| \`${path}\` | ${meaning} | ${fallback} | ${inline(schema.examples?.[0])} |`;
}

function inline(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function main(mode: string | undefined): number {
  const stale = Object.entries(generatedFiles()).filter(([name, text]) => {
    const path = join(import.meta.dirname, name);
    if (mode === '--write') {
      writeFileSync(path, text);
      return false;
    }
    return readText(path) !== text;
  });
  for (const [name] of stale) {
    console.error(`mappings/${name} is not up to date. Run "npm run schema".`);
  }
  return stale.length === 0 ? 0 : 1;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.filename === process.argv[1]) {
  process.exitCode = main(process.argv[2]);
}
