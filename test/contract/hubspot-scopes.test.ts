/** Which scopes a token has, by each sign-in and family of paths, also after they have changed. */
import { expect, jest, test } from '@jest/globals';
import { defaultPrivateToken, defaultRefreshToken } from '../../sandbox/hubspot/portals.ts';
import { allScopes } from '../../sandbox/hubspot/scopes.ts';
import { openHubSpotWorld, type SignIn } from './hubspot-world.ts';

jest.setTimeout(60_000);

test.each<[string, SignIn]>([
  ['2026-03', 'token'],
  ['2026-03', 'refresh-token'],
  ['v3', 'token'],
  ['v3', 'refresh-token'],
])('by %s and %s the scopes are told, and those given meanwhile too', async (version, signIn) => {
  const world = await openHubSpotWorld(version, signIn);
  try {
    const { tokens, refreshTokens } = world.sandbox.portals;
    const [grants, token] =
      signIn === 'token' ? [tokens, defaultPrivateToken] : [refreshTokens, defaultRefreshToken];
    const grant = grants.get(token)!;
    grants.set(token, { ...grant, scopes: ['crm.objects.deals.read'] });
    await world.connector.account();
    const counted = world.countedCalls();

    expect([...((await world.connector.grants()) ?? [])]).toEqual(['crm.objects.deals.read']);

    // An administrator gives the app the others; the app is installed again.
    grants.set(token, grant);
    expect([...((await world.connector.grants()) ?? [])]).toEqual([...allScopes]);
    expect(world.countedCalls()).toBe(counted);
  } finally {
    await world.close();
  }
});
