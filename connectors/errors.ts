/** The one error a connector throws, and its closed set of kinds. */
import type { CrmName } from '../rules/types.ts';

/** What a CRM's refusal means to us; each vendor's codes map here by a table. */
export type ConnectorErrorKind =
  | 'rate-limited'
  | 'quota-exhausted'
  | 'unavailable'
  | 'unauthorized'
  | 'missing-scope'
  | 'not-found'
  | 'conflict'
  | 'locked'
  | 'invalid-field'
  | 'rejected'
  | 'ambiguous'
  | 'malformed-response';

/** The call that failed: never a value of a record, only ids, names and the vendor's code. */
export interface FailedCall {
  crm: CrmName;
  operation: string;
  object?: string;
  recordId?: string;
  /** The vendor's own error code ('INVALID_FIELD'). */
  code?: string;
  /** Fields the vendor named. */
  fields?: string[];
  retryAfterMs?: number;
  /** true: the CRM may have done what was asked (cut or gateway error after sending). */
  unclear?: boolean;
}

/** A CRM said no, or nothing. `message` is for people: what happened, where, what to do. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly kind: ConnectorErrorKind;
  readonly call: FailedCall;

  constructor(
    kind: ConnectorErrorKind,
    call: FailedCall,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.kind = kind;
    this.call = call;
  }
}
