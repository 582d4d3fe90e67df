/** What each armed fault becomes through the real connector: a ConnectorError or a WriteResult. */
import { describe, expect, test } from '@jest/globals';
import type { WriteResult } from '../../connectors/connector.ts';
import {
  outcome,
  pullAll,
  type Struck,
  shortPatienceMs,
  window,
  withConnector,
} from './connector.ts';

const page = 'GET /query*/{locator}';
const reading = { operation: 'GET /query*', object: 'Opportunity' };

describe('a read ends', () => {
  test.each([
    ['latency', { ms: 30, jitterMs: 10 }, 'done'],
    ['short-page', { rows: 90, min: 30 }, 'done'],
    ['slow-drip', { chunkBytes: 4_000, everyMs: 1, match: reading }, 'done'],
    ['locator-expired', {}, 'done'],
    ['session-expired', { match: { operation: page } }, 'done'],
    ['session-expired', { count: null }, 'unauthorized INVALID_SESSION_ID'],
    ['login-refused', {}, 'unauthorized invalid_grant'],
    ['request-limit', { match: reading }, 'quota-exhausted REQUEST_LIMIT_EXCEEDED'],
    [
      'request-limit',
      { limit: 'ConcurrentPerOrgLongTxn', match: reading },
      'rate-limited REQUEST_LIMIT_EXCEEDED',
    ],
    ['server-unavailable', { match: reading }, 'unavailable SERVER_UNAVAILABLE'],
    ['server-unavailable', { body: 'html', match: reading }, 'unavailable HTTP_503'],
    ['server-error', { match: reading }, 'unavailable UNKNOWN_EXCEPTION unclear'],
    ['bad-gateway', { match: reading }, 'unavailable HTTP_502 unclear'],
    ['query-timeout', { match: reading }, 'unavailable QUERY_TIMEOUT'],
    ['cut-before', { match: reading }, 'unavailable UND_ERR_SOCKET unclear'],
    ['cut-in-answer', { match: reading }, 'unavailable UND_ERR_SOCKET unclear'],
    ['hang', { match: reading }, 'unavailable TIMEOUT unclear'],
    ['malformed-json', { match: reading }, 'malformed-response MALFORMED_RESPONSE unclear'],
    ['html-answer', { match: reading }, 'malformed-response MALFORMED_RESPONSE unclear'],
    ['quota-nearly-used', { left: 1 }, 'quota-exhausted REQUEST_LIMIT_EXCEEDED'],
  ])('%s %j: %s', (name, fault, expected) =>
    withConnector(async ({ sandbox, connector, ids }) => {
      sandbox.faults.arm({ name, ...fault });

      const read: string[] = [];
      const ended = await outcome(
        pullAll(connector).then((all) => {
          read.push(...all);
        }),
      );

      expect(ended).toBe(expected);
      if (expected === 'done') expect([...new Set(read)].sort()).toEqual(ids);
      expect(sandbox.faults.list()[0]!.struck).toBeGreaterThan(0);
    }, patienceFor(name)),
  );
});

