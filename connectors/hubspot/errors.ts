/** Turns whatever HubSpot (or the network) answers into the one error connectors throw. */
import type { CodeMeaning } from '../code-meaning.ts';
import { ConnectorError, type ConnectorErrorKind, type FailedCall } from '../errors.ts';
import { networkCode, networkSays, neverSent, retryAfterOf } from '../network-error.ts';
import { errorTable, statusTable, waitMs } from './error-table.ts';

/** One finding of a refusal; HubSpot may leave out any part of it. */
export interface VendorError {
  /** The most telling of its codes: of a value, of the policy, the sub-category, the category. */
  code: string;
  /** The vendor's text: may quote a value, so never into a ConnectorError. */
  message: string;
  fields: string[];
  /** Records and trace ids it is about. */
  ids: string[];
  traceIds: string[];
  /** Scopes one of which the call needs. */
  scopes: string[];
}

/** What a failed exchange left us: no status when no response came. */
export interface FailedExchange {
  operation: string;
  object?: string;
  status: number | null;
  body: string;
  headers?: Record<string, string>;
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

/** The error of a response with a status of 400 or more. */
export function errorFromResponse(failed: FailedExchange): ConnectorError {
  const error = parseErrorBody(failed.body);
  const code = error?.code ?? `HTTP_${failed.status}`;
  const meaning = meaningOf(code, failed.status);
  const call = callOf(failed, code);
  if (error && error.fields.length > 0) call.fields = error.fields;
  const wait = retryDelay(failed, code);
  if (wait !== null && meaning.kind !== 'quota-exhausted') call.retryAfterMs = wait;
  if (isUnclearStatus(failed.status)) call.unclear = true;
  return new ConnectorError(meaning.kind, call, sentence(meaning, call, error?.scopes));
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
  const { cause } = failed;
  return new ConnectorError('unavailable', call, sentence(meaning, call), { cause });
}

/** A response that is not what the API documents (a page of HTML, cut JSON, a page without rows). */
export function malformedResponse(
  failed: Pick<FailedExchange, 'operation' | 'object' | 'cause'>,
  says = 'answered with something that is not its API (a proxy or a login page?)',
): ConnectorError {
  const call = callOf({ ...failed, status: null, body: '' }, 'MALFORMED_RESPONSE');
  call.unclear = true;
  const meaning: CodeMeaning = { kind: 'malformed-response', retryable: true, says };
  const { cause } = failed;
  return new ConnectorError('malformed-response', call, sentence(meaning, call), { cause });
}

/** A refusal we make ourselves, before any call: the mapping asks for what cannot be. */
export function refusal(
  kind: 'not-found' | 'invalid-field' | 'rejected',
  call: Omit<FailedCall, 'crm'>,
  message: string,
): ConnectorError {
  return new ConnectorError(kind, { crm: 'hubspot', ...call }, message);
}

/** One sentence on a refused row for people: code, properties, the CRM's own words, remedy. */
export function rowReason(error: VendorError): string {
  const meaning = meaningOf(error.code);
  const where = error.fields.length > 0 ? ` on ${error.fields.join(', ')}` : '';
  const words = error.message ? `: "${error.message.slice(0, 500)}"` : '';
  const remedy = meaning.retryable ? 'Retried by itself.' : remedies[meaning.kind];
  return `HubSpot ${meaning.says}${where} (${safeCode(error.code)})${words}. ${remedy}`;
}

/** The error of a body, null where it is none of HubSpot's. */
export function parseErrorBody(body: string): VendorError | null {
  try {
    return toVendorError(JSON.parse(body));
  } catch {
    return null;
  }
}

/** An error body, or an entry of a 207's `errors`. */
export function toVendorError(entry: unknown): VendorError | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const raw = entry as RawError;
  const details: Detail[] = Array.isArray(raw.errors) ? raw.errors.filter(isObject) : [];
  const named = findings(raw.message);
  const codes = [
    ...details.map((detail) => detail.code),
    ...named.map(({ error }) => error),
    raw.policyName,
    raw.category,
    raw.error,
    raw.errorType,
    raw.status,
  ].filter((code): code is string => typeof code === 'string' && code !== 'error');
  const known = codes.find((code) => code in errorTable);
  const [code] = known === undefined ? codes : [known];
  if (code === undefined) return null;
  const context = [raw.context, ...details.map((detail) => detail.context)].filter(isObject);
  const listed = (key: string) => [
    ...new Set(context.flatMap((one) => texts((one as Record<string, unknown>)[key]))),
  ];
  return {
    code,
    message: typeof raw.message === 'string' ? raw.message : '',
    fields: [
      ...new Set([
        ...listed('propertyName'),
        ...named.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
      ]),
    ],
    ids: listed('ids'),
    traceIds: listed('objectWriteTraceId'),
    scopes: [...listed('requiredGranularScopes'), ...listed('requiredScopes')].filter(isScope),
  };
}

