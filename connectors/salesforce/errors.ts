/** Turns whatever Salesforce (or the network) answers into the one error connectors throw. */
import type { CodeMeaning } from '../code-meaning.ts';
import { ConnectorError, type ConnectorErrorKind, type FailedCall } from '../errors.ts';
import { networkCode, networkSays, neverSent, retryAfterOf } from '../network-error.ts';
import { errorTable, statusTable } from './error-table.ts';

/** One error entry of a response body, in any of the shapes Salesforce uses. */
export interface VendorError {
  code: string;
  /** The vendor's text: may quote a rule or a value, so never into a ConnectorError. */
  message: string;
  fields: string[];
}

/** What a failed exchange left us: no status when no response came. */
export interface FailedExchange {
  operation: string;
  object?: string;
  recordId?: string;
  status: number | null;
  body: string;
  retryAfter?: string | null;
  cause?: unknown;
}

/** What a code means; unknown codes are final refusals, unless the status says more. */
export function meaningOf(code: string, status: number | null = null): CodeMeaning {
  const known = errorTable[code];
  if (known) return known;
  const byStatus = status === null ? undefined : statusTable[status];
  if (byStatus) return byStatus;
  if (status !== null && status >= 500) return statusTable[500] as CodeMeaning;
  return { kind: 'rejected', retryable: false, says: `refused it (${safeCode(code)})` };
}

/** The error of a response with a status of 300 or more. */
export function errorFromResponse(failed: FailedExchange): ConnectorError {
  const errors = parseErrorBody(failed.body);
  const main = decisiveError(errors, failed.status);
  const code = main?.code ?? `HTTP_${failed.status}`;
  const meaning = concurrentLimit(main) ?? meaningOf(code, failed.status);
  const call = callOf(failed, code);
  const fields = [...new Set(errors.flatMap((error) => fieldsOf(error)))];
  if (fields.length > 0) call.fields = fields;
  const retryAfterMs = retryAfterOf(failed.retryAfter);
  if (retryAfterMs !== null) call.retryAfterMs = retryAfterMs;
  if (isUnclearStatus(failed.status)) call.unclear = true;
  return new ConnectorError(meaning.kind, call, sentence(meaning, call));
}

/** The error of an exchange that got no response. `unclear` unless nothing can have been sent. */
export function errorFromNetwork(failed: FailedExchange): ConnectorError {
  const code = networkCode(failed.cause);
  const call = callOf(failed, code);
  if (!neverSent.has(code) && !code.includes('CERT')) call.unclear = true;
  const meaning: CodeMeaning = {
    kind: 'unavailable',
    retryable: true,
    says: networkSays[code] ?? `could not be reached (${safeCode(code)})`,
  };
  return new ConnectorError('unavailable', call, sentence(meaning, call), {
    cause: failed.cause,
  });
}

/** A response that is not what the API documents (a page of HTML, cut JSON). */
export function malformedResponse(
  failed: Pick<FailedExchange, 'operation' | 'object' | 'cause'>,
): ConnectorError {
  const call = callOf({ ...failed, status: null, body: '' }, 'MALFORMED_RESPONSE');
  call.unclear = true;
  const says = 'answered with something that is not its API (a proxy or a login page?)';
  const meaning: CodeMeaning = { kind: 'malformed-response', retryable: true, says };
  return new ConnectorError('malformed-response', call, sentence(meaning, call), {
    cause: failed.cause,
  });
}

/** One sentence on a refused row for people: code, fields, the CRM's own words, remedy. */
export function rowReason(errors: VendorError[]): string {
  const main = decisiveError(errors, null);
  if (!main) return 'Salesforce refused the record without saying why.';
  const meaning = meaningOf(main.code);
  const fields = [...new Set(errors.flatMap((error) => error.fields))];
  const where = fields.length > 0 ? ` on ${fields.join(', ')}` : '';
  const words = main.message ? `: "${main.message}"` : '';
  const remedy = meaning.retryable ? 'Retried by itself.' : remedies[meaning.kind];
  return `Salesforce ${meaning.says}${where} (${main.code})${words}. ${remedy}`;
}

