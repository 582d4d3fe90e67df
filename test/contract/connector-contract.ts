/** What every connector must do, whichever CRM is behind it: one suite, run against the sandbox. */
import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { accessCases } from './access-cases.ts';
import { listCases } from './list-cases.ts';
import { metadataCases } from './metadata-cases.ts';
import { readCases } from './read-cases.ts';
import type { ContractWorld } from './world.ts';
import { writeCases } from './write-cases.ts';

/** Tests a CRM cannot pass by its nature. A skip without a reason does not compile. */
export interface Skip {
  reason: string;
  tests: string[];
}

/** Declares the whole suite for one connector. */
export function connectorContract(suite: {
  name: string;
  open: () => Promise<ContractWorld>;
  skip: Skip[];
}): void {
  const cases = [...readCases, ...listCases, ...writeCases, ...metadataCases, ...accessCases];
  const known = new Set(cases.map((one) => one.name));
  const reasons = new Map(
    suite.skip.flatMap(({ reason, tests }) => tests.map((name) => [name, reason] as const)),
  );
  for (const name of reasons.keys()) {
    if (!known.has(name)) throw new Error(`A skip names a test that does not exist: "${name}"`);
  }
  describe(`connector contract: ${suite.name}`, () => {
    let world: ContractWorld;
    beforeEach(async () => {
      world = await suite.open();
    });
    afterEach(async () => {
      await world.close();
    });
    for (const { name, run } of cases) {
      const reason = reasons.get(name);
      if (reason) test.skip(`${name} (skipped: ${reason})`, () => {});
      else test(name, () => run(world));
    }
  });
}
