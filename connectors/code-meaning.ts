/** What a vendor's error code means to us: the shape of the vendors' tables. */
import type { ConnectorErrorKind } from './errors.ts';

/** A code's meaning: `retryable` says whether the same row may pass later without help. */
export interface CodeMeaning {
  kind: ConnectorErrorKind;
  retryable: boolean;
  /** What happened, to follow the name of the CRM. */
  says: string;
}

/** It stays so until somebody mends it. */
export const final = (kind: ConnectorErrorKind, says: string): CodeMeaning => ({
  kind,
  retryable: false,
  says,
});

/** It may pass by itself. */
export const passing = (kind: ConnectorErrorKind, says: string): CodeMeaning => ({
  kind,
  retryable: true,
  says,
});
