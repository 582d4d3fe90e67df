/** What HubSpot's codes, categories, policies and statuses mean to us: data, one line each. */
import { type CodeMeaning, final, passing } from '../code-meaning.ts';

/**
 * Codes of single values, and the sub-categories and categories of errors. Sources: [E] HubSpot
 * docs, "Error handling"; [P] "Properties" and "CRM objects" guides; [A] "Associations" guide;
 * [O] "OAuth tokens"; [L] "API usage guidelines and limits".
 */
export const errorTable: Record<string, CodeMeaning> = {
  // Values and properties
  PROPERTY_DOESNT_EXIST: final('invalid-field', 'has no such property'), // [P]
  READ_ONLY_VALUE: final('invalid-field', 'does not let this property be set'), // [P]
  INVALID_OPTION: final('rejected', 'refused a value that is no option of the property'), // [P]
  INVALID_OWNER_ID: final('rejected', 'knows no such owner, or the owner is inactive'), // [P]
  INVALID_DATE: final('rejected', 'refused a date'), // [P]
  INVALID_LONG: final('rejected', 'refused a number'), // [P]
  INVALID_DOUBLE: final('rejected', 'refused a number'), // [P]
  INVALID_TYPE: final('rejected', 'refused a value of another type'), // [P]
  REQUIRED_FIELD: final('rejected', 'wants a required property'), // [P] admin rules, 2026-09
  CONFLICTING_UNIQUE_VALUE: final('conflict', 'has another record with this unique value'), // [P]
  // Categories
  VALIDATION_ERROR: final('rejected', 'refused a value or the call'), // [E]
  OBJECT_NOT_FOUND: final('not-found', 'has no such object or record'), // [E]
  OBJECT_ALREADY_EXISTS: final('conflict', 'has it already'), // [P]
  CONFLICT: final('conflict', 'has another record with this unique value'), // [E]
  MISSING_SCOPES: final('missing-scope', 'has not granted the app a scope this needs'), // [E]
  BANNED: final('missing-scope', 'does not let the app do this'), // [E]
  INVALID_AUTHENTICATION: final('unauthorized', 'refused the access token'), // [E]
  EXPIRED_AUTHENTICATION: final('unauthorized', 'says the access token has expired'), // [E]
  RATE_LIMITS: passing('rate-limited', 'asked us to slow down'), // [L]
  // OAuth
  BAD_REFRESH_TOKEN: final('unauthorized', 'rejected the refresh token'), // [O]
  BAD_CLIENT_ID: final('unauthorized', 'does not know the client id'), // [O]
  BAD_CLIENT_SECRET: final('unauthorized', 'rejected the client secret'), // [O]
  invalid_grant: final('unauthorized', 'rejected the refresh token'), // [O]
  invalid_client: final('unauthorized', 'rejected the client credentials'), // [O]
  // Policies of a 429
  TEN_SECONDLY_ROLLING: passing('rate-limited', 'has had its calls of these ten seconds'), // [L]
  SECONDLY: passing('rate-limited', 'has had its calls of this second'), // [L]
  DAILY: final('quota-exhausted', 'has no API calls left today'), // [L]
};

/** A response without a code of ours, by its HTTP status ([E], [L]). */
export const statusTable: Record<number, CodeMeaning> = {
  400: final('rejected', 'refused the call'),
  401: final('unauthorized', 'refused the access token'),
  403: final('missing-scope', 'does not let the app do this'),
  404: final('not-found', 'has no such object or record'),
  409: final('conflict', 'saw a conflict with another record'),
  414: final('rejected', 'refused an address that is too long'),
  415: final('rejected', 'could not read the call'),
  423: passing('locked', 'has the records locked for the moment'),
  429: passing('rate-limited', 'asked us to slow down'),
  477: passing('unavailable', 'is moving the account to another data centre'),
  500: passing('unavailable', 'failed inside'),
  501: final('rejected', 'does not offer this call'),
  502: passing('unavailable', 'could not be reached through its gateway'),
  503: passing('unavailable', 'is unavailable for the moment'),
  504: passing('unavailable', 'did not answer its gateway in time'),
  521: passing('unavailable', 'could not be reached through its gateway'),
  522: passing('unavailable', 'could not be reached through its gateway'),
  523: passing('unavailable', 'could not be reached through its gateway'),
  524: passing('unavailable', 'did not answer its gateway in time'),
};

/** How long to stay away after a refusal that names no time, by policy or status ([L]). */
export const waitMs: Record<string, number> = {
  TEN_SECONDLY_ROLLING: 10_000,
  SECONDLY: 1_000,
  423: 2_000,
};
