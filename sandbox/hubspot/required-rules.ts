/** What a record must have: the object's own required properties, and admins' rules (2026-09). */
import { badRequest, invalidValues } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { Portal } from './portal.ts';
import type { CrmRecord } from './record.ts';

/** The first version of the API that obeys admins' rules (changelog, 8 September 2026). */
const rulesSince = '2026-09';

type Values = readonly (string | null | undefined)[];

/** Throws HubSpotError where something required is missing. */
export function checkRequired(
  scene: { portal: Portal; store: ObjectStore; writer: { apiVersion: string } },
  before: CrmRecord | null,
  values: Values,
  creating: boolean,
): void {
  const { portal, store, writer } = scene;
  const has = (name: string) => {
    const def = store.properties.get(name);
    return def !== undefined && (values[def.slot] ?? null) !== null;
  };
  const missing = store.type.requiredProperties.filter((name) => !has(name));
  if (creating && missing.length > 0) {
    const context = { context: { properties: missing } };
    throw badRequest('Error creating record. Some required properties were not set.', context);
  }
  const cleared = missing.find((name) => before && valueIn(store, before.values, name) !== null);
  if (cleared) throw badRequest(`Required property "${cleared}" cannot be cleared.`);
  // Versions are `v3`, `v4` or dates; every date sorts before the letter.
  if (writer.apiVersion < rulesSince || writer.apiVersion.startsWith('v')) return;
  const findings = portal.requiredRules
    .filter((rule) => portal.findStore(rule.object) === store && (creating || !rule.onCreate))
    .filter(
      ({ when }) => !when || when.values.includes(valueIn(store, values, when.property) ?? ''),
    )
    .flatMap(({ requires }) => requires.filter((name) => !has(name)))
    .map((name) => ({
      name,
      error: 'REQUIRED_FIELD',
      message: `Property "${name}" is required by a rule of this account`,
    }));
  if (findings.length > 0) throw invalidValues(Number(portal.id), findings);
}

function valueIn(store: ObjectStore, values: Values, name: string): string | null {
  const def = store.properties.get(name);
  return def ? (values[def.slot] ?? null) : null;
}
