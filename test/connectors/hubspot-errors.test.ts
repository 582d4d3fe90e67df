/** HubSpot's refusals as kinds: one line a code, and every field of a body may be missing. */
import { expect, test } from '@jest/globals';
import { errorTable, statusTable } from '../../connectors/hubspot/error-table.ts';
import {
  errorFromNetwork,
  errorFromResponse,
  parseErrorBody,
  rowReason,
  toVendorError,
} from '../../connectors/hubspot/errors.ts';

const failed = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorFromResponse({
    operation: 'write records',
    object: 'deals',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });

test.each([
  [401, { category: 'INVALID_AUTHENTICATION' }, 'unauthorized'],
  [401, { category: 'EXPIRED_AUTHENTICATION' }, 'unauthorized'],
  [403, { category: 'MISSING_SCOPES' }, 'missing-scope'],
  [404, { category: 'OBJECT_NOT_FOUND' }, 'not-found'],
  [409, { category: 'CONFLICT' }, 'conflict'],
  [409, { category: 'OBJECT_ALREADY_EXISTS' }, 'conflict'],
  [400, { category: 'VALIDATION_ERROR' }, 'rejected'],
  [429, { policyName: 'TEN_SECONDLY_ROLLING', errorType: 'RATE_LIMIT' }, 'rate-limited'],
  [429, { policyName: 'SECONDLY' }, 'rate-limited'],
  [429, { policyName: 'DAILY', category: 'RATE_LIMITS' }, 'quota-exhausted'],
  [429, {}, 'rate-limited'],
  [423, {}, 'locked'],
  [477, {}, 'unavailable'],
  [400, { status: 'BAD_REFRESH_TOKEN' }, 'unauthorized'],
  [400, { error: 'invalid_client' }, 'unauthorized'],
  [502, '<html>Bad Gateway</html>', 'unavailable'],
  [503, '', 'unavailable'],
  [524, 'null', 'unavailable'],
  [500, '[]', 'unavailable'],
  [599, {}, 'unavailable'],
  [418, {}, 'rejected'],
])('%i %j is %s', (status, body, kind) => {
  expect(failed(status, body).kind).toBe(kind);
});

test('only what may have been done is unclear: gateways and cuts, not 429, 477 or 503', () => {
  expect([500, 502, 504, 524].map((status) => failed(status, '').call.unclear)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([400, 429, 477, 503].map((status) => failed(status, '').call.unclear ?? false)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  const network = (code: string) =>
    errorFromNetwork({
      operation: 'x',
      status: null,
      body: '',
      cause: Object.assign(new Error(code), { code }),
    }).call.unclear ?? false;
  expect([network('ECONNREFUSED'), network('ECONNRESET')]).toEqual([false, true]);
});

test('the time to stay away is the header’s, the interval’s, or the policy’s own', () => {
  const interval = { 'x-hubspot-ratelimit-interval-milliseconds': '10000' };
  const wait = (status: number, body: object, headers = {}) =>
    failed(status, body, headers).call.retryAfterMs;

  expect(wait(477, {}, { 'retry-after': '7' })).toBe(7_000);
  expect(wait(429, { policyName: 'TEN_SECONDLY_ROLLING' }, interval)).toBe(10_000);
  expect(wait(429, { policyName: 'TEN_SECONDLY_ROLLING' })).toBe(10_000);
  expect(wait(429, { policyName: 'SECONDLY' }, interval)).toBe(1_000);
  expect(wait(423, {})).toBe(2_000);
  expect(wait(429, { policyName: 'DAILY' }, interval)).toBeUndefined();
});

test('findings in the text of a refusal name their properties and their code', () => {
  const findings = [{ isValid: false, error: 'INVALID_OPTION', name: 'dealtype', message: 'no' }];
  const body = {
    status: 'error',
    category: 'VALIDATION_ERROR',
    message: `Property values were not valid: ${JSON.stringify(findings)}`,
  };

  const error = failed(400, body);

  expect([error.kind, error.call.code, error.call.fields]).toEqual([
    'rejected',
    'INVALID_OPTION',
    ['dealtype'],
  ]);
  expect(error.message).not.toContain('"no"');
});

test('a row’s reason has the code, the properties, HubSpot’s words and the remedy', () => {
  const entry = toVendorError({
    status: 'error',
    category: 'VALIDATION_ERROR',
    message: 'Too high.',
    errors: [{ code: 'INVALID_OPTION', context: { propertyName: ['amount'] } }],
    context: { ids: ['1'], objectWriteTraceId: ['row-1'] },
  });

  expect(entry).toMatchObject({ code: 'INVALID_OPTION', ids: ['1'], traceIds: ['row-1'] });
  expect(rowReason(entry!)).toBe(
    'HubSpot refused a value that is no option of the property on amount (INVALID_OPTION): ' +
      '"Too high.". Change the value or the rule in the CRM, then run "partner-sync failures retry".',
  );
});

test('a message names no value and no token, whatever the body holds', () => {
  const error = failed(400, { category: 'secret text with blanks', message: 'pat-na1-secret' });

  expect(`${error.message}${JSON.stringify(error.call)}`).not.toContain('secret');
});

test('every code and status says what happened, and parsing takes anything', () => {
  for (const meaning of [...Object.values(errorTable), ...Object.values(statusTable)]) {
    expect(meaning.says).toMatch(/^[a-z].*[^.]$/);
  }
  for (const body of ['', '{', 'null', '[]', '7', '"x"', '{}', '{"errors":[null,{}]}']) {
    expect(parseErrorBody(body)?.code ?? null).toBeNull();
  }
});

test('a missing scope is named where HubSpot names it, and nothing else of the body', () => {
  const body = {
    status: 'error',
    category: 'MISSING_SCOPES',
    message: 'Acme Ltd has not granted it.',
    errors: [
      { context: { requiredGranularScopes: ['crm.objects.deals.write', 'of <b>Acme Ltd</b>'] } },
    ],
  };

  const { kind, message } = failed(403, body);

  expect(kind).toBe('missing-scope');
  expect(message).toBe(
    'HubSpot has not granted the app a scope this needs (MISSING_SCOPES): write records on ' +
      'deals. Needed: crm.objects.deals.write. Not retried. Give the app the scope in HubSpot, ' +
      'then run "partner-sync resume".',
  );
});
