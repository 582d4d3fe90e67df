/** Presets of platforms whose records are touches: read in canonical form, and counted as decided. */
import { expect, test } from '@jest/globals';
import { id } from '../support/small-company.ts';
import type { World } from '../support/world.ts';
import {
  ago,
  attribution,
  lookup,
  mirrored,
  moment,
  type Platform,
  picklist,
  platformId,
  stamps,
  text,
  validated,
  withPlatform,
} from './platform.ts';

const partnerAndDeal = [
  lookup('Partner_Account__c', 'Account'),
  lookup('Opportunity__c', 'Opportunity'),
];

const overlaps = {
  name: 'Crossbeam_Ecosystem_Overlap__c',
  fields: partnerAndDeal,
  rows: [
    {
      Id: platformId('O', 1),
      Partner_Account__c: id.account(3),
      Opportunity__c: id.opportunity(3),
      ...stamps(20),
    },
    { Id: platformId('O', 2), Partner_Account__c: id.account(3), ...stamps(20) },
  ],
};
const crossbeam: Platform = {
  presets: ['crossbeam'],
  touches: { 'Crossbeam sourced': 'referral', 'Crossbeam influenced': 'qualifying' },
  company: { opportunities: [{ n: 1 }, { n: 2 }, { n: 3 }] },
  objects: [
    {
      name: 'Crossbeam_Partner_Attribution__c',
      fields: [...partnerAndDeal, picklist('Attribution_Type__c', ['Sourced', 'Influenced'])],
      rows: [
        {
          Id: platformId('C', 1),
          Partner_Account__c: id.account(1),
          Opportunity__c: id.opportunity(1),
          Attribution_Type__c: 'Sourced',
          ...stamps(70),
        },
        {
          Id: platformId('C', 2),
          Partner_Account__c: id.account(2),
          Opportunity__c: id.opportunity(2),
          Attribution_Type__c: 'Influenced',
          ...stamps(10),
        },
      ],
    },
    overlaps,
  ],
};

test('Crossbeam: an attribution counts as its type says, an overlap only asks for a review', async () => {
  await withPlatform(crossbeam, async (world) => {
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    const ids = [platformId('C', 1), platformId('O', 1), platformId('O', 2)];
    const touches = await mirrored(world, 'touch', ids);
    expect(touches).toEqual({
      [platformId('C', 1)]: {
        partner: id.account(1),
        opportunity: id.opportunity(1),
        kind: 'Crossbeam sourced',
        at: expect.stringMatching(/Z$/),
      },
      [platformId('O', 1)]: expect.objectContaining({
        partner: id.account(3),
        kind: 'Account overlap',
      }),
    });
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(1),
      rule: 'R5',
    });
    expect(attribution(world, 2)).toMatchObject({ type: 'Influenced', rule: 'R7' });
    expect(attribution(world, 3)).toMatchObject({ type: 'Pending Review', rule: 'R10' });
  });
});

test('a platform object that is not there is one clear line, an optional one only a note', async () => {
  await withPlatform(
    { ...crossbeam, objects: [], without: ['Partner_Touch__c'] },
    async (world) => {
      const { problems, notes } = await validated(world);

      const ours = problems.filter((line) => line.includes('Crossbeam'));
      expect(ours).toEqual([
        expect.stringMatching(
          /presets\/crossbeam\.yaml:\d+:\d+ read\.touch\.1\.object: the CRM has no object "Crossbeam_Partner_Attribution__c", or our user may not see it: touch records cannot be read\./,
        ),
      ]);
      expect(notes).toEqual([
        expect.stringContaining('"Crossbeam_Ecosystem_Overlap__c"'),
        expect.stringContaining(
          'no object "Partner_Touch__c", or our user may not see it: it is optional',
        ),
      ]);
    },
  );
});

test('an org without an optional object is synced and reconciled without it', async () => {
  const [attributions] = crossbeam.objects;
  const platform = { ...crossbeam, objects: [attributions!], without: ['Partner_Touch__c'] };
  await withPlatform(platform, async (world) => {
    await world.begin();
    const reconciled = await world.job('reconcile');

    expect(reconciled.failure).toBeNull();
    expect(attribution(world, 1)).toMatchObject({ type: 'Sourced', rule: 'R5' });
    expect(attribution(world, 3)).toMatchObject({ type: 'Direct' });
  });
});

/** Presets of vendors find the one account that is the vendor by its name. */
function rename(world: World, account: string, Name: string): void {
  world.org.update('Account', [{ Id: account, Name }], world.org.admin);
}

const aceRow = (n: number, opportunity: number, origin: string, review: string) => ({
  Id: platformId('E', n),
  awsapn__Opportunity__c: id.opportunity(opportunity),
  awsapn__Origin__c: origin,
  awsapn__Review_Status__c: review,
  awsapn__Stage__c: 'Qualified',
  ...stamps(30),
});

