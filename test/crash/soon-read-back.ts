/**
 * Loaded before the worker (`node --import`): the calls of a dead worker get three seconds to end
 * instead of 45. The sandbox answers at once, and the tests need not wait.
 */
import { lifeTimes } from '../../worker/life.ts';

lifeTimes.readBackAfterMs = 3_000;
