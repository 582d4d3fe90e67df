/** How a key of the YAML is described: once, for editors, the reference and error messages. */
import type { z } from 'zod';

/** Describes a key for the editor's JSON Schema and the generated reference. */
export function key<T extends z.ZodType>(schema: T, description: string, ...examples: unknown[]) {
  return schema.meta({ description, examples }) as T;
}
