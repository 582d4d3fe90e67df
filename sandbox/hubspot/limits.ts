/**
 * How often a portal may be called: a burst a ten seconds for each app, searches a second and calls
 * a day for the account (developers.hubspot.com, API usage guidelines and limits).
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** Calls allowed; `enforced` false: only counted and shown in the headers. */
export interface LimitSettings {
  enforced: boolean;
  /** Per private app and 10 s: 100 Free and Starter, 190 Professional and Enterprise. */
  privateBurst: number;
  /** Per installed public app and 10 s. */
  publicBurst: number;
  /** Searches of the account a second. */
  searchPerSecond: number;
  /** Calls of all private apps a day; public apps have no such limit. */
  daily: number;
}

/** An Enterprise account without a limit increase. Enforcing is armed by the control plane. */
export const defaultLimits: LimitSettings = {
  enforced: false,
  privateBurst: 190,
  publicBurst: 110,
  searchPerSecond: 5,
  daily: 1_000_000,
};

const burstMs = 10_000;

/** The refusals, in the words of HubSpot's 429 bodies. */
export const rateMessages = {
  TEN_SECONDLY_ROLLING: 'You have reached your ten_secondly_rolling limit.',
  SECONDLY: 'You have reached your secondly limit.',
  DAILY: 'You have reached your daily limit.',
} as const;
export type RatePolicy = keyof typeof rateMessages;

/** The body of a 429. */
export function rateLimitBody(policyName: RatePolicy): Record<string, unknown> {
  return {
    status: 'error',
    message: rateMessages[policyName],
    errorType: 'RATE_LIMIT',
    correlationId: randomUUID(),
    policyName,
    groupName: 'publicapi:private-apps:api-calls',
    category: 'RATE_LIMITS',
  };
}

/** One app's calls, as the limits see it. */
export interface Caller {
  key: string;
  isPublic: boolean;
}

/** Counts calls. Bursts are measured in real time, the day by the sandbox's clock (UTC). */
export class Limiter {
  settings: LimitSettings;
  /** Real time in ms; tests put their own in its place. */
  realNow: () => number = () => performance.now();
  readonly #clock: Clock;
  readonly #bursts = new Map<string, number[]>();
  #searches: number[] = [];
  #day = '';
  #usedToday = 0;

  constructor(settings: LimitSettings, clock: Clock) {
    this.settings = { ...settings };
    this.#clock = clock;
  }

  get usedToday(): number {
    this.#turnDay();
    return this.#usedToday;
  }

  set usedToday(calls: number) {
    this.#turnDay();
    this.#usedToday = calls;
  }

  /** Counts a call; the policy that refuses it, or null. A refused call is not counted. */
  take(caller: Caller, isSearch: boolean): RatePolicy | null {
    const now = this.realNow();
    this.#turnDay();
    const { enforced, daily, searchPerSecond } = this.settings;
    const burst = this.#burstOf(caller, now);
    this.#searches = this.#searches.filter((at) => at > now - 1000);
    if (enforced) {
      if (!caller.isPublic && this.#usedToday >= daily) return 'DAILY';
      // Searches have a limit of their own and are exempt from the burst.
      if (isSearch && this.#searches.length >= searchPerSecond) return 'SECONDLY';
      if (!isSearch && burst.length >= this.#burstMax(caller)) return 'TEN_SECONDLY_ROLLING';
    }
    if (isSearch) this.#searches.push(now);
    else burst.push(now);
    this.#usedToday += 1;
    return null;
  }

  /** The headers of an answer; searches have none, public apps no daily pair. */
  headers(caller: Caller, isSearch: boolean): Record<string, string> {
    if (isSearch) return {};
    const max = this.#burstMax(caller);
    const used = this.#burstOf(caller, this.realNow()).length;
    const burst = {
      'X-HubSpot-RateLimit-Max': String(max),
      'X-HubSpot-RateLimit-Remaining': String(Math.max(0, max - used)),
      'X-HubSpot-RateLimit-Interval-Milliseconds': String(burstMs),
    };
    if (caller.isPublic) return burst;
    const { daily } = this.settings;
    return {
      ...burst,
      'X-HubSpot-RateLimit-Daily': String(daily),
      'X-HubSpot-RateLimit-Daily-Remaining': String(Math.max(0, daily - this.usedToday)),
    };
  }

  #burstMax({ isPublic }: Caller): number {
    return isPublic ? this.settings.publicBurst : this.settings.privateBurst;
  }

  #burstOf({ key }: Caller, now: number): number[] {
    const calls = this.#bursts.get(key) ?? [];
    let old = 0;
    while (old < calls.length && calls[old]! <= now - burstMs) old += 1;
    if (old > 0) calls.splice(0, old);
    this.#bursts.set(key, calls);
    return calls;
  }

  #turnDay(): void {
    const day = this.#clock.iso().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#usedToday = 0;
  }
}
