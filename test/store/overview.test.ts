/** A connection's opportunities as a whole, and the few that show what was decided. */
import { expect, test } from '@jest/globals';
import type { Decision } from '../../rules/types.ts';
import { aBatch, aDecision, anOpportunity, aWrite, connection, now } from '../support/records.ts';
import { withStore } from '../support/store.ts';

const direct = (id: string, rest: Partial<Decision> = {}) =>
  aDecision(id, { rule: 'R11', fields: { attribution_type: 'Direct' }, ...rest });
const stale = (id: string, is: boolean) =>
  aDecision(id, { kind: 'stale', rule: 'stale', fields: { stale: is }, reason: 'In Proposal.' });

test('examples: sourced, stale, direct with its counterfactual, then other rules; the largest amounts, nothing twice', () =>
  withStore(async ({ store }) => {
    const amounts = { A: '10', B: '900', C: '500', D: '800', E: null, F: '700', G: '5' };
    const records = Object.entries(amounts).map(([id, amount]) => anOpportunity(id, { amount }));
    await store.upsertRecords(connection, 'opportunity', records, now);
    const decisions = [
      aDecision('A'),
      aDecision('B'),
      stale('B', true),
      stale('C', true),
      stale('D', false),
      direct('D'),
      direct('E', { counterfactual: 'A registration would have made it Sourced.' }),
      direct('F', { counterfactual: 'A touch would have made it Influenced.' }),
      aDecision('G', { rule: 'R5', fields: { attribution_type: 'Fulfilled' } }),
    ];
    await store.saveDecided(aBatch(decisions));

    const examples = await store.exampleDecisions(connection, 4);

    expect(examples.map(({ id, kind, rule }) => [id, kind, rule])).toEqual([
      ['B', 'attribution', 'R3'],
      ['C', 'stale', 'stale'],
      ['F', 'attribution', 'R11'],
      ['D', 'attribution', 'R11'],
    ]);
    expect(examples[2]!.counterfactual).toBe('A touch would have made it Influenced.');
    expect(await store.exampleDecisions(connection, 1)).toHaveLength(1);
  }));

test('examples: amounts of another currency are not compared with those of the corporate one', () =>
  withStore(async ({ store }) => {
    await store.upsertConnection({ name: connection, crm: 'salesforce', corporateCurrency: 'USD' });
    const records = [
      anOpportunity('A', { amount: '9000000', currency: 'JPY' }),
      anOpportunity('B', { amount: '70000', currency: 'USD' }),
    ];
    await store.upsertRecords(connection, 'opportunity', records, now);
    await store.saveDecided(aBatch([aDecision('A'), aDecision('B')]));

    expect((await store.exampleDecisions(connection, 1)).map(({ id }) => id)).toEqual(['B']);
  }));

test('examples: what has been written goes before what has not', () =>
  withStore(async ({ store }) => {
    const records = [anOpportunity('A', { amount: '900' }), anOpportunity('B', { amount: '1' })];
    await store.upsertRecords(connection, 'opportunity', records, now);
    const write = aWrite('B', { partner_sourced: { value: true, before: null } });
    await store.saveDecided(aBatch([aDecision('A'), aDecision('B')], [write]));
    const lease = { connection, runId: 'r', leaseId: 'L', limit: 5, leaseMs: 1_000, now };
    const [claimed] = await store.claimWrites({ ...lease, object: 'opportunity' });
    const settled = { seq: claimed!.seq, outcome: 'written' as const, createdId: null };
    await store.settleWrites(connection, 'L', 'r', [settled], now);

    expect((await store.exampleDecisions(connection, 1)).map(({ id }) => id)).toEqual(['B']);
    expect((await store.exampleDecisions(connection, 3)).map(({ id }) => id)).toEqual(['B', 'A']);
  }));

test('counts: won, lost and open by currency, exact sums, blanks counted; deleted records are not', () =>
  withStore(async ({ store }) => {
    const won = { is_closed: true, is_won: true };
    await store.upsertRecords(
      connection,
      'opportunity',
      [
        anOpportunity('A', { ...won, amount: '0.1', account: '001A' }),
        anOpportunity('B', { ...won, amount: '0.2', account: null }),
        anOpportunity('C', { ...won, amount: '5', currency: 'EUR', account: '001A' }),
        anOpportunity('D', { is_closed: true, amount: null, account: '001A' }),
        anOpportunity('E', { amount: '7', close_date: null, account: '001A' }),
        anOpportunity('F', { ...won, amount: '1000' }, { deleted: true }),
      ],
      now,
    );

    const blank = { withoutAmount: 0, withoutAccount: 0, withoutCloseDate: 0 };
    const usd = { currency: 'USD', ...blank };
    expect(await store.pipelineCounts(connection)).toEqual([
      { ...usd, state: 'lost', opportunities: 1, amount: '0', withoutAmount: 1 },
      { ...usd, state: 'open', opportunities: 1, amount: '7', withoutCloseDate: 1 },
      { ...usd, state: 'won', currency: 'EUR', opportunities: 1, amount: '5' },
      { ...usd, state: 'won', opportunities: 2, amount: '0.3', withoutAccount: 1 },
    ]);
  }));
