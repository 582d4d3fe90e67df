/** A connector against nock, for tests of exact wire shapes; never used beside Temporal. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import nock from 'nock';
import type { Connector } from '../../connectors/connector.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { SalesforceAuth } from '../../connectors/salesforce/auth.ts';
import { openSalesforce } from '../../connectors/salesforce/open.ts';

/** Hosts that do not exist: nock answers for them. */
export const login = 'https://login.example.test';
export const org = 'https://acme.example.test';
const secrets = { clientId: 'client-1', clientSecret: 'hush-hush' };
export const clientCredentials: SalesforceAuth = {
  flow: 'client-credentials',
  loginUrl: login,
  ...secrets,
};
export const logged: string[] = [];
export const spends: string[] = [];
let connector: Connector;

beforeAll(() => nock.disableNetConnect());
beforeEach(() => {
  logged.length = 0;
  spends.length = 0;
});
afterEach(async () => {
  await connector?.close();
  nock.cleanAll();
  nock.enableNetConnect();
  nock.disableNetConnect();
});
afterAll(() => nock.restore());

export function open(
  options: { auth?: SalesforceAuth; timeoutMs?: number; now?: () => number } = {},
) {
  const log = (details: object, message: string) => {
    logged.push(JSON.stringify(details) + message);
  };
  connector = openSalesforce({
    auth: options.auth ?? clientCredentials,
    budget: {
      take: async (calls, priority) => {
        spends.push(`take ${calls} at ${priority}`);
      },
      observe: ({ dailyUsed, dailyLimit }) => {
        spends.push(`observe ${dailyUsed}/${dailyLimit}`);
      },
    },
    log: { debug: log, info: log, warn: log },
    requestTimeoutMs: options.timeoutMs ?? 2_000,
    ...(options.now ? { now: options.now } : {}),
  });
  return connector;
}

export const token = (accessToken = 'token-1', more: object = {}) => ({
  access_token: accessToken,
  instance_url: org,
  id: `${login}/id/00D000000000001EAA/005000000000001AAA`,
  token_type: 'Bearer',
  ...more,
});
export const refused = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];
export const counted = { totalSize: 3, done: true, records: [] };
export const countPath = '/services/data/v68.0/query?q=SELECT+COUNT()+FROM+Account';

export function grants(times = 1) {
  let made = 0;
  nock(login)
    .post('/services/oauth2/token')
    .times(times)
    .reply(() => {
      made += 1;
      return [200, token(`token-${made}`)];
    });
  return () => made;
}

export async function failure(work: Promise<unknown>): Promise<ConnectorError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectorError);
  return error as ConnectorError;
}
