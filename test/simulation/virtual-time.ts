/** Time that only the simulation moves: every `Date` of this process reads it. */

/** The process's clock, in ms since 1970. It stands still until it is moved. */
export interface VirtualTime {
  now(): number;
  iso(): string;
  advance(ms: number): void;
  set(at: number): void;
}

/**
 * Replaces the global `Date`. Objects stay real dates (`instanceof` holds both ways); only "now"
 * is another. Timers are left alone: nothing in a run may depend on them.
 */
export function takeOverDate(startAt: number): VirtualTime {
  let at = startAt;
  const now = () => at;
  globalThis.Date = new Proxy(Date, {
    apply: (real) => new real(at).toString(),
    construct: (real, given: unknown[]) =>
      given.length === 0 ? new real(at) : Reflect.construct(real, given),
    get: (real, name, receiver) => (name === 'now' ? now : Reflect.get(real, name, receiver)),
  });
  return {
    now,
    iso: () => new Date(at).toISOString(),
    advance: (ms) => {
      at += ms;
    },
    set: (to) => {
      at = to;
    },
  };
}
