/** PartnerStack on both CRMs: deals count for the partner whose key they hold, whenever it came. */
import { describe, expect, test } from '@jest/globals';
import { crms, type Keys } from './keyed.ts';

const direct = (why = '') =>
  `Direct: no registration, referral, touch or role of a partner counts${why}. Rule R11.`;
const referred = (partner: string) => ({
  type: 'Sourced',
  partner,
  rule: 'R5',
  reason: expect.stringMatching(
    `^Sourced by ${partner}: referral link on the opportunity created \\d`,
  ),
  evidence: [],
});
const nobody = (key: string) => ({
  type: 'Direct',
  partner: null,
  rule: 'R11',
  reason: direct(` (no partner has the key "${key}")`),
  evidence: [
    expect.stringMatching(`^It names a partner by \\w+ "${key}", which no partner has\\.$`),
  ],
});

const keys: Keys = {
  partners: ['northgate', 'shared', 'Shared'],
  deals: ['northgate', '  NorthGate ', 'shared', 'late', null],
};

describe.each(crms)('%s', (_crm, inCrm) => {
  test('a key names the partner that holds it, whatever its case; none and several name nobody', async () => {
    await inCrm(keys, async (world) => {
      await world.begin();

      expect(await world.shown(1)).toEqual(referred('Northgate Consulting'));
      expect(await world.shown(2)).toEqual(referred('Northgate Consulting'));
      expect(await world.shown(3)).toMatchObject({
        type: 'Direct',
        partner: null,
        reason: direct(' (2 partners have the key "shared")'),
        evidence: [
          expect.stringMatching(
            /^It names a partner by \w+ "shared", which 2 partners have \(Southgate Systems and Westgate Partners\): it names none of them until one alone has it\.$/,
          ),
        ],
      });
      expect(await world.shown(4)).toEqual(nobody('late'));
      expect(await world.shown(5)).toMatchObject({ reason: direct(), evidence: [] });
    });
  });

  test('keys of nobody and of several are listed by validate, and counted by the run that met them', async () => {
    await inCrm({ ...keys, deals: [...keys.deals, 'SHARED'] }, async (world) => {
      await world.begin();

      const { problems, notes } = await world.validated();
      expect(problems).toEqual([]);
      expect(notes).toEqual([
        expect.stringMatching(
          /partnerstack\.yaml:\d+:\d+ read\.opportunity\.fields\.referral_partner\.names_partner_by: "shared" \(2 records\) is held by 2 partners \(Southgate Systems and Westgate Partners\): it names none of them\.$/,
        ),
        expect.stringMatching(/: no partner holds "late" \(1 record\): they name no partner\.$/),
      ]);
      expect(await world.messages()).toEqual([
        '2 opportunities have a partner key that several partners have ("partner-sync validate --online" lists them); 1 opportunity has a partner key that no partner has.',
      ]);

      world.setPartnerKey('Westgate Partners', 'late');
      await world.sync();
      expect((await world.validated()).notes).toEqual([]);
    });
  });

  test('keys of partners that change, come late or go decide the deals again that name them', async () => {
    await inCrm(keys, async (world) => {
      await world.begin();

      await world.sync();
      const idleReads = world.reads();

      world.setPartnerKey('Westgate Partners', 'westgate');
      world.addPartner('Lakeside Advisors', 'late');
      await world.sync();
      expect(world.reads()).toEqual(idleReads); // Who is meant is no question to the CRM.
      expect(await world.shown(3)).toEqual(referred('Southgate Systems'));
      expect(await world.shown(4)).toEqual(referred('Lakeside Advisors'));

      world.setPartnerKey('Lakeside Advisors', 'northgate');
      await world.sync();
      expect(await world.shown(1)).toMatchObject({
        type: 'Direct',
        reason: direct(' (2 partners have the key "northgate")'),
      });
      expect(await world.shown(4)).toEqual(nobody('late'));

      world.setPartnerKey('Northgate Consulting', null);
      await world.sync();
      expect(await world.shown(1)).toEqual(referred('Lakeside Advisors'));
      expect(await world.shown(2)).toEqual(referred('Lakeside Advisors'));
    });
  });

  test('a deal whose own key changes names another partner, and none without one', async () => {
    await inCrm(keys, async (world) => {
      await world.begin();

      world.setDealKey(5, 'northgate');
      world.setDealKey(1, null);
      await world.sync();

      expect(await world.shown(5)).toEqual(referred('Northgate Consulting'));
      expect(await world.shown(1)).toMatchObject({ type: 'Direct', reason: direct() });
    });
  });

  test('a merged partner is named by its old key, a deleted one waits for a review', async () => {
    await inCrm({ ...keys, partners: ['northgate', 'shared', 'late'] }, async (world) => {
      await world.begin();
      expect(await world.shown(4)).toEqual(referred('Westgate Partners'));

      world.merge('Westgate Partners', 'Southgate Systems');
      world.removePartner('Northgate Consulting');
      await world.sync();

      expect(await world.shown(4)).toEqual(referred('Southgate Systems'));
      expect(await world.shown(1)).toMatchObject({ type: 'Pending Review', rule: 'R6' });
    });
  });
});
