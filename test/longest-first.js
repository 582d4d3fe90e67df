/** The order of the test files: the long ones first, so that none of them is left for the end. */
import Sequencer from '@jest/test-sequencer';

/** Folders whose tests start whole stacks or simulate years: minutes, not seconds. */
const long = ['test/simulation/', 'test/crash/', 'test/journey/', 'test/e2e/', 'test/workflows/'];

/** Jest's own order, which is that of the last run's durations where it has any, within each half. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => Number(long.some((folder) => path.includes(folder)));
    return [...super.sort(tests)].sort((one, other) => isLong(other) - isLong(one));
  }
}
