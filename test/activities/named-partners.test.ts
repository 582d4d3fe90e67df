/** Facts of records that name partners by a text: the same as with ids, as the store stands now. */
import { expect, test } from '@jest/globals';
import { type FactSource, opportunityInputs, partnerInputs } from '../../activities/facts.ts';
import { survivorsOf } from '../../activities/survivors.ts';
import { rateTable } from '../../rules/currency.ts';
import type { FieldValues, ObjectName } from '../../rules/types.ts';
import type { Store } from '../../store/types.ts';
import { anOpportunity, aRecord, connection, now } from '../support/records.ts';
import { withStore } from '../support/store.ts';

async function read(
  store: Store,
  object: ObjectName,
  rows: Record<string, FieldValues>,
  rest: { deleted?: boolean; mergedInto?: string; modifiedAt?: string } = {},
): Promise<void> {
  const records = Object.entries(rows).map(([id, fields]) =>
    object === 'opportunity' ? anOpportunity(id, fields, rest) : aRecord(id, fields, rest),
  );
  await store.upsertRecords(connection, object, records, now);
}

async function from(store: Store): Promise<FactSource> {
  return {
    store,
    connection,
    slot: 'live',
    rates: rateTable([]),
    version: 'v1',
    engineKeys: new Set(),
    partners: new Map(),
    survivors: survivorsOf(await store.aliases(connection)),
  };
}

const partner = (name: string, key: string): FieldValues => ({ name, 'named_by:key__c': key });
const later = { modifiedAt: '2026-11-20T11:00:00.000Z' };

test('an opportunity, its registrations and touches have the ids of the partners they name', () =>
  withStore(async ({ store }) => {
    await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'b') });
    await read(store, 'opportunity', {
      O1: { referral_partner: 'key__c= ACME', origin_partner: 'key__c=x', partner_of_record: 'P2' },
    });
    await read(store, 'registration', { R1: { partner: 'key__c=B', opportunity: 'O1' } });
    await read(store, 'touch', { T1: { partner: 'key__c=Acme', opportunity: 'O1' } });

    const [inputs] = await opportunityInputs(await from(store), ['O1']);

    const { opportunity, registrations, touches, partners } = inputs!.attribution;
    expect(opportunity).toMatchObject({
      referralPartnerId: 'P1',
      originPartnerId: 'key__c=x',
      partnerOfRecordId: 'P2',
    });
    expect(registrations.map(({ partnerId }) => partnerId)).toEqual(['P2']);
    expect(touches.map(({ partnerId }) => partnerId)).toEqual(['P1']);
    expect([...partners.keys()].sort()).toEqual(['P1', 'P2']);
    expect(inputs!.unnamed).toBe('nobody');
  }));

test('the hash of the inputs moves when what a text means does, and with nothing else', () =>
  withStore(async ({ store }) => {
    await read(store, 'opportunity', { O1: { referral_partner: 'key__c=acme' } });
    const hash = async () =>
      [...(await opportunityInputs(await from(store), ['O1']))][0]!.inputHash;
    const nobody = await hash();

    await read(store, 'partner', { P1: partner('Acme', 'acme'), P3: partner('Gamma', 'g') });
    const named = await hash();
    expect(named).not.toBe(nobody);
    await read(store, 'partner', { P3: partner('Gamma', 'h') }, later);
    expect(await hash()).toBe(named);

    await read(store, 'partner', { P2: partner('Beta', 'ACME') });
    const ambiguous = await hash();
    expect(new Set([nobody, named, ambiguous]).size).toBe(3);
    const [inputs] = await opportunityInputs(await from(store), ['O1']);
    expect(inputs!.unnamed).toBe('ambiguous');
    expect(inputs!.attribution.ambiguous).toEqual(new Map([['key__c=acme', ['Acme', 'Beta']]]));
  }));

test("a partner's registrations are those that name it alone, by id or by text", () =>
  withStore(async ({ store }) => {
    await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'b') });
    await read(store, 'registration', {
      R1: { partner: 'key__c=ACME', opportunity: 'O1' },
      R2: { partner: 'P1', opportunity: 'O2' },
      R3: { partner: 'key__c=b', opportunity: 'O3' },
    });
    const registrations = async () => {
      const inputs = [...(await partnerInputs(await from(store), ['P1', 'P2']))];
      return inputs.map(({ tier }) => tier.registrations.map(({ id }) => id));
    };
    expect(await registrations()).toEqual([['R1', 'R2'], ['R3']]);

    await read(store, 'partner', { P2: partner('Beta', 'Acme') }, later);
    expect(await registrations()).toEqual([['R2'], []]);
  }));

test('a living partner has the text before a deleted one; a merged one gives it to its survivor', () =>
  withStore(async ({ store }) => {
    await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'b') });
    await read(store, 'opportunity', { O1: { referral_partner: 'key__c=acme' } });
    const named = async () => {
      const [inputs] = await opportunityInputs(await from(store), ['O1']);
      return inputs!.attribution.opportunity.referralPartnerId;
    };
    await read(store, 'partner', { P1: {} }, { ...later, deleted: true });
    expect(await named()).toBe('P1');

    await read(store, 'partner', { P1: {} }, { ...later, deleted: true, mergedInto: 'P2' });
    expect(await named()).toBe('P2');

    await read(store, 'partner', { P3: partner('Gamma', 'acme') });
    expect(await named()).toBe('P3');
  }));
