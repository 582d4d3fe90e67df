/** An app as HubSpot knows it: public (OAuth) or private. */

/** Its secret is for OAuth, and signs its webhooks. */
export interface HubSpotApp {
  appId: number;
  clientId: string;
  clientSecret: string;
  name: string;
}
