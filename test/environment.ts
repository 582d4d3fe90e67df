/** The jest environment of every test file: Node's, with what is dear to start kept between files. */
import { TestEnvironment } from 'jest-environment-node';
import { lend, takeBack } from './support/shared-pglite.ts';

declare global {
  /** Lends this jest process's PGlite, empty, until the end of the test file: where it listens. */
  var lendDatabase: () => Promise<string>;
}

/** Runs outside the realm of the tests, once loaded for all files of a jest process. */
export default class Environment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global.lendDatabase = lend;
  }

  override async teardown(): Promise<void> {
    await takeBack();
    await super.teardown();
  }
}
