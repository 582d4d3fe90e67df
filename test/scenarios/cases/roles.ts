/** Several partners on one deal, and what each of them is: cases 19 to 22 and 41. */
import type { Scenario } from '../scenario.ts';

const created = '2026-10-01T10:00Z';

export const roleCases: Scenario[] = [
  {
    case: 19,
    title: 'Reseller + referral on same deal: sourced credit 100 % to referral',
    given: {
      deal: {
        created,
        leadSource: 'Partner Referral',
        referredBy: 'Acme',
        partnerOfRecord: 'Delta',
      },
      touches: [
        { by: 'Acme', kind: 'Referral link', at: '2026-09-22T09:00Z' },
        { by: 'Delta', kind: 'Reseller', at: '2026-10-20T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        // A referral waits for its lock: nobody has confirmed it.
        status: 'Provisional',
        rule: 'R5',
        sentence:
          'Sourced by Acme: Referral link on 22 Sep 2026 09:00Z, 9 days before creation ' +
          '(1 Oct 2026 10:00Z).',
        sourcedBy: 'Acme',
        fields: { credit_percent: '100', credited_amount: '10000' },
        credits: ['Acme Sourcing 100', 'Delta Reseller 0'],
      },
    },
  },
  {
    case: 19,
    title: 'Reseller + referral are the same company: two roles, no double count',
    given: {
      deal: { created, partnerOfRecord: 'Delta' },
      touches: [
        { by: 'Delta', kind: 'Referral link', at: '2026-09-22T09:00Z' },
        { by: 'Delta', kind: 'Reseller', at: '2026-10-20T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Provisional',
        rule: 'R5',
        sentence:
          'Sourced by Delta: Referral link on 22 Sep 2026 09:00Z, 9 days before creation ' +
          '(1 Oct 2026 10:00Z).',
        sourcedBy: 'Delta',
        fields: { credit_percent: '100', credited_amount: '10000' },
        credits: ['Delta Sourcing 100', 'Delta Reseller 0'],
      },
    },
  },
  {
    case: 20,
    title: 'Distributor + reseller (two-tier): distributor Fulfilled',
    given: {
      deal: { created, partnerOfRecord: 'Delta' },
      touches: [
        { by: 'Delta', kind: 'Reseller', at: '2026-10-07T10:00Z' },
        { by: 'Elm', kind: 'Distributor', at: '2026-10-07T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Fulfilled',
        status: 'Confirmed',
        rule: 'R9',
        sentence:
          'Fulfilled by Elm: Distributor of 7 Oct 2026 09:00Z; the paper of a deal does not imply ' +
          'sourcing.',
        fields: { credit_percent: null, credited_amount: null },
        credits: ['Elm Distributor 0', 'Delta Reseller 0'],
      },
    },
  },
  {
    case: 20,
    title: 'Distributor + reseller entered at one instant: the sentence is the same everywhere',
    given: {
      deal: { created },
      touches: [
        { by: 'Elm', kind: 'Distributor', at: '2026-10-07T09:00Z' },
        { by: 'Delta', kind: 'Reseller', at: '2026-10-07T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Fulfilled',
        status: 'Confirmed',
        rule: 'R9',
        sentence:
          'Fulfilled by Delta: Reseller of 7 Oct 2026 09:00Z; the paper of a deal does not imply ' +
          'sourcing.',
      },
    },
  },
  {
    case: 21,
    title: 'Several influencers: one row each, deal counted once',
    given: {
      deal: { created: '2026-09-01T10:00Z' },
      touches: [
        { by: 'Acme', kind: 'Executive introduction', at: '2026-09-05T09:00Z' },
        { by: 'Delta', kind: 'Discovery', at: '2026-09-10T09:00Z' },
        { by: 'Birch', kind: 'Technical validation', at: '2026-09-20T09:00Z' },
        { by: 'Birch', kind: 'Reference', at: '2026-10-01T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Confirmed',
        rule: 'R7',
        sentence:
          'Influenced by Birch and 2 other partners: Reference on 1 Oct 2026 09:00Z, the last of ' +
          '4 qualifying touches, after creation (1 Sep 2026 10:00Z).',
        influencedBy: ['Acme', 'Birch', 'Delta'],
        fields: { credit_percent: null },
        credits: ['Acme Influencing 33.34', 'Birch Influencing 33.33', 'Delta Influencing 33.33'],
      },
    },
  },
  {
    case: 22,
    title: 'Split must sum to 100 %, per credit pool',
    given: {
      deal: { created },
      registrations: [
        {
          number: 'DR-22',
          by: 'Elm',
          state: 'Approved',
          submitted: '2026-09-22T08:00Z',
          decided: '2026-09-24T08:00Z',
          protectedUntil: '2026-12-23',
        },
      ],
      touches: [
        { by: 'Delta', kind: 'Discovery', at: '2026-10-07T09:00Z' },
        { by: 'Cedar', kind: 'Discovery', at: '2026-10-07T09:00Z' },
        { by: 'Birch', kind: 'Discovery', at: '2026-10-07T09:00Z' },
        { by: 'Elm', kind: 'Reference', at: '2026-10-08T09:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Elm: DR-22 submitted 22 Sep 2026 08:00Z, 9 days before creation ' +
          '(1 Oct 2026 10:00Z); approved 24 Sep 2026 08:00Z, protected until 23 Dec 2026.',
        sourcedBy: 'Elm',
        influencedBy: ['Birch', 'Cedar', 'Delta'],
        credits: [
          'Elm Sourcing 100',
          'Birch Influencing 33.34',
          'Cedar Influencing 33.33',
          'Delta Influencing 33.33',
        ],
      },
    },
  },
  {
    case: 41,
    title: 'Marketplace purchase: Fulfilled; not sourced',
    given: {
      deal: { created, stages: [['Closed Won', '2026-11-25T10:00Z']] },
      touches: [{ by: 'Cedar', kind: 'Marketplace purchase', at: '2026-11-24T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Fulfilled',
        status: 'Confirmed',
        rule: 'R9',
        sentence:
          'Fulfilled by Cedar: Marketplace purchase of 24 Nov 2026 09:00Z; the paper of a deal ' +
          'does not imply sourcing.',
      },
    },
  },
];
