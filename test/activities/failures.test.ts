/** What Temporal is told when something goes wrong: a known type, a remedy, no record's data. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { failureOfKind, toFailure } from '../../activities/failures.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../connectors/errors.ts';
import { failureTypes, pausingFailures } from '../../rules/failure-types.ts';
import { id, smallCompany } from '../support/small-company.ts';
import { day, type World, withWorld } from '../support/world.ts';

/** Words that stand in the company's records and nowhere else. */
const secretName = 'Zebrafinch Merger';
const secretRule = 'Quokka deals are not flagged';

test.each([
  ['rate-limited', 'Crm.RateLimited', true],
  ['quota-exhausted', 'Crm.QuotaExhausted', false],
  ['unavailable', 'Crm.Unavailable', true],
  ['unauthorized', 'Crm.Unauthorized', false],
  ['missing-scope', 'Crm.MissingScope', false],
  ['not-found', 'Crm.NotFound', false],
  ['conflict', 'Crm.Conflict', false],
  ['locked', 'Crm.Locked', true],
  ['invalid-field', 'Crm.InvalidField', false],
  ['rejected', 'Crm.Rejected', false],
  ['ambiguous', 'Crm.Ambiguous', false],
  ['malformed-response', 'Crm.MalformedResponse', true],
] satisfies [ConnectorErrorKind, string, boolean][])(
  'an error of kind %s becomes %s, retried: %s',
  (kind, type, retried) => {
    const error = new ConnectorError(kind, { crm: 'salesforce', operation: 'read' }, 'Do this.');

    expect(toFailure(error)).toMatchObject({ type, nonRetryable: !retried, message: 'Do this.' });
  },
);

test('every kind of connector error has its failure, and every failure is a known type', () => {
  // The record type makes a kind without a line a type error; this holds the types to the list.
  expect(Object.keys(failureOfKind)).toHaveLength(12);
  for (const { type } of Object.values(failureOfKind)) {
    expect(failureTypes).toContain(type);
  }
});

test('the time a CRM asks us to wait becomes the delay of the next try', () => {
  const call = { crm: 'salesforce' as const, operation: 'read', retryAfterMs: 7_000 };

  expect(toFailure(new ConnectorError('rate-limited', call, 'Wait.')).nextRetryDelay).toBe(7_000);
  expect(toFailure(new ConnectorError('rejected', call, 'No.')).nextRetryDelay).toBeUndefined();
});

test('of an unknown error only its class and code travel, never its words', () => {
  const error = Object.assign(new Error(`duplicate key value (${secretName})`), { code: '23505' });

  const failure = toFailure(error);

  expect(failure).toMatchObject({ type: 'Store.Unavailable', nonRetryable: false });
  expect(failure.message).toBe(
    'The step failed inside the worker (Error 23505); it is tried again. ' +
      "The worker's log has the details.",
  );
  expect(failure.cause).toBeUndefined();
});

test.each([[undefined], [null], ['text'], [{ code: 'lower case words' }]])(
  'even %p thrown becomes a failure with words',
  (thrown) => {
    expect(toFailure(thrown).message).toContain('it is tried again');
    expect(toFailure(thrown).message).not.toContain('lower case words');
  },
);

test('a failure that is one already is passed on as it is', () => {
  const failure = ApplicationFailure.nonRetryable('There is no plan.', 'Plan.Missing');

  expect(toFailure(failure)).toBe(failure);
});

