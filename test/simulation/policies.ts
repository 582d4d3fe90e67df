/** The mapping files of one seed, and the policies that the partner team puts into them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Random, random } from '../../sandbox/seed/random.ts';
import { firstNumbers, type Numbers } from './oracle.ts';

const shipped = fileURLToPath(new URL('../../mappings', import.meta.url));

/** A folder of mapping files that is edited as a seed says. */
export class Policies {
  readonly folder = mkdtempSync(join(tmpdir(), 'ps-simulation-mappings-'));
  readonly #random: Random;
  readonly #original: string;
  /** Every policy that was ever written, the first as shipped. */
  readonly written: Numbers[] = [firstNumbers];

  constructor(seed: number) {
    this.#random = random(seed, 'simulation/policies');
    for (const part of ['sandbox-salesforce.yaml', 'presets', 'policies']) {
      cpSync(join(shipped, part), join(this.folder, part), { recursive: true });
    }
    this.#original = readFileSync(this.#file, 'utf8');
  }

  /** The team edits the file; nothing follows from it before it is planned and applied. */
  edit(): Numbers {
    const numbers: Numbers = {
      label: `2026.${this.written.length + 1}`,
      staleDays: this.#random.pick([20, 30, 45]),
      confirmDays: this.#random.pick([7, 14, 30]),
      influenceDays: this.#random.pick([30, 90, 180]),
      referralDays: this.#random.pick([10, 30, 60]),
    };
    this.written.push(numbers);
    const lines: [RegExp, string][] = [
      [/^version: .*$/m, `version: ${numbers.label}`],
      [/^ {2}default: \d+ days$/m, `  default: ${numbers.staleDays} days`],
      [/confirm_after: \d+ days/, `confirm_after: ${numbers.confirmDays} days`],
      [/influence_window: \d+ days/, `influence_window: ${numbers.influenceDays} days`],
      [/sourced_window: \d+ days/, `sourced_window: ${numbers.referralDays} days`],
    ];
    let text = this.#original;
    for (const [from, to] of lines) {
      if (!from.test(text)) {
        throw new Error(`The policy file does not match ${from}.`);
      }
      text = text.replace(from, to);
    }
    writeFileSync(this.#file, text);
    return numbers;
  }

  /** The policy with this label. */
  labelled(label: string): Numbers {
    const found = this.written.find((numbers) => numbers.label === label);
    if (found === undefined) {
      throw new Error(`No policy "${label}" was ever written.`);
    }
    return found;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.folder, 'policies', 'sandbox.yaml');
  }
}
