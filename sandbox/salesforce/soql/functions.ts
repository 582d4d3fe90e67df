/** SOQL's date functions: what they give and of which type. */
import type { FieldType } from '../../dataset.ts';
import type { Value } from '../values.ts';

/** A function of one date or datetime. */
export interface DateFunction {
  type: FieldType;
  of: (value: Value) => Value;
}

const numbers: Record<string, (date: Date) => number> = {
  CALENDAR_YEAR: (date) => date.getUTCFullYear(),
  CALENDAR_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  CALENDAR_MONTH: (date) => date.getUTCMonth() + 1,
  FISCAL_YEAR: (date) => date.getUTCFullYear(),
  FISCAL_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  FISCAL_MONTH: (date) => date.getUTCMonth() + 1,
  DAY_IN_MONTH: (date) => date.getUTCDate(),
  DAY_IN_WEEK: (date) => date.getUTCDay() + 1,
  DAY_IN_YEAR: (date) => dayOfYear(date),
  HOUR_IN_DAY: (date) => date.getUTCHours(),
  WEEK_IN_MONTH: (date) => Math.ceil(date.getUTCDate() / 7),
  WEEK_IN_YEAR: (date) => Math.ceil(dayOfYear(date) / 7),
};

/** The function of that name, or null. Days are those of UTC, the org's time zone. */
export function dateFunction(name: string): DateFunction | null {
  const upper = name.toUpperCase();
  if (upper === 'DAY_ONLY') {
    return { type: 'date', of: (value) => (typeof value === 'string' ? value.slice(0, 10) : null) };
  }
  const number = numbers[upper];
  if (!number) return null;
  return {
    type: 'int',
    of: (value) =>
      typeof value === 'string'
        ? number(new Date(value.length === 10 ? value : value.slice(0, 23) + 'Z'))
        : null,
  };
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}
