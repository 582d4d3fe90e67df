/** How reasons are worded: dates, spans, money and names, the same on every CRM. */
import Big from 'big.js';
import { dayMs, hourMs } from './time.ts';
import type { CalendarDate, Decimal, Instant } from './types.ts';

/** Longest text a reason field holds on both CRMs (Salesforce Text(255)). */
export const reasonMax = 255;
/** Longest part of a name inside a sentence, so that dates and rule always fit beside it. */
const nameMax = 48;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** '3 Mar 2026 09:14Z'. */
export function sayInstant(instant: Instant): string {
  return `${sayDate(instant)} ${instant.slice(11, 16)}Z`;
}

/** '3 Mar 2026', of a date or of an instant's UTC day. */
export function sayDate(date: CalendarDate | Instant): string {
  const month = months[Number(date.slice(5, 7)) - 1];
  return `${Number(date.slice(8, 10))} ${month} ${date.slice(0, 4)}`;
}

/** '12 days', '1 hour', '20 seconds': whole units, rounded down, of a span in milliseconds. */
export function saySpan(ms: number): string {
  if (ms >= dayMs) {
    return count(Math.floor(ms / dayMs), 'day');
  }
  if (ms >= hourMs) {
    return count(Math.floor(ms / hourMs), 'hour');
  }
  if (ms >= 60_000) {
    return count(Math.floor(ms / 60_000), 'minute');
  }
  return count(Math.floor(ms / 1_000), 'second');
}

/** '1 day', '2 days'. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A name short enough to stand in a sentence. */
export function sayName(name: string): string {
  return clip(name, nameMax);
}

/** 'USD 41,200': whole units, rounded up, for what is missing or earned. */
export function sayMoney(currency: string, amount: Decimal): string {
  const whole = new Big(amount).round(0, Big.roundUp).toFixed(0);
  return `${currency} ${whole.replace(/\B(?=(\d{3})+$)/g, ',')}`;
}

/** 'a', 'a and b', 'a, b and c'. */
export function sayList(parts: readonly string[], word: 'and' | 'or' = 'and'): string {
  if (parts.length < 2) {
    return parts[0] ?? '';
  }
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

/** Texts joined by '; ' within `max` characters; what does not fit is counted: '+3 more'. */
export function joinWithin(parts: readonly string[], max: number): string {
  const whole = parts.join('; ');
  if (whole.length <= max) {
    return whole;
  }
  for (let kept = parts.length - 1; kept > 0; kept -= 1) {
    const text = `${parts.slice(0, kept).join('; ')}; +${parts.length - kept} more`;
    if (text.length <= max) {
      return text;
    }
  }
  const rest = parts.length > 1 ? `; +${parts.length - 1} more` : '';
  return `${clip(parts[0] ?? '', max - rest.length)}${rest}`;
}

/** The text, or its beginning with an ellipsis; never half of a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) {
    return text;
  }
  const cut = text.slice(0, max - 1);
  const last = cut.charCodeAt(cut.length - 1);
  const whole = last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
  return `${whole.trimEnd()}…`;
}
