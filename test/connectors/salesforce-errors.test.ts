/** Every line of the error table by its code, and the sentences people read. */
import { expect, test } from '@jest/globals';
import { errorTable, statusTable } from '../../connectors/salesforce/error-table.ts';
import {
  errorFromNetwork,
  errorFromResponse,
  meaningOf,
  rowReason,
} from '../../connectors/salesforce/errors.ts';

/** Written out, not computed: 'kind' or 'kind, passes' where the same row may pass later. */
const expected: Record<string, string> = {
  INVALID_SESSION_ID: 'unauthorized',
  INVALID_AUTH_HEADER: 'unauthorized',
  INVALID_LOGIN: 'unauthorized',
  INVALID_OPERATION_WITH_EXPIRED_PASSWORD: 'unauthorized',
  LOGIN_MUST_USE_SECURITY_TOKEN: 'unauthorized',
  invalid_grant: 'unauthorized',
  invalid_client: 'unauthorized',
  invalid_client_id: 'unauthorized',
  invalid_app_access: 'unauthorized',
  inactive_user: 'unauthorized',
  inactive_org: 'unauthorized',
  unsupported_grant_type: 'unauthorized',
  unauthorized_client: 'unauthorized',
  invalid_request: 'unauthorized',
  invalid_scope: 'missing-scope',
  rate_limit_exceeded: 'rate-limited, passes',
  API_DISABLED_FOR_ORG: 'missing-scope',
  API_CURRENTLY_DISABLED: 'unavailable, passes',
  FUNCTIONALITY_NOT_ENABLED: 'missing-scope',
  INSUFFICIENT_ACCESS: 'missing-scope',
  INSUFFICIENT_ACCESS_OR_READONLY: 'missing-scope',
  INVALID_TYPE_FOR_OPERATION: 'missing-scope',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'missing-scope',
  CANNOT_EXECUTE_FLOW_TRIGGER: 'rejected',
  REQUEST_LIMIT_EXCEEDED: 'quota-exhausted',
  CONCURRENT_REQUEST_LIMIT: 'rate-limited, passes',
  TXN_SECURITY_METERING_ERROR: 'rate-limited, passes',
  EXCEEDED_ID_LIMIT: 'rejected',
  STORAGE_LIMIT_EXCEEDED: 'rejected',
  LIMIT_EXCEEDED: 'rejected, passes',
  NUMBER_OUTSIDE_VALID_RANGE: 'rejected',
  NOT_FOUND: 'not-found',
  INVALID_TYPE: 'not-found',
  ENTITY_IS_DELETED: 'not-found',
  INVALID_CROSS_REFERENCE_KEY: 'rejected',
  MALFORMED_ID: 'rejected',
  DUPLICATE_VALUE: 'conflict',
  DUPLICATES_DETECTED: 'conflict',
  DUPLICATE_EXTERNAL_ID: 'ambiguous',
  MULTIPLE_CHOICES: 'ambiguous',
  DUPLICATE_DEVELOPER_NAME: 'conflict',
  UNABLE_TO_LOCK_ROW: 'locked, passes',
  ENTITY_IS_LOCKED: 'locked',
  QUERY_TIMEOUT: 'unavailable, passes',
  INVALID_QUERY_LOCATOR: 'unavailable, passes',
  SERVER_UNAVAILABLE: 'unavailable, passes',
  UNKNOWN_EXCEPTION: 'unavailable, passes',
  ALL_OR_NONE_OPERATION_ROLLED_BACK: 'rejected, passes',
  PROCESSING_HALTED: 'rejected, passes',
  INVALID_REPLICATION_DATE: 'rejected',
  INVALID_FIELD: 'invalid-field',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'invalid-field',
  MALFORMED_QUERY: 'invalid-field',
  REQUIRED_FIELD_MISSING: 'rejected',
  STRING_TOO_LONG: 'rejected',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'rejected',
  FIELD_INTEGRITY_EXCEPTION: 'rejected',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'rejected',
  FIELD_FILTER_VALIDATION_EXCEPTION: 'rejected',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'rejected',
  INVALID_STATUS: 'rejected',
  INACTIVE_OWNER_OR_USER: 'rejected',
  OP_WITH_INVALID_USER_TYPE_EXCEPTION: 'rejected',
  TRANSFER_REQUIRES_READ: 'rejected',
  INVALID_CURRENCY_ISO: 'rejected',
  NUMBER_OF_RECORDS_EXCEEDED: 'rejected',
  JSON_PARSER_ERROR: 'rejected',
  INVALID_ID_FIELD: 'rejected',
  METHOD_NOT_ALLOWED: 'rejected',
  API_ERROR: 'rejected',
  INVALIDJOB: 'rejected',
  INVALIDJOBSTATE: 'rejected',
};

