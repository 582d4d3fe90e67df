/** The connector contract, run by the HubSpot connector signed in as an OAuth app. */
import { connectorContract } from './connector-contract.ts';
import { openHubSpotWorld } from './hubspot-world.ts';

connectorContract({
  name: 'hubspot, 2026-03, OAuth',
  open: () => openHubSpotWorld('2026-03', 'refresh-token'),
  skip: [
    {
      reason: 'HubSpot gives OAuth apps no daily quota',
      tests: ['a day’s quota used up by others is quota-exhausted, not a retry storm'],
    },
  ],
});
