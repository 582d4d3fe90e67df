/** A call that has waited past its deadline for its turn is not begun, whichever the CRM. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Connector } from '../../connectors/connector.ts';
import { callingBefore, callingWhile } from '../../connectors/deadline.ts';
import type { ConnectorError } from '../../connectors/errors.ts';
import { openHubSpot } from '../../connectors/hubspot/open.ts';
import { openSalesforce } from '../../connectors/salesforce/open.ts';
import { startTappedSandbox, type TappedSandbox } from '../support/wire-tap.ts';

let running: TappedSandbox;
/** How long each wait for the budget takes, in ms of Date.now. */
let waitMs = 0;

beforeEach(async () => {
  running = await startTappedSandbox({});
  waitMs = 0;
});

afterEach(async () => {
  jest.restoreAllMocks();
  await running.close();
});

function open(crm: Connector['crm']): Connector {
  const real = Date.now;
  const loginUrl = running.url;
  const common = {
    budget: {
      take: async () => {
        const at = real() + waitMs;
        jest.spyOn(Date, 'now').mockImplementation(() => at);
      },
      observe: () => {},
    },
    log: { debug: () => {}, info: () => {}, warn: () => {} },
  };
  const secrets = { clientId: 'sandbox', clientSecret: 'sandbox-secret' };
  return crm === 'hubspot'
    ? openHubSpot({ ...common, auth: { flow: 'token', loginUrl, accessToken: 'pat-na1-sandbox' } })
    : openSalesforce({ ...common, auth: { flow: 'client-credentials', loginUrl, ...secrets } });
}

const objects = { salesforce: 'Opportunity', hubspot: 'deals' };

for (const crm of ['salesforce', 'hubspot'] as const) {
  test(`${crm}: the deadline passes while the budget is waited for: nothing is sent`, async () => {
    const connector = open(crm);
    const until = Date.now() + 60_000;
    await callingBefore(until, () => connector.count(objects[crm]));
    const made = () => running.sandbox.calls.calls().length;
    const before = made();

    waitMs = 61_000;
    const refused = await callingBefore(until, () =>
      connector.count(objects[crm]).then(
        () => null,
        (error: ConnectorError) => error,
      ),
    );

    expect(refused?.kind).toBe('unavailable');
    expect(refused?.call).toMatchObject({ crm, code: 'TOO_LATE' });
    expect(refused?.call.unclear).toBeUndefined();
    expect(made()).toBe(before);
    await connector.count(objects[crm]);
    expect(made()).toBeGreaterThan(before);
    await connector.close();
  });

  test(`${crm}: the right ends while the call is on its way to the socket: nothing is sent`, async () => {
    const connector = open(crm);
    await connector.count(objects[crm]);
    const made = () => running.sandbox.calls.calls().length;
    const before = made();
    let looks = 0;
    const refused = await callingWhile(
      () => {
        looks += 1;
        return looks === 1;
      },
      () =>
        connector.count(objects[crm]).then(
          () => null,
          (error: ConnectorError) => error,
        ),
    );

    expect(looks).toBe(2);
    expect(refused?.kind).toBe('unavailable');
    expect(refused?.call).toMatchObject({ crm, code: 'TOO_LATE' });
    expect(refused?.call.unclear).toBeUndefined();
    expect(made()).toBe(before);
    await connector.close();
  });
}