const statuses: Record<string, string> = {
  300: 'ambiguous',
  401: 'unauthorized',
  403: 'missing-scope',
  404: 'not-found',
  409: 'conflict, passes',
  412: 'conflict',
  414: 'rejected',
  420: 'rate-limited, passes',
  428: 'rejected',
  429: 'rate-limited, passes',
  431: 'rejected',
  500: 'unavailable, passes',
  501: 'rejected',
  502: 'unavailable, passes',
  503: 'unavailable, passes',
  504: 'unavailable, passes',
};

const inWords = ({ kind, retryable }: { kind: string; retryable: boolean }) =>
  retryable ? `${kind}, passes` : kind;

test.each(Object.entries(expected))('%s is %s', (code, meaning) => {
  expect(inWords(meaningOf(code))).toBe(meaning);
});

test.each(Object.entries(statuses))('an answer without a code we know, %s, is %s', (status, is) => {
  expect(inWords(meaningOf('A_NEW_CODE', Number(status)))).toBe(is);
});

test('no line of the tables is without its test', () => {
  expect(Object.keys(errorTable).toSorted()).toEqual(Object.keys(expected).toSorted());
  expect(Object.keys(statusTable).toSorted()).toEqual(Object.keys(statuses).toSorted());
});

test('a code nobody knows is a final refusal, and not repeated unless it is a word', () => {
  expect(meaningOf('NEW_CODE')).toEqual({
    kind: 'rejected',
    retryable: false,
    says: 'refused it (NEW_CODE)',
  });
  expect(meaningOf('<b>Jane Doe</b>').says).toBe('refused it (UNKNOWN)');
});

test('an error never repeats the CRM’s text, which may hold a customer’s data', () => {
  const body = JSON.stringify([
    {
      message: 'duplicate value: jane@acme.test',
      errorCode: 'DUPLICATE_VALUE',
      fields: ['Key__c'],
    },
  ]);

  const error = errorFromResponse({ operation: 'write', object: 'Task', status: 400, body });

  expect(error.message).toBe(
    'Salesforce has another record with this unique value (DUPLICATE_VALUE): write on Task. ' +
      'Fields: Key__c. Resolve the duplicate in the CRM, then run "partner-sync failures retry".',
  );
  expect(JSON.stringify(error.call)).not.toContain('jane');
});

test('of several errors a final one decides over one that passes', () => {
  const body = JSON.stringify([
    { message: 'x', errorCode: 'UNABLE_TO_LOCK_ROW' },
    { message: 'y', errorCode: 'STRING_TOO_LONG', fields: ['Name'] },
  ]);

  const error = errorFromResponse({ operation: 'write', status: 400, body });

  expect([error.kind, error.call.code, error.call.fields]).toEqual([
    'rejected',
    'STRING_TOO_LONG',
    ['Name'],
  ]);
});

test.each([
  { code: 'ECONNREFUSED', unclear: false },
  { code: 'ENOTFOUND', unclear: false },
  { code: 'CERT_HAS_EXPIRED', unclear: false },
  { code: 'ECONNRESET', unclear: true },
  { code: 'UND_ERR_SOCKET', unclear: true },
  { code: 'ETIMEDOUT', unclear: true },
])('after $code the write may have happened: $unclear', ({ code, unclear }) => {
  const cause = Object.assign(new TypeError('fetch failed'), { cause: { code } });

  const error = errorFromNetwork({ operation: 'write', status: null, body: '', cause });

  expect([error.kind, error.call.code, error.call.unclear ?? false]).toEqual([
    'unavailable',
    code,
    unclear,
  ]);
});

test('a refused row without an error entry still has a sentence', () => {
  expect(rowReason([])).toBe('Salesforce refused the record without saying why.');
});
