/** Gets an access token by one of the three OAuth flows a server may use. */

import { createPrivateKey } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { ConnectorError } from '../errors.ts';
import { errorFromNetwork, errorFromResponse, malformedResponse } from './errors.ts';
import { newExchange, type SingleAttemptTransport } from './transport.ts';

/** How to log in. `loginUrl` is login/test.salesforce.com or the org's My Domain. */
export type SalesforceAuth =
  | {
      flow: 'jwt-bearer';
      loginUrl: string;
      clientId: string;
      username: string;
      /** PEM text, PKCS#8 or PKCS#1. */
      privateKey: string;
      /** Who the assertion is for; the login host by default. */
      audience?: string;
    }
  | { flow: 'client-credentials'; loginUrl: string; clientId: string; clientSecret: string }
  | {
      flow: 'refresh-token';
      loginUrl: string;
      clientId: string;
      clientSecret?: string;
      refreshToken: string;
    };

/** A session as the token endpoint grants it. It says nothing of when it ends. */
export interface Session {
  accessToken: string;
  instanceUrl: string;
  /** From the identity URL `.../id/<org>/<user>`; empty when the response has none. */
  organizationId: string;
  userId: string;
  /** A rotated refresh token, when the org rotates them. */
  refreshToken?: string;
}

/** An assertion may live 3 minutes at most (Salesforce Help, "OAuth 2.0 JWT Bearer Flow"). */
const assertionLifetimeSeconds = 120;

/**
 * Asks for a token once. Throws 'unauthorized' when the grant is refused (nothing to retry),
 * 'unavailable' when the login host does not answer.
 */
export async function requestSession(
  auth: SalesforceAuth,
  transport: SingleAttemptTransport,
  nowMs: () => number,
): Promise<Session> {
  const exchange = newExchange();
  const call = { operation: `log in (${auth.flow})` };
  const body = await tokenForm(auth, nowMs());
  try {
    await transport.exchange(
      {
        method: 'POST',
        url: `${auth.loginUrl.replace(/\/+$/, '')}/services/oauth2/token`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: body.toString(),
      },
      { exchange },
    );
  } catch (cause) {
    throw errorFromNetwork({ ...call, status: null, body: '', cause });
  }
  if (exchange.status !== 200) {
    const retryAfter = exchange.headers['retry-after'] ?? null;
    throw errorFromResponse({ ...call, status: exchange.status, body: exchange.body, retryAfter });
  }
  return parseSession(exchange.body, call);
}

async function tokenForm(auth: SalesforceAuth, nowMs: number): Promise<URLSearchParams> {
  switch (auth.flow) {
    case 'jwt-bearer':
      return new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: await assertionFor(auth, nowMs),
      });
    case 'client-credentials':
      return new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: auth.clientId,
        client_secret: auth.clientSecret,
      });
    case 'refresh-token':
      return new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: auth.clientId,
        ...(auth.clientSecret ? { client_secret: auth.clientSecret } : {}),
        refresh_token: auth.refreshToken,
      });
  }
}

async function assertionFor(
  auth: Extract<SalesforceAuth, { flow: 'jwt-bearer' }>,
  nowMs: number,
): Promise<string> {
  try {
    const key = await importPKCS8(asPkcs8(auth.privateKey), 'RS256');
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(auth.clientId)
      .setSubject(auth.username)
      .setAudience(auth.audience ?? new URL(auth.loginUrl).origin)
      .setExpirationTime(Math.floor(nowMs / 1000) + assertionLifetimeSeconds)
      .sign(key);
  } catch {
    // The cause is left out on purpose: a key library may quote the key.
    const call = { crm: 'salesforce' as const, operation: 'sign the login assertion' };
    throw new ConnectorError(
      'unauthorized',
      call,
      'The private key of the Salesforce connection cannot be used: an RSA key in PEM form is ' +
        'needed. Check auth.private_key_file in the mapping.',
    );
  }
}

/** OpenSSL writes PKCS#1 ("BEGIN RSA PRIVATE KEY"), jose reads PKCS#8. */
function asPkcs8(pem: string): string {
  return createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function parseSession(body: string, call: { operation: string }): Session {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw malformedResponse(call); // no cause: a parser may quote the body, a token inside
  }
  const { access_token, instance_url, id, refresh_token } = parsed ?? {};
  if (typeof access_token !== 'string' || typeof instance_url !== 'string') {
    throw malformedResponse(call);
  }
  const [organizationId = '', userId = ''] = typeof id === 'string' ? id.split('/').slice(-2) : [];
  return {
    accessToken: access_token,
    instanceUrl: instance_url.replace(/\/+$/, ''),
    organizationId,
    userId,
    ...(typeof refresh_token === 'string' ? { refreshToken: refresh_token } : {}),
  };
}
