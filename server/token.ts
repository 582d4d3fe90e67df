/** Which token guards the server: the given one, or on this machine alone one made by itself. */

/** Where the token may come from. */
export interface TokenSource {
  /** PARTNER_SYNC_TOKEN. */
  given: string | undefined;
  /** PARTNER_SYNC_HOST: what the server listens on. */
  host: string;
  /** Reads or makes the token file of the home folder (mode 0600). */
  ofHome: () => string;
}

/**
 * The server's token. Throws a sentence when it would be reachable from other machines and nobody
 * has chosen a token: a file that only this machine's user can read would lock out everybody else.
 */
export function serverToken({ given, host, ofHome }: TokenSource): string {
  if (given !== undefined) {
    return given;
  }
  if (isLoopback(host)) {
    return ofHome();
  }
  throw new Error(
    `The server would listen on ${host}, where other machines reach it, and has no token; nothing ` +
      'was started. Set PARTNER_SYNC_TOKEN to at least 16 characters (for example of ' +
      '"openssl rand -hex 24"), or leave PARTNER_SYNC_HOST at 127.0.0.1.',
  );
}

/** 127.0.0.0/8, ::1 and localhost; anything else may be reached from elsewhere. */
function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(host.replace(/^\[|\]$/g, ''));
}
