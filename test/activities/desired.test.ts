/** What a decision wants in the fields of a CRM that has no lookups. */
import { expect, test } from '@jest/globals';
import { type Target, wantedFields } from '../../activities/desired.ts';
import type { FieldValues, PartnerCredit } from '../../rules/types.ts';
import { aPartner } from '../support/facts.ts';

const written = [
  'sourcing_partner',
  'sourcing_partner_name',
  'influencing_partner_ids',
  'distributor_ids',
  'implementation_partner_ids',
  'protected_margin',
];

function targetOf(keys: string[]): Target {
  const opportunity = Object.fromEntries(keys.map((key) => [key, {}]));
  const partners = ['acme', 'birch', 'elm', 'gone'].map((id) =>
    aPartner(id, { deleted: id === 'gone' }),
  );
  return {
    mapping: { write: { opportunity, partner: {} } } as unknown as Target['mapping'],
    normalise: (_object, fields) => fields,
    now: '2026-11-21T09:00:00.000Z',
    partners: new Map(partners.map((partner) => [partner.id, partner])),
  };
}

const credit = (partnerId: string, role: PartnerCredit['role']): PartnerCredit => ({
  partnerId,
  role,
  pool: 'none',
  basisPoints: 0,
});
const want = (fields: FieldValues, credits: PartnerCredit[] = [], keys = written) =>
  wantedFields(targetOf(keys), 'opportunity', { fields, credits });

test('partners of a role are a set of records, each once and in one order', () => {
  const credits = [
    credit('birch', 'Influencing'),
    credit('acme', 'Influencing'),
    credit('acme', 'Implementation'),
    credit('elm', 'Distributor'),
    credit('birch', 'Reseller'),
  ];

  expect(want({ sourcing_partner: null, registration_id: 'DR-1' }, credits)).toEqual({
    sourcing_partner: null,
    sourcing_partner_name: null,
    influencing_partner_ids: 'acme;birch',
    distributor_ids: 'elm',
    implementation_partner_ids: 'acme',
    registration_id: 'DR-1',
  });
});

test('the sourcing partner has its name of today beside it', () => {
  const wanted = want({ sourcing_partner: 'acme', registration_id: 'DR-1' });

  expect(wanted).toMatchObject({ sourcing_partner: 'acme', sourcing_partner_name: 'Acme' });
});

test('a deleted partner is in no reference: what the CRM made of it is left alone', () => {
  const wanted = want({ sourcing_partner: 'gone', registration_id: 'DR-1' }, [
    credit('gone', 'Influencing'),
    credit('acme', 'Influencing'),
  ]);

  expect('sourcing_partner' in wanted).toBe(false);
  expect(wanted).toMatchObject({
    sourcing_partner_name: 'Gone',
    influencing_partner_ids: 'acme',
  });
});

test('a decision without a registration clears what an earlier one was stamped with', () => {
  expect(want({ sourcing_partner: null, registration_id: null })).toMatchObject({
    protected_margin: null,
    registration_approved_on: null,
  });
  // One made before the stamps were known says nothing of them.
  expect('protected_margin' in want({ sourcing_partner: null, registration_id: 'DR-1' })).toBe(
    false,
  );
});

test('roles that the mapping does not write are not worked out', () => {
  const keys = ['sourcing_partner'];

  expect(want({ sourcing_partner: null }, [credit('acme', 'Influencing')], keys)).toEqual({
    sourcing_partner: null,
    sourcing_partner_name: null,
  });
});
