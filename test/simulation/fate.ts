/** What befalls workers and the server, drawn from the seed; and how often it did. */
import { type Random, random } from '../../sandbox/seed/random.ts';
import type { CrashPlan } from './gate.ts';

/** The dice of one seed. `calm` from the moment on when the run is to settle. */
export class Fate {
  readonly #random: Random;
  readonly #deaths: number;
  readonly #losses: number;
  readonly #meanwhile: number;
  #calm = false;
  crashes = 0;
  lost = 0;
  zombies = 0;
  continued = 0;

  constructor(seed: number) {
    this.#random = random(seed, 'simulation/fate');
    // Some seeds are quiet, some are hard.
    this.#deaths = this.#random.pick([0, 0.04, 0.1, 0.2]);
    this.#losses = this.#random.pick([0, 0.03, 0.1]);
    this.#meanwhile = this.#random.pick([0, 0, 0.1, 0.25]);
  }

  /** Nothing befalls anybody any more. */
  calm(): void {
    this.#calm = true;
  }

  /** From now on it does again. */
  rise(): void {
    this.#calm = false;
  }

  /** Where the worker dies in the next attempt; null: it lives. */
  crash(): CrashPlan | null {
    if (this.#calm || !this.#random.chance(this.#deaths)) {
      return null;
    }
    const kind = this.#random.pick(['http', 'store'] as const);
    const when = this.#random.pick(['before', 'after'] as const);
    return { kind, when, n: this.#random.int(1, kind === 'http' ? 6 : 14) };
  }

  /** Time until another worker has taken over, beyond the heartbeat timeout. */
  outageMs(): number {
    this.crashes += 1;
    return this.#random.pick([0, 1_000, 20_000, 5 * 60_000, 20 * 60_000]);
  }

  /** Whether the dead worker was only cut off, and comes back. */
  becomesZombie(): boolean {
    return this.#random.chance(0.4);
  }

  /** Before which effect of the next attempt it comes back; null: later. */
  zombieWakesAt(): number | null {
    return this.#random.chance(0.6) ? this.#random.int(1, 12) : null;
  }

  /** Before which effect of an attempt somebody edits a record; null: nobody does. */
  editMeanwhileAt(): number | null {
    const edits = !this.#calm && this.#random.chance(this.#meanwhile);
    return edits ? this.#random.int(1, 15) : null;
  }

  /** Whether the server dies with a completion it had not stored. */
  losesCompletion(): boolean {
    const loses = !this.#calm && this.#random.chance(this.#losses);
    this.lost += loses ? 1 : 0;
    return loses;
  }

  continuesAsNew(): boolean {
    const continues = this.#random.chance(0.2);
    this.continued += continues ? 1 : 0;
    return continues;
  }
}
