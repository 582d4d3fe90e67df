/** What each Salesforce error code means to us: data, one line a code, its source beside it. */
import { type CodeMeaning, final, passing } from '../code-meaning.ts';

/**
 * Sources: [R] REST API Developer Guide, "Status Codes and Error Responses"; [S] SOAP API Developer
 * Guide, "API Fault and Status Code" lists (the REST API uses the same codes); [O] Salesforce Help,
 * "OAuth 2.0 error codes"; [B] Bulk API 2.0 guide; [J] jsforce 3.10.26, lib/http-api.js.
 */
export const errorTable: Record<string, CodeMeaning> = {
  // Session and permission
  INVALID_SESSION_ID: final('unauthorized', 'refused the session'), // [R] 401
  INVALID_AUTH_HEADER: final('unauthorized', 'could not read the authorization header'), // [R]
  INVALID_LOGIN: final('unauthorized', 'refused the user or the password'), // [S]
  INVALID_OPERATION_WITH_EXPIRED_PASSWORD: final('unauthorized', 'has an expired password'), // [S]
  LOGIN_MUST_USE_SECURITY_TOKEN: final('unauthorized', 'wants a trusted network'), // [S]
  invalid_grant: final('unauthorized', 'rejected the grant'), // [O]
  invalid_client: final('unauthorized', 'rejected the client credentials'), // [O]
  invalid_client_id: final('unauthorized', 'does not know the client id'), // [O]
  invalid_app_access: final('unauthorized', 'has not admitted the user to the app'), // [O]
  inactive_user: final('unauthorized', 'says the user is inactive'), // [O]
  inactive_org: final('unauthorized', 'says the org is locked or closed'), // [O]
  unsupported_grant_type: final('unauthorized', 'does not allow this login flow'), // [O]
  unauthorized_client: final('unauthorized', 'does not let this client log in so'), // [O]
  invalid_request: final('unauthorized', 'could not read the login request'), // [O]
  invalid_scope: final('missing-scope', 'refused the scope asked for'), // [O]
  rate_limit_exceeded: passing('rate-limited', 'saw too many logins'), // [O]
  API_DISABLED_FOR_ORG: final('missing-scope', 'has the API switched off for this org'), // [S]
  API_CURRENTLY_DISABLED: passing('unavailable', 'has the API switched off for now'), // [S]
  FUNCTIONALITY_NOT_ENABLED: final('missing-scope', 'does not have this feature enabled'), // [S]
  INSUFFICIENT_ACCESS: final('missing-scope', 'does not let our user do this'), // [S]
  INSUFFICIENT_ACCESS_OR_READONLY: final('missing-scope', 'lets our user only read this'), // [S]
  INVALID_TYPE_FOR_OPERATION: final('missing-scope', 'does not let our user make these records'), // [S]
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: final(
    'missing-scope',
    'does not let our user use a record this one refers to',
  ), // [S]
  CANNOT_EXECUTE_FLOW_TRIGGER: final('rejected', 'stopped in a flow'), // [S]
  // Limits
  REQUEST_LIMIT_EXCEEDED: final('quota-exhausted', 'has no API calls left today'), // [R] 403
  CONCURRENT_REQUEST_LIMIT: passing('rate-limited', 'has too many long calls at once'), // [R] 403
  TXN_SECURITY_METERING_ERROR: passing('rate-limited', 'slowed the call by policy'), // [S]
  EXCEEDED_ID_LIMIT: final('rejected', 'has more ids in this window than one call returns'), // [S]
  STORAGE_LIMIT_EXCEEDED: final('rejected', 'has no storage left'), // [S]
  LIMIT_EXCEEDED: passing('rejected', 'reached a limit while saving'), // [S]
  NUMBER_OUTSIDE_VALID_RANGE: final('rejected', 'refused a number outside its range'), // [S]
  // Not there, or there twice
  NOT_FOUND: final('not-found', 'has no such object or record'), // [R] 404
  INVALID_TYPE: final('not-found', 'has no such object, or our user may not see it'), // [S]
  ENTITY_IS_DELETED: final('not-found', 'has deleted the record'), // [S]
  INVALID_CROSS_REFERENCE_KEY: final('rejected', 'has no record a lookup points to'), // [S]
  MALFORMED_ID: final('rejected', 'refused an id'), // [S]
  DUPLICATE_VALUE: final('conflict', 'has another record with this unique value'), // [S]
  DUPLICATES_DETECTED: final('conflict', 'found a duplicate by its duplicate rules'), // [S]
  DUPLICATE_EXTERNAL_ID: final('ambiguous', 'has several records with this external id'), // [S]
  MULTIPLE_CHOICES: final('ambiguous', 'has several records with this external id'), // [R] 300 [J]
  DUPLICATE_DEVELOPER_NAME: final('conflict', 'already has a field of this name'), // [S]
  // Locks and time
  UNABLE_TO_LOCK_ROW: passing('locked', 'was saving the record for somebody else'), // [S]
  ENTITY_IS_LOCKED: final('locked', 'holds the record locked in an approval'), // [S]
  QUERY_TIMEOUT: passing('unavailable', 'took too long over the query'), // [S]
  INVALID_QUERY_LOCATOR: passing('unavailable', 'closed the query between two pages'), // [S]
  SERVER_UNAVAILABLE: passing('unavailable', 'is unavailable for the moment'), // [R] 503
  UNKNOWN_EXCEPTION: passing('unavailable', 'failed inside'), // [R] 500
  ALL_OR_NONE_OPERATION_ROLLED_BACK: passing('rejected', 'undid it with its neighbours'), // [S]
  PROCESSING_HALTED: passing('rejected', 'stopped before this row'), // [R] Graph
  INVALID_REPLICATION_DATE: final('rejected', 'keeps deletions for 15 days only'), // [S]
  // Fields, values and rules of the org
  INVALID_FIELD: final('invalid-field', 'has no such field, or hides it from our user'), // [S]
  INVALID_FIELD_FOR_INSERT_UPDATE: final('invalid-field', 'does not let this field be set'), // [S]
  MALFORMED_QUERY: final('invalid-field', 'could not read the query'), // [S]
  REQUIRED_FIELD_MISSING: final('rejected', 'wants a required field'), // [S]
  STRING_TOO_LONG: final('rejected', 'refused a text longer than its field'), // [S]
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: final('rejected', 'refused a picklist value'), // [S]
  FIELD_INTEGRITY_EXCEPTION: final('rejected', 'refused a value that breaks its references'), // [S]
  FIELD_CUSTOM_VALIDATION_EXCEPTION: final('rejected', 'refused it by a validation rule'), // [S]
  FIELD_FILTER_VALIDATION_EXCEPTION: final('rejected', 'refused it by a lookup filter'), // [S]
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: final('rejected', 'stopped in a trigger or flow'), // [S]
  INVALID_STATUS: final('rejected', 'refused the status'), // [S]
  INACTIVE_OWNER_OR_USER: final('rejected', 'says the owner is inactive'), // [S]
  OP_WITH_INVALID_USER_TYPE_EXCEPTION: final('rejected', 'refuses this kind of owner'), // [S]
  TRANSFER_REQUIRES_READ: final('rejected', 'says the new owner may not read the record'), // [S]
  INVALID_CURRENCY_ISO: final('rejected', 'does not know the currency'), // [S]
  NUMBER_OF_RECORDS_EXCEEDED: final('rejected', 'refused so many records in one call'), // [S]
  JSON_PARSER_ERROR: final('rejected', 'could not read a value we sent'), // [R] 400
  INVALID_ID_FIELD: final('rejected', 'refused an id'), // [S]
  METHOD_NOT_ALLOWED: final('rejected', 'does not allow this call here'), // [R] 405
  API_ERROR: final('rejected', 'refused the bulk job'), // [B]
  INVALIDJOB: final('rejected', 'refused the bulk job'), // [B]
  INVALIDJOBSTATE: final('rejected', 'refused the bulk job in its state'), // [B]
};

/** A response without a code of ours, by its HTTP status ([R]). */
export const statusTable: Record<number, CodeMeaning> = {
  300: final('ambiguous', 'has several records with this external id'),
  401: final('unauthorized', 'refused the session'),
  403: final('missing-scope', 'does not let our user do this'),
  404: final('not-found', 'has no such object or record'),
  409: passing('conflict', 'saw a conflict with another change'),
  412: final('conflict', 'has a newer version of the record'),
  414: final('rejected', 'refused an address that is too long'),
  420: passing('rate-limited', 'asked us to slow down'),
  428: final('rejected', 'wants a condition in the call'),
  429: passing('rate-limited', 'asked us to slow down'),
  431: final('rejected', 'refused headers that are too long'),
  500: passing('unavailable', 'failed inside'),
  501: final('rejected', 'does not offer this call'),
  502: passing('unavailable', 'could not be reached through its gateway'),
  503: passing('unavailable', 'is unavailable for the moment'),
  504: passing('unavailable', 'did not answer its gateway in time'),
};
