/** The jest environment of every test file: Node's, with what is dear to start kept between files. */
import { TestEnvironment } from 'jest-environment-node';
import { lend, takeBack } from './support/shared-pglite.ts';

declare global {
  /** Lends this jest process's PGlite, empty, until the end of the test file: where it listens. */
  var lendDatabase: () => Promise<string>;
  /** Texts that one test file of this jest process leaves for the next; unset outside of jest. */
  var keptBetweenFiles: Map<string, string> | undefined;
}

const kept = new Map<string, string>();

/** Runs outside the realm of the tests, once loaded for all files of a jest process. */
export default class Environment extends TestEnvironment {
  private readonly watching: boolean;

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    this.watching = config.globalConfig.watch || config.globalConfig.watchAll;
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.global.lendDatabase = lend;
    // While jest watches, what is kept would be that of before the edit.
    this.global.keptBetweenFiles = this.watching ? undefined : kept;
  }

  override async teardown(): Promise<void> {
    await takeBack();
    await super.teardown();
  }
}
