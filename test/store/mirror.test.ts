/** The mirror: pages, cursors, hashes and who becomes dirty. */
import { expect, test } from '@jest/globals';
import { StaleCursorError } from '../../store/types.ts';
import {
  aBatch,
  aDecision,
  anOpportunity,
  aRecord,
  connection,
  decideNothing,
  dirtyOf,
  now,
  sourcedBy,
  unread,
} from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const read = { ...unread, committedUntil: '2026-11-21T08:59:00.000Z' };
const half = {
  ...unread,
  windowUntil: now,
  position: { modifiedAt: '2026-11-20T10:00:00.123Z', id: '006B' },
};

onEachStore((withStore) => {
  const page = { connection, object: 'opportunity', source: 'opportunity', now } as const;

  test('a page and its cursor are stored together and read back as they were', () =>
    withStore(async ({ store }) => {
      const record = anOpportunity('006A', { note: 'ends \u0000 and \ud83d', amount: '12.30' });

      const result = await store.commitPage({
        ...page,
        records: [record],
        expected: unread,
        next: half,
      });

      expect(result).toEqual({ changed: 1, unchanged: 0, deleted: 0 });
      expect(await store.cursor(connection, 'opportunity')).toEqual(half);
      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row).toMatchObject({
        object: 'opportunity',
        createdAt: '2026-01-05T08:00:00.000Z',
        modifiedAt: '2026-11-20T10:00:00.000Z',
        firstSeenAt: now,
        deleted: false,
        fields: { amount: '12.30', close_date: '2026-12-31', note: 'ends  and \ufffd' },
      });
      expect(row?.dirty).toBeGreaterThan(0);
    }));

  test('a page of a zombie attempt stores nothing', () =>
    withStore(async ({ store }) => {
      await store.commitPage({ ...page, records: [], expected: unread, next: half });
      await store.commitPage({ ...page, records: [], expected: half, next: read });

      for (const expected of [unread, half, { ...half, resume: 'x' }]) {
        const late = { ...page, records: [anOpportunity('006Z')], expected, next: half };
        await expect(store.commitPage(late)).rejects.toThrow(StaleCursorError);
      }

      expect(await store.mirror(connection, 'opportunity', ['006Z'])).toEqual([]);
      expect(await store.cursor(connection, 'opportunity')).toEqual(read);
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);
    }));

  test('of two attempts with the same page exactly one stores it', () =>
    withStore(async ({ store }) => {
      const attempts = [1, 2, 3].map(() =>
        store.commitPage({
          ...page,
          records: [anOpportunity('006A')],
          expected: unread,
          next: half,
        }),
      );

      const outcomes = await Promise.allSettled(attempts);

      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    }));

  test('rows read again in the overlap are neither dirty nor rewritten', () =>
    withStore(async ({ store, query }) => {
      const records = [anOpportunity('006A'), anOpportunity('006B')];
      await store.upsertRecords(connection, 'opportunity', records, now);
      await decideNothing(store);
      const before = await query('select id, xmin::text, ctid::text from opportunity order by id');

      const result = await store.upsertRecords(connection, 'opportunity', records, now);

      expect(result).toEqual({ changed: 0, unchanged: 2, deleted: 0 });
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);
      expect(await query('select id, xmin::text, ctid::text from opportunity order by id')).toEqual(
        before,
      );
    }));

  test('a touch of the record without a change of content is stored but not dirty', () =>
    withStore(async ({ store }) => {
      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);
      await decideNothing(store);

      const later = { modifiedAt: '2026-11-21T08:00:00.000Z', modifiedBy: '005X' };
      const again = [anOpportunity('006A', {}, later)];
      const result = await store.upsertRecords(connection, 'opportunity', again, now);

      expect(result.changed).toBe(0);
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);
      expect((await store.mirror(connection, 'opportunity', ['006A']))[0]).toMatchObject(later);
    }));

  test('a read older than the stored one never replaces it', () =>
    withStore(async ({ store }) => {
      const fresh = anOpportunity('006A', { stage: 'Won' }, { modifiedAt: now });
      await store.upsertRecords(connection, 'opportunity', [fresh], now);

      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);

      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row?.fields['stage']).toBe('Won');
    }));

  test('a record twice in one page is stored once, in its latest state', () =>
    withStore(async ({ store }) => {
      const older = anOpportunity('006A', { stage: 'Old' });
      const newer = anOpportunity('006A', { stage: 'New' }, { modifiedAt: now });

      await store.upsertRecords(connection, 'opportunity', [newer, older], now);

      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row?.fields['stage']).toBe('New');
    }));

  test('one malformed value leaves its column empty and fails nothing', () =>
    withStore(async ({ store, query }) => {
      const odd = { amount: 'a lot', close_date: '2026-02-31', stage_entered_at: 'yesterday' };

      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A', odd)], now);

      const columns = await query('select amount, close_date, stage_entered_at from opportunity');
      expect(columns).toEqual([{ amount: null, close_date: null, stage_entered_at: null }]);
      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row?.fields).toMatchObject(odd);
    }));

  test('a deletion is counted once, leaves the live ids, and is dirty as its survivor is', () =>
    withStore(async ({ store }) => {
      await store.upsertRecords(
        connection,
        'opportunity',
        [anOpportunity('006A'), anOpportunity('006B')],
        now,
      );
      await decideNothing(store);
      const gone = anOpportunity('006A', {}, { deleted: true, mergedInto: '006B' });

      const first = await store.upsertRecords(connection, 'opportunity', [gone], now);
      const again = await store.upsertRecords(connection, 'opportunity', [gone], now);

      expect([first.deleted, again.deleted]).toEqual([1, 0]);
      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A', '006B']);
      expect(await store.liveIds(connection, 'opportunity', 10, null)).toEqual(['006B']);
      expect((await store.mirrorCounts(connection)).opportunity).toBe(1);
      const [row] = await store.mirror(connection, 'opportunity', ['006A']);
      expect(row).toMatchObject({ deleted: true, mergedInto: '006B' });
    }));

  test('rows come back in the order they were asked for', () =>
    withStore(async ({ store }) => {
      const records = ['006A', '006B', '006a'].map((id) => anOpportunity(id));
      await store.upsertRecords(connection, 'opportunity', records, now);

      const rows = await store.mirror(connection, 'opportunity', ['006a', '006Z', '006B', '006A']);

      expect(rows.map((row) => row.id)).toEqual(['006a', '006B', '006A']);
      expect(await store.liveIds(connection, 'opportunity', 2, null)).toEqual(['006A', '006B']);
      expect(await store.liveIds(connection, 'opportunity', 2, '006B')).toEqual(['006a']);
    }));

  test('the first stage change keeps the stage that was left, so that a return is seen', () =>
    withStore(async ({ store }) => {
      const at = (stage: string, modifiedAt: string, fields = {}) =>
        store.upsertRecords(
          connection,
          'opportunity',
          [anOpportunity('006A', { stage, ...fields }, { modifiedAt })],
          now,
        );
      await at('Proposal', '2026-11-01T00:00:00.000Z');
      await at('Negotiation', '2026-11-05T00:00:00.000Z', {
        stage_entered_at: '2026-11-04T12:00:00.000Z',
      });
      await at('Proposal', '2026-11-07T00:00:00.000Z');
      await at('Proposal', '2026-11-08T00:00:00.000Z');

      const changes = await store.stageChanges(connection, ['006A', '006B']);

      expect(changes.get('006A')).toEqual([
        { stage: 'Proposal', at: '2026-01-05T08:00:00.000Z' },
        { stage: 'Negotiation', at: '2026-11-04T12:00:00.000Z' },
        { stage: 'Proposal', at: '2026-11-07T00:00:00.000Z' },
      ]);
    }));

  test('a registration that moves makes its old and new opportunity and partner dirty', () =>
    withStore(async ({ store }) => {
      const ids = ['006A', '006B', '006C'];
      await store.upsertRecords(
        connection,
        'opportunity',
        ids.map((id) => anOpportunity(id)),
        now,
      );
      const partners = ['001A', '001B', '001C'].map((id) => aRecord(id, { name: id }));
      await store.upsertRecords(connection, 'partner', partners, now);
      const registration = (opportunity: string, partner: string) =>
        aRecord('a01', { opportunity, partner });
      await store.upsertRecords(connection, 'registration', [registration('006A', '001A')], now);
      await decideNothing(store);

      const moved = [registration('006B', '001B')];
      await store.upsertRecords(connection, 'registration', moved, now);

      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A', '006B']);
      expect(await dirtyOf(store, 'partner')).toEqual(['001A', '001B']);
      expect(
        await store.mirrorBy(connection, 'registration', 'opportunity', ['006B']),
      ).toHaveLength(1);
      expect(await store.mirrorBy(connection, 'registration', 'partner', ['001A'])).toEqual([]);
    }));

  test('a touch before its opportunity makes the opportunity dirty when it arrives', () =>
    withStore(async ({ store }) => {
      const touch = aRecord('t1', { opportunity: '006A', partner: '001A', kind: 'Demo' });
      await store.upsertRecords(connection, 'touch', [touch], now);
      expect(await dirtyOf(store, 'opportunity')).toEqual([]);

      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);

      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
    }));

  test('a renamed partner makes every opportunity that names it dirty, and no other', () =>
    withStore(async ({ store }) => {
      const opportunities = [
        anOpportunity('006A'),
        anOpportunity('006B'),
        anOpportunity('006C'),
        anOpportunity('006D', { referral_partner: '001A' }),
        anOpportunity('006E', { origin_partner: '001A' }),
        anOpportunity('006F', { partner_of_record: '001A' }),
        anOpportunity('006X'),
      ];
      await store.upsertRecords(connection, 'opportunity', opportunities, now);
      const partner = aRecord('001A', { name: 'Nordwind', website: 'nordwind.example' });
      await store.upsertRecords(connection, 'partner', [partner], now);
      const touch = aRecord('t1', { opportunity: '006B', partner: '001A' });
      await store.upsertRecords(connection, 'touch', [touch], now);
      const registration = aRecord('a1', { opportunity: '006C', partner: '001A' });
      await store.upsertRecords(connection, 'registration', [registration], now);
      await store.saveDecided(aBatch([aDecision('006A', { credits: sourcedBy('001A') })]));
      await decideNothing(store);

      const site = aRecord('001A', { name: 'Nordwind', website: 'other.example' });
      await store.upsertRecords(connection, 'partner', [site], now);
      const afterSite = await dirtyOf(store, 'opportunity');
      const renamed = aRecord('001A', { name: 'Nordwind AG', website: 'other.example' });
      await store.upsertRecords(connection, 'partner', [renamed], now);

      expect(afterSite).toEqual([]);
      expect(await dirtyOf(store, 'opportunity')).toEqual([
        '006A',
        '006B',
        '006C',
        '006D',
        '006E',
        '006F',
      ]);
    }));

  test('a partner that arrives after what names it makes that dirty', () =>
    withStore(async ({ store }) => {
      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);
      const touch = aRecord('t1', { opportunity: '006A', partner: '001A' });
      await store.upsertRecords(connection, 'touch', [touch], now);
      await decideNothing(store);

      await store.upsertRecords(connection, 'partner', [aRecord('001A', { name: 'New' })], now);

      expect(await dirtyOf(store, 'opportunity')).toEqual(['006A']);
    }));

  test.each([
    ['amount', { amount: '2000' }, true],
    ['stage', { stage: 'Won', is_closed: true, is_won: true }, true],
    ['next step', { next_step: 'call' }, false],
  ])('an opportunity whose %s changes makes its credited partner dirty: %j %s', (_n, change, is) =>
    withStore(async ({ store }) => {
      await store.upsertRecords(connection, 'partner', [aRecord('001A', { name: 'N' })], now);
      await store.upsertRecords(connection, 'opportunity', [anOpportunity('006A')], now);
      await store.saveDecided(aBatch([aDecision('006A', { credits: sourcedBy('001A') })]));
      await decideNothing(store);

      const changed = [anOpportunity('006A', change)];
      await store.upsertRecords(connection, 'opportunity', changed, now);

      expect(await dirtyOf(store, 'partner')).toEqual(is ? ['001A'] : []);
    }),
  );

  test('when an opportunity was closed: as mapped, by its stage, or when first seen closed', () =>
    withStore(async ({ store, query }) => {
      const closed = { is_closed: true, is_won: true, stage: 'Won' };
      const entered = '2026-11-10T00:00:00.000Z';
      await store.upsertRecords(
        connection,
        'opportunity',
        [
          anOpportunity('006A', { ...closed, closed_at: entered, stage_entered_at: now }),
          anOpportunity('006B', { ...closed, stage_entered_at: entered }),
          anOpportunity('006C'),
          anOpportunity('006D', closed),
        ],
        now,
      );
      const later = { modifiedAt: '2026-11-21T00:00:00.000Z' };
      await store.upsertRecords(
        connection,
        'opportunity',
        [anOpportunity('006C', closed, later)],
        now,
      );

      const rows = await query(
        `select id, to_char(closed_at at time zone 'UTC', 'DD') as day from opportunity order by id`,
      );
      expect(rows.map((row) => row['day'])).toEqual(['10', '10', '21', null]);
    }));
});
