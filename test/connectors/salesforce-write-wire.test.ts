/** Writes on the wire: what is sent, and what each answer (or none) means for a row. */
import { expect, test } from '@jest/globals';
import nock from 'nock';
import type { ConnectorError } from '../../connectors/errors.ts';
import { grants, open, org } from './wire.ts';

test('a batch goes out as one Collections call, and row results come back in order', async () => {
  grants();
  let sent: unknown;
  nock(org)
    .patch('/services/data/v68.0/composite/sobjects', (body: unknown) => {
      sent = body;
      return true;
    })
    .reply(200, [
      { id: '006000000000001AAA', success: true, errors: [] },
      {
        success: false,
        errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW', message: 'busy', fields: [] }],
      },
      {
        success: false,
        errors: [
          { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'busy', fields: [] },
          {
            statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
            message: 'Closed deals stay closed',
            fields: ['StageName'],
          },
        ],
      },
    ]);

  const results = await open().writeRecords(
    'Opportunity',
    [
      { id: '006000000000001AAA', values: { Partner_Sourced__c: true } },
      { id: '006000000000002AAA', values: { Partner_Sourced__c: null } },
      { id: '006000000000003AAA', values: { StageName: 'Won' } },
    ],
    1,
  );

  expect(sent).toEqual({
    allOrNone: false,
    records: [
      {
        attributes: { type: 'Opportunity' },
        id: '006000000000001AAA',
        Partner_Sourced__c: true,
      },
      {
        attributes: { type: 'Opportunity' },
        id: '006000000000002AAA',
        Partner_Sourced__c: null,
      },
      { attributes: { type: 'Opportunity' }, id: '006000000000003AAA', StageName: 'Won' },
    ],
  });
  expect(results).toEqual([
    { id: '006000000000001AAA', outcome: 'written', created: false },
    {
      id: '006000000000002AAA',
      outcome: 'failed',
      code: 'UNABLE_TO_LOCK_ROW',
      fields: [],
      retryable: true,
      reason:
        'Salesforce was saving the record for somebody else (UNABLE_TO_LOCK_ROW): "busy". ' +
        'Retried by itself.',
    },
    {
      id: '006000000000003AAA',
      outcome: 'failed',
      code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      fields: ['StageName'],
      retryable: false,
      reason:
        'Salesforce refused it by a validation rule on StageName ' +
        '(FIELD_CUSTOM_VALIDATION_EXCEPTION): "Closed deals stay closed". Change the value or ' +
        'the rule in the CRM, then run "partner-sync failures retry".',
    },
  ]);
});

test.each([
  { status: 500, outcome: 'unclear' },
  { status: 502, outcome: 'unclear' },
  { status: 504, outcome: 'unclear' },
  { status: 503, outcome: 'thrown unavailable' },
  { status: 400, outcome: 'thrown rejected' },
])('a batch answered with $status is $outcome, after one attempt', async ({ status, outcome }) => {
  grants();
  let calls = 0;
  nock(org)
    .patch('/services/data/v68.0/composite/sobjects')
    .times(9)
    .reply(() => {
      calls += 1;
      return [status, [{ message: 'no', errorCode: `CODE_${status}` }]];
    });

  const write = [{ id: '006000000000001AAA', values: { Amount: 1 } }];
  const got = await open()
    .writeRecords('Opportunity', write, 3)
    .then(
      (results) => results[0]?.outcome,
      (error: ConnectorError) => `thrown ${error.kind}`,
    );

  expect({ calls, got }).toEqual({ calls: 1, got: outcome });
});

test('a second batch refused as a whole marks its rows; the first one stays written', async () => {
  grants();
  nock(org)
    .patch('/services/data/v68.0/composite/sobjects')
    .reply(async (request: Request) => {
      const { records } = (await request.json()) as { records: { id: string }[] };
      return [200, records.map(({ id }) => ({ id, success: true, errors: [] }))];
    });
  nock(org)
    .patch('/services/data/v68.0/composite/sobjects')
    .reply(403, [{ message: 'TotalRequests', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);

  const writes = Array.from({ length: 201 }, (_, at) => ({
    id: `006${String(at).padStart(12, '0')}`,
    values: { Amount: at },
  }));
  const results = await open().writeRecords('Opportunity', writes, 3);

  expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(200);
  expect(results[200]).toMatchObject({
    outcome: 'failed',
    code: 'REQUEST_LIMIT_EXCEEDED',
    retryable: true,
  });
});

test('T8: one value the org cannot read refuses the call: it is halved until that row is alone', async () => {
  grants();
  const poison = '006000000000007AAA';
  const calls: number[] = [];
  nock(org)
    .patch('/services/data/v68.0/composite/sobjects')
    .times(40)
    .reply(async (request: Request) => {
      const { records } = (await request.json()) as { records: { id: string }[] };
      calls.push(records.length);
      return records.some(({ id }) => id === poison)
        ? [400, [{ message: 'Cannot deserialize instance', errorCode: 'JSON_PARSER_ERROR' }]]
        : [200, records.map(({ id }) => ({ id, success: true, errors: [] }))];
    });

  const ids = Array.from({ length: 100 }, (_, at) => `006${String(at).padStart(12, '0')}AAA`);
  const writes = ids.map((id) => ({ id, values: { Amount: 1 } }));
  const results = await open().writeRecords('Opportunity', writes, 3);

  expect(results.map(({ id }) => id)).toEqual(ids);
  const failed = results.filter(({ outcome }) => outcome !== 'written');
  expect(failed).toEqual([
    expect.objectContaining({
      id: poison,
      outcome: 'failed',
      code: 'JSON_PARSER_ERROR',
      retryable: false,
    }),
  ]);
  // Every other row was sent in a call that went through, once; the search is a binary one.
  expect(calls.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(100)) + 1);
});
