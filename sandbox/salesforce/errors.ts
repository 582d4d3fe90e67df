/** The two ways in which Salesforce says no: to a whole request, and to one record. */

/** One entry of an error body. */
export interface ErrorEntry {
  errorCode: string;
  message: string;
  fields?: string[];
  [more: string]: unknown;
}

/** A refused request: an HTTP status with the JSON array Salesforce answers. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly entries: ErrorEntry[];

  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(`${errorCode}: ${message}`);
    this.status = status;
    this.entries = [{ errorCode, message, ...(fields ? { fields } : {}) }];
  }
}

/** One error of a save result, as Collections and Bulk give it. */
export interface SaveError {
  statusCode: string;
  message: string;
  fields: string[];
}

/** What became of one record of a DML call. */
export interface SaveResult {
  id?: string;
  success: boolean;
  errors: SaveError[];
  /** Upserts only. */
  created?: boolean;
}

/** What a writer is told whom another transaction keeps from a row (UNABLE_TO_LOCK_ROW). */
export const lockMessage = 'unable to obtain exclusive access to this record';

/** Refuses one record; the DML call turns it into that record's result. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly error: SaveError;

  constructor(statusCode: string, message: string, fields: string[] = []) {
    super(`${statusCode}: ${message}`);
    this.error = { statusCode, message, fields };
  }
}

/** Codes whose HTTP status on a single record is not 400. */
const statusByCode: Record<string, number> = {
  ENTITY_IS_DELETED: 404,
  NOT_FOUND: 404,
  INSUFFICIENT_ACCESS_OR_READONLY: 403,
  INSUFFICIENT_ACCESS: 403,
};

/** A record's refusal as the answer to a request for this one record. */
export function asApiError(error: SaveError): ApiError {
  const status = statusByCode[error.statusCode] ?? 400;
  return new ApiError(status, error.statusCode, error.message, error.fields);
}
