import { expect, test } from '@jest/globals';
import { opportunityFact, partnerFact, registrationFact, touchFact } from '../../rules/facts.ts';
import type { FieldValues } from '../../rules/types.ts';
import { utc } from '../support/facts.ts';

function record(fields: FieldValues, createdAt: string | null = '2026-01-01') {
  return {
    id: 'X-1',
    createdAt: createdAt === null ? null : utc(createdAt),
    modifiedAt: utc('2026-04-01'),
    deleted: false,
    fields,
  };
}

test('W is the mapped closing instant, else the stage entry, else the end of the close date', () => {
  const closed = { is_closed: true, close_date: '2026-03-05' };
  const entered = { ...closed, stage_entered_at: utc('2026-03-04T08:00') };

  expect(opportunityFact(record({ ...entered, closed_at: utc('2026-03-03') })).closedAt).toBe(
    utc('2026-03-03'),
  );
  expect(opportunityFact(record(entered)).closedAt).toBe(utc('2026-03-04T08:00'));
  expect(opportunityFact(record(closed)).closedAt).toBe('2026-03-05T23:59:59.999Z');
  expect(opportunityFact(record({ is_closed: true })).closedAt).toBeNull();
  expect(opportunityFact(record({ ...entered, is_closed: false })).closedAt).toBeNull();
});

test('created is the mapped field, else the record, else its last modification', () => {
  const mapped = { created_at: utc('2025-12-01') };

  expect(opportunityFact(record(mapped)).createdAt).toBe(utc('2025-12-01'));
  expect(opportunityFact(record({})).createdAt).toBe(utc('2026-01-01'));
  expect(opportunityFact(record({}, null)).createdAt).toBe(utc('2026-04-01'));
});

test('blank values are no values: nothing is guessed', () => {
  const fact = opportunityFact(
    record({ name: '', account: null, amount: null, currency: '', push_count: null, stage: null }),
  );

  expect(fact).toMatchObject({
    name: 'X-1',
    accountId: null,
    amount: null,
    currency: null,
    pushCount: null,
    stage: '',
    isClosed: false,
    isWon: false,
    override: null,
  });
});

test.each([
  { override: null, expected: null },
  { override: 'None', expected: null },
  {
    override: 'Sourced',
    expected: { type: 'Sourced', reason: 'Agreed', until: '2026-05-31', by: null },
  },
])('the override picklist: $override', ({ override, expected }) => {
  const fields = { override, override_reason: 'Agreed', override_until: '2026-05-31' };

  expect(opportunityFact(record(fields)).override).toEqual(expected);
});

test('a registration without a known state is a draft', () => {
  expect(registrationFact(record({ status: 'in_review' })).state).toBe('in_review');
  expect(registrationFact(record({ status: null })).state).toBe('draft');
  expect(registrationFact(record({ status: 'whatever' })).state).toBe('draft');
});

test('registrations, touches and partners keep what is mapped', () => {
  const registration = record({
    name: 'DR-1',
    partner: 'P-1',
    opportunity: 'O-1',
    status: 'approved',
    submitted_at: utc('2026-02-01'),
    protected_until: utc('2026-05-01T12:00'),
    margin: 2500,
  });

  expect(registrationFact(registration)).toMatchObject({
    name: 'DR-1',
    partnerId: 'P-1',
    opportunityId: 'O-1',
    submittedAt: utc('2026-02-01'),
    decidedAt: null,
    protectedUntil: '2026-05-01',
    marginBasisPoints: 2500,
  });
  expect(touchFact(record({ partner: 'P-1', kind: '', at: null }))).toMatchObject({
    partnerId: 'P-1',
    kind: 'Touch',
    at: null,
  });
  expect(
    partnerFact(record({ name: 'Acme', certifications: '3', satisfaction: 9.2 })),
  ).toMatchObject({ name: 'Acme', certifications: 3, satisfaction: '9.2' });
});
