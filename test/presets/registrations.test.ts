/** Presets of platforms whose records are deal registrations, as leads or as objects of their own. */
import { expect, test } from '@jest/globals';
import type { DatasetRow } from '../../sandbox/dataset.ts';
import { makeId } from '../../sandbox/salesforce/ids.ts';
import { id } from '../support/small-company.ts';
import { minute, type World } from '../support/world.ts';
import {
  ago,
  attribution,
  date,
  dateAgo,
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

const leadId = (n: number) => makeId('00Q', 1_000_000 + n);
const recordTypeId = makeId('012', 1_000_001);
const lead = (n: number) => ({
  Id: leadId(n),
  LastName: `Buyer ${n}`,
  Company: 'Pinewood Foods',
  OwnerId: id.user(1),
});

const partnerCloud: Platform = {
  presets: ['salesforce-partner-cloud'],
  without: ['Deal_Registration__c'],
  company: { opportunities: [{ n: 1, created: 40 }, { n: 2 }] },
  objects: [
    {
      name: 'RecordType',
      fields: [],
      rows: [
        {
          Id: recordTypeId,
          Name: 'Deal Registration',
          DeveloperName: 'Deal_Registration',
          SobjectType: 'Lead',
          IsActive: true,
        },
      ],
    },
    {
      name: 'Lead',
      fields: [lookup('RecordTypeId', 'RecordType'), date('Registration_Expiration_Date__c')],
      rows: [
        {
          ...lead(1),
          RecordTypeId: recordTypeId,
          Status: 'Working - Contacted',
          PartnerAccountId: id.account(1),
          Registration_Expiration_Date__c: dateAgo(-30),
          ...stamps(50),
        },
        { ...lead(2), Status: 'Open - Not Contacted', ...stamps(50) },
      ],
    },
  ],
};

/** What a conversion does to the lead; the API itself may not write these fields. */
function convert(world: World, values: DatasetRow): void {
  const now = new Date(Date.now() + minute).toISOString();
  const row = {
    ...partnerCloud.objects[1]!.rows![0]!,
    ...values,
    LastModifiedDate: now,
    SystemModstamp: now,
  };
  const leads = { name: 'Lead', label: 'Lead', fields: [], rows: [row] };
  world.org.load({ today: now.slice(0, 10), objects: [leads] });
}

test('Partner Cloud: a registration is one record before and after its lead is converted', async () => {
  await withPlatform(partnerCloud, async (world) => {
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    expect(await mirrored(world, 'registration', [leadId(1), leadId(2)])).toEqual({
      [leadId(1)]: expect.objectContaining({
        partner: id.account(1),
        opportunity: null,
        status: 'in_review',
        protected_until: dateAgo(-30),
      }),
    });
    expect(attribution(world, 1)).toMatchObject({ type: 'Direct' });

    convert(world, {
      IsConverted: true,
      Status: 'Closed - Converted',
      ConvertedDate: dateAgo(0),
      ConvertedAccountId: id.account(10),
      ConvertedOpportunityId: id.opportunity(1),
    });
    world.advance(10 * minute);
    const synced = await world.job('sync');

    expect(synced.failure).toBeNull();
    expect(await mirrored(world, 'registration', [leadId(1)])).toEqual({
      [leadId(1)]: expect.objectContaining({
        opportunity: id.opportunity(1),
        customer: id.account(10),
        status: 'converted',
        submitted_at: expect.stringContaining(ago(50).slice(0, 16)),
      }),
    });
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(1),
      rule: 'R3',
    });
    expect(attribution(world, 2)).toMatchObject({ type: 'Direct' });
  });
});