/** Errors of a REST body `[{message, errorCode, fields}]`, a row or an OAuth body. */
export function parseErrorBody(body: string): VendorError[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return [];
  }
  const entries = Array.isArray(parsed) ? parsed : [parsed];
  return entries.flatMap((entry) => toVendorError(entry));
}

/** An entry of a response; `statusCode` is Collections' name for `errorCode`. */
export function toVendorError(entry: unknown): VendorError[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { errorCode, statusCode, error, message, error_description, fields } = entry as Record<
    string,
    unknown
  >;
  const code = [errorCode, statusCode, error].find((value) => typeof value === 'string');
  if (typeof code !== 'string') return [];
  const text = typeof message === 'string' ? message : error_description;
  return [
    {
      code,
      message: typeof text === 'string' ? text : '',
      fields: Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [],
    },
  ];
}

/** Of several errors the one that decides: a final one before one that passes. */
export function decisiveError(
  errors: VendorError[],
  status: number | null,
): VendorError | undefined {
  return errors.find((error) => !meaningOf(error.code, status).retryable) ?? errors[0];
}

const remedies: Record<ConnectorErrorKind, string> = {
  'rate-limited': 'Retried by itself; nothing to do.',
  'quota-exhausted': 'Work goes on when the day’s quota returns; see "partner-sync status".',
  unavailable: 'Retried by itself; see status.salesforce.com if it lasts.',
  unauthorized:
    'Not retried. Check the connected app, its user and its key, then run "partner-sync resume".',
  'missing-scope':
    'Not retried. Give the integration user the permission (run "partner-sync provision"), ' +
    'then "partner-sync resume".',
  'not-found': 'Check the name in the mapping and that the integration user may see it.',
  conflict: 'Resolve the duplicate in the CRM, then run "partner-sync failures retry".',
  locked: 'Unlock the record (or end its approval), then run "partner-sync failures retry".',
  'invalid-field':
    'Create the field or show it to the integration user ("partner-sync provision"), ' +
    'or map another.',
  rejected: 'Change the value or the rule in the CRM, then run "partner-sync failures retry".',
  ambiguous: 'Leave one record with this key in the CRM, then run "partner-sync failures retry".',
  'malformed-response': 'Check the login address and any proxy between; retried by itself.',
};

function sentence(meaning: CodeMeaning, call: FailedCall): string {
  const target = call.object ? `${call.operation} on ${call.object}` : call.operation;
  const fields = call.fields?.length ? ` Fields: ${call.fields.join(', ')}.` : '';
  const code = call.code && !meaning.says.includes(call.code) ? ` (${call.code})` : '';
  return `Salesforce ${meaning.says}${code}: ${target}.${fields} ${remedies[meaning.kind]}`;
}

function callOf(failed: FailedExchange, code: string): FailedCall {
  const call: FailedCall = { crm: 'salesforce', operation: failed.operation, code: safeCode(code) };
  if (failed.object) call.object = failed.object;
  if (failed.recordId) call.recordId = failed.recordId;
  return call;
}

/** One code covers two limits; the message tells them apart (crm-apis.md, errors). */
function concurrentLimit(error: VendorError | undefined): CodeMeaning | null {
  if (error?.code !== 'REQUEST_LIMIT_EXCEEDED') return null;
  return /concurrent/i.test(error.message)
    ? (errorTable.CONCURRENT_REQUEST_LIMIT as CodeMeaning)
    : null;
}

/** `No such column 'X__c' on entity` names the field in its text only. */
function fieldsOf(error: VendorError): string[] {
  if (error.fields.length > 0) return error.fields;
  const named = /No such column '([\w.]{1,80})'/.exec(error.message);
  return named?.[1] ? [named[1]] : [];
}

/** 503 is refused before any work; the other 5xx may come after a commit. */
function isUnclearStatus(status: number | null): boolean {
  return status !== null && status >= 500 && status !== 503 && status !== 501;
}

/** A vendor's code is a word; anything else is not repeated (it could carry data). */
function safeCode(code: string): string {
  return /^[\w-]{1,80}$/.test(code) ? code : 'UNKNOWN';
}
