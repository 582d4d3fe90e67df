/** Disputes, edits left alone and holds, as a person reads them. */
import { expect, test } from '@jest/globals';
import { explainPage } from '../../server/explain-page.ts';
import { explainView } from '../../server/explain-view.ts';
import { id, smallCompany } from '../support/small-company.ts';
import { connection, type World, withWorld } from '../support/world.ts';
import { edit, sync, undo } from './edits.ts';

const deal = id.opportunity(1);
const company = smallCompany({
  opportunities: [{ n: 1, created: 60, inStage: 10 }],
  registrations: [{ n: 1, partner: 1, opportunity: 1 }],
});

async function view(world: World) {
  const found = (await world.store.explain(connection, deal))!;
  const row = (await world.store.connection(connection))!;
  const links = { crm: () => null, page: () => 'http://here/explain' };
  return explainView(found, row, links as unknown as Parameters<typeof explainView>[2]);
}

test('an edit put back, then the dispute, are seen on the page and in explain', () =>
  withWorld(company, async (world) => {
    await world.begin();
    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    await sync(world);
    expect((await view(world)).owners).toMatchObject([
      { key: 'partner_sourced', state: 'put back' },
    ]);

    edit(world, 'Opportunity', deal, { Partner_Sourced__c: false });
    await sync(world);
    const seen = await view(world);
    expect(seen.owners).toMatchObject([{ key: 'partner_sourced', state: 'disputed' }]);
    expect(seen.fields.find(({ key }) => key === 'partner_sourced')).toMatchObject({
      state: 'disputed',
      decided: true,
      inCrm: false,
    });
    expect(String(await explainPage(seen))).toContain('Disputed: a person set No, decided is Yes');
  }));

test('what an undo holds back is named with the way to release it', () =>
  withWorld(company, async (world) => {
    await world.begin();
    const [apply] = (await world.store.runs(connection, 9)).filter((r) => r.kind === 'apply');
    await undo(world, apply!.id, { field: 'partner_sourced' });
    const seen = await view(world);
    expect(seen.fields.find(({ key }) => key === 'partner_sourced')).toMatchObject({
      state: 'held',
    });
    expect(seen.owners[0]!.sentence).toContain(`partner-sync undo ${apply!.id} --release`);
  }));
