/** What the store takes a second; printed, not asserted: the machine is shared with other tests. */
import { expect, test } from '@jest/globals';
import { aBatch, aDecision, anOpportunity, connection, now, unread } from '../support/records.ts';
import { onEachStore } from '../support/store.ts';

const pages = 5;
const pageSize = 2_000;

onEachStore((withStore, kind) => {
  test('pages first read, pages read again, and decisions a second', () =>
    withStore(async ({ store }) => {
      const page = (n: number) =>
        Array.from({ length: pageSize }, (_, i) =>
          anOpportunity(`006${String(n * pageSize + i).padStart(12, '0')}AAA`, {
            account: '0015g00000AbCdEAAV',
            owner: '0055g00000AbCdEAAV',
            lead_source: 'Partner referral',
            type: 'New Business',
            stage_entered_at: '2026-10-01T00:00:00.000Z',
            attribution_reason: 'Direct: no partner took part. Rule R11.',
          }),
        );
      const rate = async (work: (n: number) => Promise<unknown>) => {
        const started = performance.now();
        for (let n = 0; n < pages; n += 1) {
          await work(n);
        }
        return Math.round((pages * pageSize * 1000) / (performance.now() - started));
      };
      let expected = unread;
      const commit = async (n: number) => {
        const next = { ...unread, resume: String(n) };
        const object = 'opportunity' as const;
        const records = page(n);
        await store.commitPage({
          connection,
          object,
          source: object,
          records,
          expected,
          next,
          now,
        });
        expected = next;
      };
      const ids = (n: number) => page(n).map((record) => record.id);

      const first = await rate(commit);
      const again = await rate(commit);
      const decided = await rate((n) =>
        store.saveDecided(aBatch(ids(n).map((id) => aDecision(id)))),
      );

      console.info(
        `${kind}: ${first} opportunities/s stored, ${again}/s read again, ${decided} decisions/s`,
      );
      expect((await store.mirrorCounts(connection)).opportunity).toBe(pages * pageSize);
    }));
});
