/** SOQL's date literals (TODAY, LAST_N_DAYS:5 ...) as half-open ranges of calendar days in UTC. */

/** From the first day (included) to the last (excluded), `YYYY-MM-DD`. */
export interface DayRange {
  from: string;
  to: string;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** The range of a literal such as `THIS_MONTH` or `LAST_N_DAYS:30`; null if it is none. */
export function dateLiteral(literal: string, nowMs: number): DayRange | null {
  const text = literal.toUpperCase().replace('FISCAL_', '');
  const simple: Record<string, [Unit, number]> = {
    YESTERDAY: ['DAY', -1],
    TODAY: ['DAY', 0],
    TOMORROW: ['DAY', 1],
  };
  const named = simple[text];
  if (named) return span(named[0], nowMs, named[1], named[1] + 1);
  if (text === 'LAST_90_DAYS') return { from: day(nowMs, -90), to: day(nowMs, 1) };
  if (text === 'NEXT_90_DAYS') return { from: day(nowMs, 1), to: day(nowMs, 91) };
  const one = /^(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)$/.exec(text);
  if (one) {
    const shift = one[1] === 'LAST' ? -1 : one[1] === 'THIS' ? 0 : 1;
    return span(one[2] as Unit, nowMs, shift, shift + 1);
  }
  const many = /^(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S:(\d+)$/.exec(text);
  if (many) return several(many[1]!, many[2] as Unit, Number(many[3]), nowMs);
  const ago = /^N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO:(\d+)$/.exec(text);
  if (ago) return span(ago[1] as Unit, nowMs, -Number(ago[2]), -Number(ago[2]) + 1);
  return null;
}

/** LAST_N_DAYS runs to the end of today; the other LAST_N ones end before the current unit. */
function several(direction: string, unit: Unit, n: number, nowMs: number): DayRange {
  if (direction === 'NEXT') return span(unit, nowMs, 1, n + 1);
  return span(unit, nowMs, -n, unit === 'DAY' ? 1 : 0);
}

function span(unit: Unit, nowMs: number, from: number, to: number): DayRange {
  return { from: unitStart(unit, nowMs, from), to: unitStart(unit, nowMs, to) };
}

function unitStart(unit: Unit, nowMs: number, shift: number): string {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  switch (unit) {
    case 'DAY':
      return day(nowMs, shift);
    case 'WEEK':
      return day(nowMs, shift * 7 - now.getUTCDay());
    case 'MONTH':
      return iso(Date.UTC(year, month + shift, 1));
    case 'QUARTER':
      return iso(Date.UTC(year, (Math.floor(month / 3) + shift) * 3, 1));
    case 'YEAR':
      return iso(Date.UTC(year + shift, 0, 1));
  }
}

function day(nowMs: number, shift: number): string {
  return iso(nowMs + shift * 86_400_000);
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