test("the README's table lists every failure type, each once, and which of them pause", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([A-Z]\w+\.\w+)` \|([^|]*)\|([^|]*)\|$/gm)];

  expect(rows.map((row) => row[1]).sort()).toEqual([...failureTypes].sort());
  const pausing = rows.filter((row) => row[3]!.includes('the connection pauses'));
  expect(pausing.map((row) => row[1]).sort()).toEqual([...pausingFailures].sort());
});

test('a refused sign-in is one failure with the remedy, not retried, without the secret', () =>
  withWorld(
    smallCompany({ opportunities: [{ n: 1 }] }),
    async (world) => {
      const { failure, run, calls } = await world.job('sync');

      expect(failure).toMatchObject({ type: 'Crm.Unauthorized', nonRetryable: true });
      expect(failure!.message).toMatch(/^Salesforce .*invalid_client/);
      expect(failure!.message).toMatch(/partner-sync resume|Correct|Re-authorise/i);
      expect(failure!.message).not.toContain('not-the-secret');
      expect(run).toMatchObject({ outcome: 'red', message: failure!.message });
      expect(calls.filter((call) => call.includes('/query'))).toEqual([]);
      expect(world.log.join('')).not.toContain('not-the-secret');
    },
    { env: { SANDBOX_CLIENT_SECRET: 'not-the-secret' } },
  ));

test('a sign-in put right is tried afresh, without a new worker', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    let refuse = true;
    world.tap(({ request }) =>
      refuse && request.url.endsWith('/oauth2/token')
        ? Promise.resolve(Response.json({ error: 'invalid_grant' }, { status: 400 }))
        : undefined,
    );
    expect((await world.job('sync')).failure).toMatchObject({ type: 'Crm.Unauthorized' });
    refuse = false;

    await world.begin();

    expect((await world.job('sync')).run.outcome).toBe('green');
  }));

test('a mapping for a connection nobody mapped is told with the names there are', () =>
  withWorld(smallCompany({ opportunities: [] }), async (world) => {
    const run = { connection: 'acme', runId: 'plan/acme/1' };

    await expect(world.activity('openPlan', run)).rejects.toMatchObject({
      type: 'Mapping.Invalid',
      message: expect.stringContaining(
        'is for the connection "acme" (there: sandbox-hubspot, sandbox-salesforce)',
      ),
    });
  }));

test('a field deleted in the CRM is named in the failure, and nothing is stored half', () =>
  withWorld(smallCompany({ opportunities: [{ n: 1 }] }), async (world) => {
    await world.begin();
    world.org.object('Opportunity').remove('Partner_Deal_Stale__c');
    world.org.touchMetadata();

    const { failure, run } = await world.job('sync');

    expect(failure).toMatchObject({ type: 'Crm.InvalidField', nonRetryable: true });
    expect(failure!.message).toContain('Partner_Deal_Stale__c');
    expect(run.outcome).toBe('red');
  }));

test('no name, amount, rule text or other data of a record is in any result or failure', () =>
  withWorld(
    smallCompany({
      opportunities: [
        { n: 1, name: secretName, inStage: 29, amount: 987_654 },
        { n: 2, name: secretName, inStage: 29 },
      ],
      registrations: [{ n: 1, partner: 1, opportunity: 1 }],
    }),
    async (world) => {
      const seen = watchActivities(world);
      await world.begin();
      world.org.validationRules.push({
        object: 'Opportunity',
        name: 'Quokka',
        when: { field: 'Partner_Deal_Stale__c', is: '=', value: true },
        message: secretRule,
      });
      world.advance(2 * day);
      const failed = await world.job('sync');
      expect(failed.run.outcome).toBe('amber');
      const status = world.org.object('Deal_Registration__c').field('Status__c')!;
      world.org.object('Deal_Registration__c').put({ ...status, restricted: false });
      const odd = { Id: id.registration(1), Status__c: secretName };
      world.org.update('Deal_Registration__c', [odd], world.org.admin);
      await world.job('sync');
      world.tap(({ request }) =>
        request.url.includes('/queryAll')
          ? Promise.resolve(
              Response.json([{ errorCode: 'UNKNOWN_EXCEPTION', message: secretName }], {
                status: 500,
              }),
            )
          : undefined,
      );
      const broken = await world.job('sync');
      expect(broken.failure).not.toBeNull();

      const told = JSON.stringify([seen, broken.failure!.message, broken.failure!.details]);

      expect(seen.length).toBeGreaterThan(15);
      for (const data of [secretName, secretRule, '987654', 'Northgate', 'Ana Ortega', 'Sourced']) {
        expect(told).not.toContain(data);
      }
      expect(world.log.join('')).not.toContain(secretName);
    },
  ));

/** Inputs and results of all activities from now on: what Temporal's histories would hold. */
function watchActivities(world: World): unknown[] {
  const seen: unknown[] = [];
  for (const side of [world.activities.engine, world.activities.crm]) {
    for (const [name, run] of Object.entries(side)) {
      Object.assign(side, {
        [name]: async (input: never) => {
          const result = await (run as (input: never) => Promise<unknown>)(input);
          seen.push([name, input, result]);
          return result;
        },
      });
    }
  }
  return seen;
}