test('Impartner: its registrations are approved, denied or waiting as our own would be', async () => {
  const row = (n: number, status: string, submitted: number) => ({
    Id: platformId('I', n),
    Name: `IR-${n}`,
    ImpartnerPRM__PartnerAccount__c: id.account(2),
    ImpartnerPRM__Opportunity__c: id.opportunity(n),
    ImpartnerPRM__Status__c: status,
    ImpartnerPRM__SubmittedDate__c: ago(submitted),
    ImpartnerPRM__ApprovalDate__c: ago(submitted - 2),
    ImpartnerPRM__ExpirationDate__c: dateAgo(submitted - 90),
    ...stamps(submitted),
  });
  const platform: Platform = {
    presets: ['impartner'],
    without: ['Deal_Registration__c'],
    company: { opportunities: [1, 2, 3].map((n) => ({ n })) },
    objects: [
      {
        name: 'ImpartnerPRM__Deal_Registration__c',
        fields: [
          lookup('ImpartnerPRM__PartnerAccount__c', 'Account'),
          lookup('ImpartnerPRM__Opportunity__c', 'Opportunity'),
          picklist('ImpartnerPRM__Status__c', ['Submitted', 'Approved', 'Denied', 'Expired']),
          moment('ImpartnerPRM__SubmittedDate__c'),
          moment('ImpartnerPRM__ApprovalDate__c'),
          date('ImpartnerPRM__ExpirationDate__c'),
        ],
        rows: [row(1, 'Approved', 80), row(2, 'Denied', 80), row(3, 'Submitted', 80)],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    expect(await mirrored(world, 'registration', [platformId('I', 1)])).toEqual({
      [platformId('I', 1)]: expect.objectContaining({
        name: 'IR-1',
        partner: id.account(2),
        opportunity: id.opportunity(1),
        status: 'approved',
        protected_until: dateAgo(-10),
      }),
    });
    expect(attribution(world, 1)).toMatchObject({ type: 'Sourced', rule: 'R3' });
    expect(attribution(world, 1).reason).toContain('IR-1');
    expect(attribution(world, 2)).toMatchObject({ type: 'Direct' });
    expect(attribution(world, 3)).toMatchObject({ type: 'Pending Review', rule: 'R6' });
  });
});

test('Impartner: a status the table does not list is named before a record is left aside', async () => {
  const platform: Platform = {
    presets: ['impartner'],
    without: ['Deal_Registration__c'],
    objects: [
      {
        name: 'ImpartnerPRM__Deal_Registration__c',
        fields: [
          lookup('ImpartnerPRM__PartnerAccount__c', 'Account'),
          lookup('ImpartnerPRM__Opportunity__c', 'Opportunity'),
          picklist('ImpartnerPRM__Status__c', ['Submitted', 'On the desk']),
          moment('ImpartnerPRM__SubmittedDate__c'),
        ],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    const { problems } = await validated(world);

    expect(problems.filter((line) => line.includes('Impartner'))).toEqual([
      expect.stringMatching(/impartner\.yaml:\d+:\d+ .*does not list: "On the desk"/),
    ]);
  });
});

test('Allbound: accounts with a status are partners, and their deals are leads with an id', async () => {
  const platform: Platform = {
    presets: ['allbound'],
    without: ['Deal_Registration__c'],
    company: { opportunities: [{ n: 1, created: 40 }] },
    objects: [
      {
        name: 'Account',
        fields: [
          picklist('Allbound_Status__c', ['Active', 'Inactive', 'Pending']),
          text('Allbound_ID__c'),
        ],
        rows: [
          {
            Id: id.account(20),
            Name: 'Eastgate Networks',
            Type: 'Customer',
            OwnerId: id.user(1),
            Allbound_Status__c: 'Active',
            Allbound_ID__c: '4711',
            ...stamps(500),
          },
        ],
      },
      {
        name: 'Lead',
        fields: [
          text('Allbound_ID__c'),
          picklist('Allbound_Status__c', ['New', 'Approved', 'Rejected']),
          lookup('Allbound_Partner__c', 'Account'),
          date('Allbound_Expiration_Date__c'),
        ],
        rows: [
          {
            ...lead(1),
            Status: 'Closed - Converted',
            IsConverted: true,
            ConvertedOpportunityId: id.opportunity(1),
            ConvertedAccountId: id.account(10),
            Allbound_ID__c: '900',
            Allbound_Status__c: 'Approved',
            Allbound_Partner__c: id.account(20),
            Allbound_Expiration_Date__c: dateAgo(-40),
            ...stamps(50),
          },
        ],
      },
    ],
  };
  await withPlatform(platform, async (world) => {
    await world.begin();

    expect(await validated(world)).toMatchObject({ problems: [], notes: [] });
    expect(await mirrored(world, 'partner', [id.account(1), id.account(20)])).toEqual({
      [id.account(20)]: expect.objectContaining({ status: 'Active', external_id: '4711' }),
    });
    expect(await mirrored(world, 'registration', [leadId(1)])).toEqual({
      [leadId(1)]: expect.objectContaining({ partner: id.account(20), status: 'approved' }),
    });
    expect(attribution(world, 1)).toMatchObject({
      type: 'Sourced',
      partner: id.account(20),
      rule: 'R3',
    });
  });
});
