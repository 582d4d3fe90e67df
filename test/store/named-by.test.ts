/** Partners named by a text of theirs: who holds it, how it is compared, and who is decided again. */
import { expect, test } from '@jest/globals';
import type { FieldValues, ObjectName } from '../../rules/types.ts';
import type { Store } from '../../store/types.ts';
import {
  anOpportunity,
  aRecord,
  connection,
  decideNothing,
  dirtyOf,
  now,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

let stamp = 0;

/** Stores records as a page read later than the one before. */
async function read(
  store: Store,
  object: ObjectName,
  rows: Record<string, FieldValues>,
  rest: { deleted?: boolean; mergedInto?: string } = {},
): Promise<void> {
  stamp += 1;
  const modifiedAt = new Date(Date.UTC(2026, 10, 20, 10, 0, stamp)).toISOString();
  const records = Object.entries(rows).map(([id, fields]) =>
    object === 'opportunity'
      ? anOpportunity(id, fields, { modifiedAt, ...rest })
      : aRecord(id, fields, { modifiedAt, ...rest }),
  );
  await store.upsertRecords(connection, object, records, now);
}

const partner = (name: string, key: string | null): FieldValues => ({
  name,
  'named_by:key__c': key,
});
const holders = async (store: Store, text: string) =>
  (await store.partnersNamed(connection, [text])).get(text)!.map(({ id }) => id);

onEachStore((withStore) => {
  test('texts are compared without case and blanks, each field of a partner by itself', () =>
    withStore(async ({ store }) => {
      await read(store, 'partner', {
        P1: { ...partner('Alpha', '  Ärger  "GmbH", \\{x} '), 'named_by:Name': 'Alpha' },
        P2: partner('Beta', 'alpha'),
        P3: partner('Gamma', null),
      });

      expect(await holders(store, 'key__c=ÄRGER "gmbh", \\{X}')).toEqual(['P1']);
      expect(await holders(store, 'Name=ALPHA')).toEqual(['P1']);
      expect(await holders(store, 'key__c=Alpha')).toEqual(['P2']);
      expect(await holders(store, 'key__c=nobody')).toEqual([]);
      const both = await store.partnersNamed(connection, ['key__c=Alpha', 'key__c= alpha']);
      expect([...both.keys()]).toEqual(['key__c=Alpha', 'key__c= alpha']);
      expect(await store.partnersNamed('another', ['Name=ALPHA'])).toEqual(
        new Map([['Name=ALPHA', []]]),
      );
    }));

  test('a partner that comes, changes its text or goes marks all that is named by it', () =>
    withStore(async ({ store }) => {
      await read(store, 'opportunity', {
        '006A': { referral_partner: 'key__c=Acme' },
        '006B': { origin_partner: 'key__c=ACME' },
        '006C': { partner_of_record: 'key__c=acme' },
        '006D': { referral_partner: 'key__c=other' },
        '006E': {},
        '006R': {},
        '006T': {},
      });
      await read(store, 'registration', { R1: { partner: 'key__c=Acme', opportunity: '006R' } });
      await read(store, 'touch', { T1: { partner: 'key__c=Acme', opportunity: '006T' } });
      const named = ['006A', '006B', '006C', '006R', '006T'];
      await decideNothing(store);

      await read(store, 'partner', { P1: partner('Acme', 'acme') });
      expect(await dirtyOf(store, 'opportunity')).toEqual(named);
      await decideNothing(store);

      await read(store, 'partner', { P1: partner('Acme', 'other') });
      expect(await dirtyOf(store, 'opportunity')).toEqual([
        ...named.slice(0, 3),
        '006D',
        '006R',
        '006T',
      ]);
      await decideNothing(store);

      await read(store, 'partner', { P1: { ...partner('Acme', 'other'), country: 'DE' } });
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);

      await read(store, 'partner', { P1: {} }, { deleted: true });
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006D']);
      expect(await store.partnersNamed(connection, ['key__c=other'])).toEqual(
        new Map([['key__c=other', [{ id: 'P1', name: 'P1', deleted: true }]]]),
      );
    }));

  test('another partner with the text of one makes both be decided again', () =>
    withStore(async ({ store }) => {
      await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'beta') });
      await decideNothing(store);

      await read(store, 'partner', { P3: partner('Gamma', 'Acme') });
      expect(await dirtyOf(store, 'partner')).toEqual(['P1', 'P3']);
      await decideNothing(store);

      await read(store, 'partner', { P3: partner('Gamma', 'beta') });
      expect(await dirtyOf(store, 'partner')).toEqual(['P1', 'P2', 'P3']);
    }));

  test('a registration by a text counts for whoever holds it, now and before', () =>
    withStore(async ({ store }) => {
      await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'beta') });
      await decideNothing(store);

      await read(store, 'registration', { R1: { partner: 'key__c=Acme', opportunity: '006R' } });
      expect(await dirtyOf(store, 'partner')).toEqual(['P1']);
      const ofPartner = async (id: string) =>
        (await store.mirrorBy(connection, 'registration', 'partner', [id])).map((row) => row.id);
      expect(await ofPartner('P1')).toEqual(['R1']);
      expect(await ofPartner('P2')).toEqual([]);
      await decideNothing(store);

      await read(store, 'registration', { R1: { partner: 'key__c=beta', opportunity: '006R' } });
      expect(await dirtyOf(store, 'partner')).toEqual(['P1', 'P2']);
      await decideNothing(store);

      await read(store, 'registration', { R1: { partner: null, opportunity: '006R' } });
      expect(await dirtyOf(store, 'partner')).toEqual(['P2']);
    }));

  test('a merge learned after the deletion marks what names the merged partner by its text', () =>
    withStore(async ({ store }) => {
      await read(store, 'partner', { P1: partner('Acme', 'acme'), P2: partner('Beta', 'beta') });
      await read(store, 'opportunity', { '006T': {} });
      await read(store, 'touch', { T1: { partner: 'key__c=Acme', opportunity: '006T' } });
      await read(store, 'partner', { P1: {} }, { deleted: true });
      await decideNothing(store);

      await read(store, 'partner', { P1: {} }, { deleted: true, mergedInto: 'P2' });
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006T']);
    }));
});
