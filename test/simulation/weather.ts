/** Arms faults of the sandbox for a step, drawn from the seed; and counts what struck. */
import type { ArmingInput } from '../../sandbox/faults/arming.ts';
import { makeChange } from '../../sandbox/faults/changes.ts';
import { type Random, random } from '../../sandbox/seed/random.ts';
import type { Sandbox } from '../../sandbox/server.ts';

type Draw = (random: Random) => Record<string, unknown>;

const nothing: Draw = () => ({});

/** Fields an admin hides for a while: inputs that may be missing, and fields the engine writes. */
const hideable = ['Referral_Partner__c', 'Reseller__c', 'Amount', 'Partner_Attribution_Reason__c'];

/** Every fault that is drawn, with parameters. Silence and slowness need real time: not here. */
const faults: Record<string, Draw> = {
  'cut-before': nothing,
  'cut-after-commit': nothing,
  'cut-in-answer': nothing,
  'malformed-json': nothing,
  'html-answer': nothing,
  'server-unavailable': (of) => ({ body: of.pick(['json', 'html']) }),
  'server-error': (of) => ({ done: of.chance(0.5) }),
  'bad-gateway': (of) => ({ done: of.chance(0.5) }),
  'query-timeout': nothing,
  'session-expired': nothing,
  'login-refused': () => ({ count: 1 }),
  'request-limit': (of) => ({ limit: of.pick(['TotalRequests', 'ConcurrentPerOrgLongTxn']) }),
  'locator-expired': nothing,
  'short-page': (of) => ({ rows: of.int(1, 9), count: of.int(1, 30) }),
  'row-locked': (of) => ({ count: of.int(1, 4) }),
  'row-rejected': (of) => ({ count: of.int(1, 3) }),
  'row-trigger-failed': nothing,
  'row-late': (of) => ({ seconds: of.int(1, 50), count: of.int(1, 5) }),
  'several-matches': nothing,
  'modstamp-bumped': (of) => ({ object: 'Opportunity', rows: of.int(1, 8) }),
  'timestamps-equal': () => ({ object: 'Opportunity', rows: 50 }),
  'quota-nearly-used': (of) => ({ left: of.int(2, 30) }),
  'field-hidden': (of) => ({
    object: 'Opportunity',
    field: of.pick(hideable),
    right: of.pick(['read', 'edit']),
  }),
};

/** The weather of one seed. */
export class Weather {
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  readonly #perStep: number;
  /** How often each fault struck. */
  readonly struck: Record<string, number> = {};

  constructor(seed: number, sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#random = random(seed, 'simulation/weather');
    this.#perStep = this.#random.pick([0, 1, 1, 2, 4]);
  }

  /** Arms what a step brings; says what. */
  arm(): string[] {
    const said: string[] = [];
    for (let i = 0; i < this.#perStep; i += 1) {
      const name = this.#random.pick(Object.keys(faults));
      const params = faults[name]!(this.#random);
      const after = this.#random.int(0, 9);
      const count = this.#random.int(1, 2);
      const input = { name, seed: this.#random.int(1, 1_000), after, count, ...params };
      this.#sandbox.faults.arm(input as ArmingInput);
      said.push(`${name} after ${after} ${JSON.stringify(params)}`);
    }
    return said;
  }

  /** Takes away what has not struck, and counts what has. */
  clear(): void {
    for (const { name, struck, params } of this.#sandbox.faults.list()) {
      if (struck > 0) {
        this.struck[name] = (this.struck[name] ?? 0) + struck;
      }
      if (struck > 0 && name === 'field-hidden') {
        this.#show(params as { object: string; field: string });
      }
    }
    this.#sandbox.faults.disarm();
  }

  /** The admin gives the field back. */
  #show({ object, field }: { object: string; field: string }): void {
    const { tenants } = this.#sandbox;
    const scene = { org: tenants.defaultOrg, tenants, random: this.#random };
    makeChange('field-shown', scene, { object, field });
  }
}