interface RawError {
  status?: unknown;
  message?: unknown;
  category?: unknown;
  error?: unknown;
  errorType?: unknown;
  policyName?: unknown;
  context?: unknown;
  errors?: Detail[];
}

interface Detail {
  code?: unknown;
  context?: unknown;
}

/** The findings HubSpot writes as JSON text into the message of a refused value. */
function findings(message: unknown): { error?: unknown; name?: unknown }[] {
  const text = typeof message === 'string' ? message : '';
  const at = text.indexOf('[{');
  if (at < 0 || !text.includes('not valid')) return [];
  try {
    const parsed: unknown = JSON.parse(text.slice(at));
    return Array.isArray(parsed) ? parsed.filter(isObject) : [];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

const remedies: Record<ConnectorErrorKind, string> = {
  'rate-limited': 'Retried by itself; nothing to do.',
  'quota-exhausted': 'Work goes on when the day’s quota returns; see "partner-sync status".',
  unavailable: 'Retried by itself; see status.hubspot.com if it lasts.',
  unauthorized:
    'Not retried. Check the app, its token and its account, then run "partner-sync resume".',
  'missing-scope':
    'Not retried. Give the app the scope in HubSpot, then run "partner-sync resume".',
  'not-found': 'Check the name in the mapping and that the app may see it.',
  conflict: 'Resolve the duplicate in the CRM, then run "partner-sync failures retry".',
  locked: 'Retried by itself; nothing to do.',
  'invalid-field': 'Create the property ("partner-sync provision"), or map another.',
  rejected: 'Change the value or the rule in the CRM, then run "partner-sync failures retry".',
  ambiguous: 'Leave one record with this key in the CRM, then run "partner-sync failures retry".',
  'malformed-response': 'Check the login address and any proxy between; retried by itself.',
};

/** A scope is a dotted word; anything else is not repeated (it could carry data). */
function isScope(text: string): boolean {
  return /^[a-z][\w.-]{1,80}$/i.test(text);
}

function sentence(meaning: CodeMeaning, call: FailedCall, scopes: string[] = []): string {
  const target = call.object ? `${call.operation} on ${call.object}` : call.operation;
  const fields = call.fields?.length ? ` Properties: ${call.fields.join(', ')}.` : '';
  const code = call.code && !meaning.says.includes(call.code) ? ` (${call.code})` : '';
  const needed = scopes.length > 0 ? ` Needed: ${scopes.join(' or ')}.` : '';
  return `HubSpot ${meaning.says}${code}: ${target}.${fields}${needed} ${remedies[meaning.kind]}`;
}

function callOf(failed: FailedExchange, code: string): FailedCall {
  const call: FailedCall = { crm: 'hubspot', operation: failed.operation, code: safeCode(code) };
  if (failed.object) call.object = failed.object;
  return call;
}

/** Retry-After is documented for 477 only; a burst is over when its interval is. */
function retryDelay({ status, headers = {} }: FailedExchange, code: string): number | null {
  const named = retryAfterOf(headers['retry-after']);
  if (named !== null) return named;
  const interval = Number(headers['x-hubspot-ratelimit-interval-milliseconds']);
  if (status === 429 && code !== 'SECONDLY' && interval > 0) return interval;
  return waitMs[code] ?? waitMs[String(status)] ?? null;
}

/** 503 is refused before any work, 477 too; the other 5xx may come after a commit. */
function isUnclearStatus(status: number | null): boolean {
  return status !== null && status >= 500 && status !== 503 && status !== 501;
}

/** A vendor's code is a word; anything else is not repeated (it could carry data). */
function safeCode(code: string): string {
  return /^[\w.-]{1,80}$/.test(code) ? code.replace(/\W/g, '_') : 'UNKNOWN';
}
