/** Turns what went wrong into the failure Temporal sees: its type, whether to retry, no CRM data. */
import { ApplicationFailure } from '@temporalio/common';
import { ConnectorError, type ConnectorErrorKind } from '../connectors/errors.ts';
import { StaleCursorError } from '../store/types.ts';
import type { FailureType } from './contract.ts';

interface FailureRule {
  type: FailureType;
  retry: boolean;
}

/** One line a kind: what the workflow sees, and whether trying again by itself can help. */
export const failureOfKind: Record<ConnectorErrorKind, FailureRule> = {
  'rate-limited': { type: 'Crm.RateLimited', retry: true },
  'quota-exhausted': { type: 'Crm.QuotaExhausted', retry: false },
  unavailable: { type: 'Crm.Unavailable', retry: true },
  unauthorized: { type: 'Crm.Unauthorized', retry: false },
  'missing-scope': { type: 'Crm.MissingScope', retry: false },
  'not-found': { type: 'Crm.NotFound', retry: false },
  conflict: { type: 'Crm.Conflict', retry: false },
  locked: { type: 'Crm.Locked', retry: true },
  'invalid-field': { type: 'Crm.InvalidField', retry: false },
  rejected: { type: 'Crm.Rejected', retry: false },
  ambiguous: { type: 'Crm.Ambiguous', retry: false },
  'malformed-response': { type: 'Crm.MalformedResponse', retry: true },
};

/** The mapping or policy files cannot be used; the sentence lists where and why. */
export class MappingProblem extends Error {
  override readonly name = 'MappingProblem';
}

/**
 * The failure for Temporal. A ConnectorError's sentence names ids, fields and codes only, so it
 * may travel; of any other error only its class does, the rest stays in the worker's log.
 */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) {
    return error;
  }
  if (error instanceof ConnectorError) {
    const rule = failureOfKind[error.kind];
    const wait = error.call.retryAfterMs;
    return ApplicationFailure.create({
      type: rule.type,
      message: error.message,
      nonRetryable: !rule.retry,
      ...(rule.retry && wait !== undefined ? { nextRetryDelay: wait } : {}),
    });
  }
  if (error instanceof MappingProblem) {
    return ApplicationFailure.nonRetryable(error.message, 'Mapping.Invalid');
  }
  if (error instanceof StaleCursorError) {
    return ApplicationFailure.create({
      type: 'Store.Unavailable',
      message: 'Another attempt has read on from here; this one stored nothing and goes on there.',
      nonRetryable: false,
    });
  }
  return ApplicationFailure.create({
    type: 'Store.Unavailable',
    message: `The step failed inside the worker (${errorName(error)}); it is tried again. The worker's log has the details.`,
    nonRetryable: false,
  });
}

function errorName(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  const name = error instanceof Error ? error.name : typeof error;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? `${name} ${code}` : name;
}
