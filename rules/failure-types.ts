/** The names of what can go wrong, as activities throw them and workflows tell them apart. */

/** Types of ApplicationFailure, closed and stable: they are listed by code in the README. */
export const failureTypes = [
  'Crm.RateLimited',
  'Crm.QuotaExhausted',
  'Crm.Unavailable',
  'Crm.Unauthorized',
  'Crm.MissingScope',
  'Crm.NotFound',
  'Crm.Conflict',
  'Crm.Locked',
  'Crm.InvalidField',
  'Crm.Rejected',
  'Crm.Ambiguous',
  'Crm.MalformedResponse',
  'Mapping.Invalid',
  'Plan.Outdated',
  'Plan.Missing',
  'Plan.Closed',
  'Store.Unavailable',
  'Worker.Unavailable',
  'Run.Cancelled',
  'Run.Failed',
  'Connection.Paused',
  'Connection.Busy',
  'Request.Invalid',
] as const;
export type FailureType = (typeof failureTypes)[number];

/** Failures after which only a person can help: the connection pauses with the remedy. */
export const pausingFailures: readonly FailureType[] = [
  'Crm.Unauthorized',
  'Crm.MissingScope',
  'Crm.InvalidField',
  'Mapping.Invalid',
];
