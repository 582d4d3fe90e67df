/** The part of the SOAP API that clients log in by: login, getUserInfo, logout. */
import type { Context, Hono } from 'hono';
import type { Session, Tenants } from '../../tenants.ts';
import type { Org } from '../org.ts';
import { versionMin } from './call.ts';
import { origin } from './identity.ts';
import { sessionSeconds } from './oauth.ts';

/** login() went with 65.0 (SOAP API Developer Guide); the rest of the API did not. */
const loginVersionMax = 64;
/** A SOAP fault: a code, a message, and the HTTP status 500 that all have but what is missing. */
class SoapFault extends Error {
  override readonly name = 'SoapFault';
  readonly code: string;
  readonly status: 500 | 501;

  constructor(code: string, message: string, status: 500 | 501 = 500) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Mounts the partner (`u`) and the enterprise (`c`) endpoint. */
export function mountSoap(app: Hono, tenants: Tenants): void {
  for (const path of [
    '/services/Soap/:wsdl{[uc]}/:version',
    '/services/Soap/:wsdl{[uc]}/:version/:org',
  ]) {
    app.post(path, async (c) => {
      const wsdl = c.req.param('wsdl') === 'u' ? 'partner' : 'enterprise';
      try {
        return envelope(c, wsdl, await answer(c, tenants), 200);
      } catch (error) {
        if (!(error instanceof SoapFault)) throw error;
        return envelope(c, wsdl, fault(error), error.status);
      }
    });
  }
}

async function answer(c: Context, tenants: Tenants): Promise<string> {
  const body = await c.req.text();
  const version = Number(c.req.param('version'));
  if (!(version >= versionMin)) {
    throw new SoapFault('UNSUPPORTED_API_VERSION', `Invalid Api version specified on URL`);
  }
  const call = /<(?:[\w-]+:)?Body\b[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body)?.[1] ?? '';
  switch (call) {
    case 'login':
      return response(call, loggedIn(c, tenants, body));
    case 'getUserInfo':
      return response(call, result(userInfo(...caller(tenants, body))));
    case 'logout':
      tenants.revoke(textOf(body, 'sessionId'));
      return response(call, '');
    default:
      throw new SoapFault('NOT_IMPLEMENTED', `The sandbox has no SOAP call "${call}".`, 501);
  }
}

function loggedIn(c: Context, tenants: Tenants, body: string): string {
  const version = c.req.param('version') ?? '';
  if (Number(version) > loginVersionMax) {
    const message =
      `The SOAP Login operation is not available in the API version specified (${version}). ` +
      'Refer to the documentation for supported versions.';
    throw new SoapFault('INVALID_OPERATION', message);
  }
  const session = tenants.byPassword(textOf(body, 'username'), textOf(body, 'password'));
  if (!session) {
    const message = 'Invalid username, password, security token; or user locked out.';
    throw new SoapFault('INVALID_LOGIN', message);
  }
  const org = tenants.orgs.get(session.orgId)!;
  const at = `${origin(c)}/services/Soap`;
  const orgId = org.id.slice(0, 15);
  return result(
    elements({
      metadataServerUrl: `${at}/m/${version}/${orgId}`,
      passwordExpired: false,
      sandbox: true,
      serverUrl: `${at}/${c.req.param('wsdl')}/${version}/${orgId}`,
      sessionId: tenants.openSession(session),
      userId: session.userId,
    }) + `<userInfo>${userInfo(org, session)}</userInfo>`,
  );
}

/** Whose session the header names. Throws SoapFault INVALID_SESSION_ID. */
function caller(tenants: Tenants, body: string): [Org, Session] {
  const session = tenants.sessions.get(textOf(body, 'sessionId'));
  const org = session && tenants.orgs.get(session.orgId);
  if (session && org) return [org, session];
  const message = 'Invalid Session ID found in SessionHeader: Illegal Session';
  throw new SoapFault('INVALID_SESSION_ID', message);
}

function userInfo(org: Org, session: Session): string {
  const user = org.get('User', session.userId)!;
  return elements({
    accessibilityMode: false,
    currencySymbol: '$',
    orgAttachmentFileSizeLimit: 5_242_880,
    orgDefaultCurrencyIsoCode: 'USD',
    organizationId: org.id,
    organizationMultiCurrency: false,
    organizationName: org.name,
    profileId: user['ProfileId'],
    sessionSecondsValid: sessionSeconds,
    userDefaultCurrencyIsoCode: 'USD',
    userEmail: user['Email'],
    userFullName: user['Name'],
    userId: user['Id'],
    userLanguage: user['LanguageLocaleKey'],
    userLocale: user['LocaleSidKey'],
    userName: user['Username'],
    userTimeZone: user['TimeZoneSidKey'],
    userType: 'Standard',
    userUiSkin: 'Theme3',
  });
}

/** The text of an element, its entities read. */
function textOf(body: string, name: string): string {
  const found = new RegExp(`<(?:[\\w-]+:)?${name}\\b[^>]*>([^<]*)<`).exec(body)?.[1] ?? '';
  const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return found.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, dec, hex, word) => {
    if (word !== undefined) return signs[word] ?? whole;
    return String.fromCodePoint(dec === undefined ? Number.parseInt(hex, 16) : Number(dec));
  });
}

function elements(values: Record<string, unknown>): string {
  const escaped = (value: unknown) =>
    String(value ?? '').replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${escaped(value)}</${name}>`)
    .join('');
}

const response = (call: string, inner: string) => `<${call}Response>${inner}</${call}Response>`;
const result = (inner: string) => `<result>${inner}</result>`;

function fault({ code, message }: SoapFault): string {
  const type = code === 'INVALID_LOGIN' ? 'LoginFault' : 'UnexpectedErrorFault';
  const detail = elements({ 'sf:exceptionCode': code, 'sf:exceptionMessage': message });
  return (
    `<soapenv:Fault>${elements({ faultcode: `sf:${code}`, faultstring: `${code}: ${message}` })}` +
    `<detail><sf:${type} xsi:type="sf:${type}">${detail}</sf:${type}></detail></soapenv:Fault>`
  );
}

function envelope(c: Context, wsdl: string, body: string, status: 200 | 500 | 501): Response {
  const own = `xmlns="urn:${wsdl}.soap.sforce.com"`;
  const text =
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ' +
    `xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ${own} ` +
    `xmlns:sf="urn:fault.${wsdl}.soap.sforce.com" ` +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
  return c.body(text, status, { 'Content-Type': 'text/xml;charset=UTF-8' });
}
