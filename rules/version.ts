/** The version of the rules themselves, part of every mapping version. */

/** Raised whenever a decision on unchanged facts could differ: an upgrade then starts as a plan. */
export const rulesVersion = '2';
