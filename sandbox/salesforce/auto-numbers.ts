/** Numbers an org gives to records itself: `DR-{00000}`. */
import type { FieldDef } from './field-def.ts';
import type { ObjectDef } from './schema.ts';
import type { OrgState } from './state.ts';
import type { Value } from './values.ts';

const counterName = (object: ObjectDef, field: FieldDef) => `${object.name}.${field.name}`;

/** Gives a new record its numbers. */
export function setAutoNumbers(
  state: OrgState,
  { object, values }: { object: ObjectDef; values: (Value | undefined)[] },
): void {
  for (const field of object.fields) {
    if (!field.autoNumber) continue;
    const counter = counterName(object, field);
    const n = (state.idCounters.get(counter) ?? 0) + 1;
    state.idCounters.set(counter, n);
    values[field.slot] = field.autoNumber.replace(/\{(0+)\}/, (_, zeros: string) =>
      String(n).padStart(zeros.length, '0'),
    );
  }
}

/** After a load the org numbers on from the highest number there is. */
export function raiseAutoNumbers(state: OrgState, object: ObjectDef): void {
  for (const field of object.fields) {
    if (!field.autoNumber) continue;
    const [before = '', after = ''] = field.autoNumber.split(/\{0+\}/);
    const counter = counterName(object, field);
    let highest = state.idCounters.get(counter) ?? 0;
    for (const row of state.table(object).rows()) {
      const text = String(row[field.slot] ?? '');
      if (!text.startsWith(before) || !text.endsWith(after)) continue;
      const digits = text.slice(before.length, text.length - after.length);
      if (/^\d+$/.test(digits)) highest = Math.max(highest, Number(digits));
    }
    state.idCounters.set(counter, highest);
  }
}