describe('three rows written, the second struck, come back', () => {
  const failed = (code: string, retryable: boolean) => ({ outcome: 'failed', code, retryable });
  const written = { outcome: 'written' };
  const unclear = { outcome: 'unclear' };
  const second = { match: { n: 2 } };
  const writing = { match: { operation: 'PATCH /composite/sobjects' } };
  test.each([
    ['row-locked', second, [written, failed('UNABLE_TO_LOCK_ROW', true), written]],
    [
      'row-rejected',
      second,
      [written, failed('FIELD_CUSTOM_VALIDATION_EXCEPTION', false), written],
    ],
    [
      'row-trigger-failed',
      second,
      [written, failed('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', false), written],
    ],
    ['row-late', { ...second, seconds: 60 }, [written, written, written]],
    ['cut-before', writing, [unclear, unclear, unclear]],
    ['cut-after-commit', writing, [unclear, unclear, unclear]],
    ['cut-in-answer', writing, [unclear, unclear, unclear]],
    ['hang', { ...writing, work: 'first' }, [unclear, unclear, unclear]],
    ['server-error', { ...writing, done: true }, [unclear, unclear, unclear]],
    ['bad-gateway', { ...writing, done: true }, [unclear, unclear, unclear]],
    ['malformed-json', writing, [unclear, unclear, unclear]],
    ['html-answer', writing, [unclear, unclear, unclear]],
    ['session-expired', writing, [written, written, written]],
  ])('%s', (name, fault, expected) =>
    withConnector(async ({ sandbox, connector, ids }) => {
      await connector.account();
      sandbox.faults.arm({ name, ...fault });

      const results = await connector.writeRecords('Opportunity', writesOf(ids.slice(0, 3)), 3);

      expect(results).toMatchObject(expected);
      expect(results.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    }, patienceFor(name)),
  );

  test.each([
    ['server-unavailable', 'unavailable SERVER_UNAVAILABLE'],
    ['request-limit', 'quota-exhausted REQUEST_LIMIT_EXCEEDED'],
  ])('%s: nothing was sent, so it throws %s', (name, expected) =>
    withConnector(async ({ sandbox, connector, org, ids }) => {
      await connector.account();
      sandbox.faults.arm({ name });

      const ended = await outcome(connector.writeRecords('Opportunity', writesOf(ids), 3));

      expect(ended).toBe(expected);
      expect(org.query("SELECT Id FROM Opportunity WHERE NextStep = 'x'")).toEqual([]);
    }),
  );
});

const patienceFor = (fault: string) => (fault === 'hang' ? shortPatienceMs : undefined);

function writesOf(ids: string[]) {
  return ids.map((id) => ({ id, values: { NextStep: 'x' } }));
}

test('a rule that becomes active between two batches fails the rows after it, with its words', () =>
  withConnector(async ({ sandbox, connector, ids }) => {
    const when = { field: 'NextStep', is: 'changed' };
    const rule = { object: 'Opportunity', when, message: 'Next steps are frozen.' };
    const match = { operation: 'PATCH *', n: 2 };
    sandbox.faults.arm({ name: 'rule-added', ...rule, match });

    const results = await connector.writeRecords('Opportunity', writesOf(ids), 3);

    const failed = results.filter((result) => result.outcome === 'failed');
    expect([results.length, failed.length]).toEqual([450, 250]);
    expect(failed[0]).toMatchObject({
      code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      retryable: false,
      reason: expect.stringContaining('Next steps are frozen.'),
    });
  }));

test('a late commit is missing from the window its stamp lies in, and there afterwards', () =>
  withConnector(async ({ sandbox, connector, org, ids }) => {
    org.transaction(() => {
      org.update('Opportunity', [{ Id: ids[0], NextStep: 'late' }], org.admin);
      org.commitLate(90_000);
    });
    sandbox.clock.advance(60_000);
    const request = { ...(await window(connector)), fields: ['NextStep'] };
    const nextSteps = async () => {
      const all: unknown[] = [];
      for (let after: typeof request & { after?: object } = request; ; ) {
        const read = await connector.pullChanges(after as typeof request);
        all.push(...read.records.map(({ values }) => values['NextStep']));
        if (!read.next) return all.filter((value) => value !== null);
        after = { ...request, after: read.next };
      }
    };

    const before = await nextSteps();
    sandbox.clock.advance(31_000);
    const after = await nextSteps();

    expect([before, after]).toEqual([[], ['late']]);
  }));

test('deletions before what the org still knows are refused for good', () =>
  withConnector(async ({ sandbox, connector }) => {
    const until = await connector.now();
    const from = new Date(Date.parse(until) - 3 * 86_400_000).toISOString();
    sandbox.faults.arm({ name: 'delete-log-purged' });

    const ended = await outcome(connector.pullDeleted('Opportunity', from, until));

    expect(ended).toBe('rejected INVALID_REPLICATION_DATE');
  }));

test('a key that fits two tasks fails that task as ambiguous, for a person to resolve', () =>
  withConnector(async ({ sandbox, connector, org, ids }) => {
    org.object('Task').put({
      name: 'Partner_Sync_Key__c',
      type: 'string',
      length: 255,
      externalId: true,
      unique: true,
    });
    org.touchMetadata();
    sandbox.faults.arm({ name: 'several-matches' });
    const content = {
      subject: 'S',
      body: 'B',
      ownerId: null,
      aboutId: ids[0]!,
      aboutObject: 'Opportunity',
      dueOn: '2026-12-01',
      highPriority: false,
    };

    const [result] = await connector.upsertTasks([{ key: 'k', status: 'open', content }], 3);

    expect(result).toMatchObject({ outcome: 'failed', code: 'DUPLICATE_EXTERNAL_ID' });
    expect(org.query('SELECT Id FROM Task')).toEqual([]);
  }));

describe('a backfill by bulk query', () => {
  const all = async ({ connector }: Struck) => {
    const request = await window(connector);
    let ids = 0;
    for (let resume: string | null = null, first = true; first || resume !== null; first = false) {
      const read = await connector.backfill(request, resume);
      ids += read.records.length;
      resume = read.resume;
    }
    return ids;
  };

  test('that is stuck is waited for and read whole', () =>
    withConnector(async (struck) => {
      struck.sandbox.faults.arm({ name: 'bulk-stuck', state: 'UploadComplete', seconds: 1 });

      expect(await all(struck)).toBe(450);
      const polls = struck.sandbox.calls
        .calls()
        .filter(({ operation }) => operation === 'GET /jobs/query/{id}');
      expect(polls.length).toBeGreaterThan(2);
    }));

  test('that failed ends with the job’s state and nothing read', () =>
    withConnector(async (struck) => {
      struck.sandbox.faults.arm({ name: 'bulk-failed' });

      expect(await outcome(all(struck))).toBe('rejected JOB_FAILED');
    }));
});

test('rows of a batch that failed by bulk are a connector’s business only through Collections', () =>
  withConnector(async ({ sandbox, connector, ids }) => {
    sandbox.faults.arm({ name: 'bulk-rows-failed', count: null });

    const results: WriteResult[] = await connector.writeRecords('Opportunity', writesOf(ids), 3);

    // The engine writes through Collections, so a fault of bulk rows never strikes it.
    expect(results.every((result) => result.outcome === 'written')).toBe(true);
    expect(sandbox.faults.list()[0]).toMatchObject({ seen: 0, struck: 0 });
  }));