test('AWS ACE: an approved AWS referral is Sourced, a purchase is Fulfilled, never Sourced', async () => {
  const reviews = ['Pending Submission', 'Submitted', 'In review', 'Approved', 'Rejected'];
  const link = [lookup('awsapn__Opportunity__c', 'Opportunity')];
  const platform: Platform = {
    presets: ['aws-ace'],
    touches: { 'AWS co-sell': 'qualifying' },
    company: { opportunities: [1, 2, 3, 4].map((n) => ({ n })) },
    objects: [
      {
        name: 'awsapn__ACE_Opportunity__c',
        fields: [
          ...link,
          picklist('awsapn__Origin__c', ['AWS Referral', 'Partner Referral']),
          picklist('awsapn__Review_Status__c', reviews),
          picklist('awsapn__Stage__c', ['Prospect', 'Qualified', 'Committed', 'Launched']),
        ],
        rows: [
          aceRow(1, 1, 'AWS Referral', 'Approved'),
          aceRow(2, 2, 'Partner Referral', 'Approved'),
          aceRow(3, 3, 'AWS Referral', 'In review'),
        ],
      },
      {
        name: 'awsapn__Marketplace_Agreement__c',
        fields: [...link, moment('awsapn__Acceptance_Date__c')],
        rows: [
          {
            Id: platformId('M', 1),
            awsapn__Opportunity__c: id.opportunity(4),
            awsapn__Acceptance_Date__c: ago(3),
            ...stamps(3),
          },
        ],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    rename(world, id.account(2), 'Amazon Web Services');
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    const touches = await mirrored(world, 'touch', [
      platformId('E', 1),
      platformId('E', 3),
      platformId('M', 1),
    ]);
    expect(Object.keys(touches)).toEqual([platformId('E', 1), platformId('M', 1)]);
    expect(touches[platformId('E', 1)]).toMatchObject({ kind: 'AWS partner referral' });
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(2),
      rule: 'R4',
    });
    expect(attribution(world, 2)).toMatchObject({ type: 'Influenced', partner: null, rule: 'R7' });
    expect(attribution(world, 3)).toMatchObject({ type: 'Direct' });
    expect(attribution(world, 4)).toMatchObject({ type: 'Fulfilled', partner: null, rule: 'R9' });
  });
});

test('Microsoft: a partner-led referral is Sourced, a co-sell Influenced, a private deal nothing', async () => {
  const row = (n: number, type: string, accepted: string | null) => ({
    Id: platformId('P', n),
    Opportunity__c: id.opportunity(n),
    Deal_Type__c: type,
    Accepted_At__c: accepted,
    ...stamps(20),
  });
  const platform: Platform = {
    presets: ['microsoft-partner-center'],
    touches: { 'Microsoft co-sell': 'qualifying' },
    company: { opportunities: [1, 2, 3, 4].map((n) => ({ n })) },
    objects: [
      {
        name: 'Partner_Center_Referral__c',
        fields: [
          lookup('Opportunity__c', 'Opportunity'),
          picklist('Deal_Type__c', ['Private', 'Partner-led', 'Co-sell']),
          moment('Accepted_At__c'),
        ],
        rows: [
          row(1, 'Partner-led', ago(20)),
          row(2, 'Co-sell', ago(20)),
          row(3, 'Private', ago(20)),
          row(4, 'Partner-led', null),
        ],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    rename(world, id.account(3), 'Microsoft');
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    const touches = await mirrored(
      world,
      'touch',
      [1, 2, 3, 4].map((n) => platformId('P', n)),
    );
    expect(Object.keys(touches)).toEqual([platformId('P', 1), platformId('P', 2)]);
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(3),
      rule: 'R4',
    });
    expect(attribution(world, 2)).toMatchObject({ type: 'Influenced', rule: 'R7' });
    expect(attribution(world, 3)).toMatchObject({ type: 'Direct' });
    expect(attribution(world, 4)).toMatchObject({ type: 'Direct' });
  });
});

const leadRow = (n: number, key: string | null, opportunity: number | null) => ({
  Id: platformId('L', n),
  gs_partner_key__c: key,
  ConvertedOpportunityId: opportunity === null ? null : id.opportunity(opportunity),
  ...stamps(62),
});

test('PartnerStack: the key of a converted lead refers its opportunity (see partnerstack.test.ts)', async () => {
  const platform: Platform = {
    presets: ['partnerstack'],
    company: { opportunities: [{ n: 1 }, { n: 2 }] },
    objects: [
      { name: 'Opportunity', fields: [text('gs_partner_key__c')] },
      { name: 'Account', fields: [text('gs_partner_key__c')] },
      {
        name: 'Lead',
        fields: [text('gs_partner_key__c'), lookup('ConvertedOpportunityId', 'Opportunity')],
        rows: [leadRow(1, 'northgate', 1), leadRow(2, 'northgate', null), leadRow(3, null, 2)],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    // The sandbox's own mapping has a referral partner too: the preset's is what is tested here.
    world.edit('sandbox-salesforce.yaml', '      referral_partner:', '      # referral_partner:');
    const named = { Id: id.account(1), gs_partner_key__c: 'northgate' };
    world.org.update('Account', [named], world.org.admin);
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    const touches = await mirrored(
      world,
      'touch',
      [1, 2, 3].map((n) => platformId('L', n)),
    );
    expect(Object.keys(touches)).toEqual([platformId('L', 1)]);
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(1),
      rule: 'R5',
    });
    expect(attribution(world, 2)).toMatchObject({ type: 'Direct' });
  });
});
