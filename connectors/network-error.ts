/** What a failed exchange says of the network: the same for every CRM. */

/** Networks' codes after which nothing can have reached the CRM. */
export const neverSent = new Set([
  'TOO_LATE',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
]);

/** What a network's code means, to follow the CRM's name. */
export const networkSays: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has no such host name',
  EAI_AGAIN: 'could not be found by name (DNS)',
  ECONNRESET: 'cut the connection',
  UND_ERR_SOCKET: 'cut the connection',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept a connection in time',
  TIMEOUT: 'did not answer in time',
  TOO_LATE: 'was not called, for too much time had passed before',
  CANCELLED: 'was not waited for: the work was cancelled',
};

/** Milliseconds of a Retry-After, in seconds or as an HTTP date; null without one. */
export function retryAfterOf(header: string | null | undefined): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** The code of what ended an exchange: 'TIMEOUT', 'CANCELLED', 'ECONNRESET' ... */
export function networkCode(cause: unknown): string {
  let current: unknown = cause;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, name, cause: inner } = current as Record<string, unknown>;
    if (name === 'TimeoutError') return 'TIMEOUT';
    if (name === 'AbortError') return 'CANCELLED';
    if (typeof code === 'string') return code;
    current = inner;
  }
  return 'NETWORK_ERROR';
}
