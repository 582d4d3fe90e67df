/** Renewals and clones: case 14. */
import type { Scenario } from '../scenario.ts';

const direct = 'Direct: no registration, referral, touch or role of a partner counts';

export const renewalCases: Scenario[] = [
  {
    case: 14,
    title: 'The contract that is renewed',
    given: {
      deal: {
        created: '2025-10-10T10:00Z',
        stages: [['Closed Won', '2025-11-20T10:00Z']],
        customer: 'Glenwood Mutual',
        partnerOfRecord: 'Delta',
      },
      registrations: [
        {
          number: 'DR-14',
          by: 'Delta',
          state: 'Won',
          submitted: '2025-10-01T08:00Z',
          decided: '2025-10-03T08:00Z',
          protectedUntil: '2026-01-01',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Locked',
        rule: 'R3',
        sentence:
          'Sourced by Delta: DR-14 submitted 1 Oct 2025 08:00Z, 9 days before creation ' +
          '(10 Oct 2025 10:00Z); approved 3 Oct 2025 08:00Z, protected until 1 Jan 2026.',
        sourcedBy: 'Delta',
      },
    },
  },
  {
    case: 14,
    title: 'Renewal auto-created: partner of record keeps renewal credit, not Sourced',
    given: {
      deal: {
        created: '2026-10-10T10:00Z',
        customer: 'Glenwood Mutual',
        type: 'Renewal',
        from: 'The contract that is renewed',
        partnerOfRecord: 'Delta',
        // Copied from its parent, as renewals are made: they source nothing.
        leadSource: 'Partner Referral',
        referredBy: 'Delta',
      },
    },
    before: [
      {
        edit: 'opportunity',
        set: { partner_sourced: true, attribution_type: 'Sourced', sourcing_partner: 'Delta' },
      },
    ],
    shows: {
      attribution: {
        type: 'Fulfilled',
        status: 'Confirmed',
        rule: 'R9',
        sentence: 'Fulfilled by Delta: partner of record of this renewal.',
        credits: ['Delta Reseller 0'],
      },
    },
  },
  {
    case: 14,
    title: 'Opp cloned: copied engine fields are stripped',
    given: {
      deal: {
        created: '2026-10-10T10:00Z',
        customer: 'Glenwood Mutual',
        from: 'The contract that is renewed',
      },
    },
    before: [
      {
        edit: 'opportunity',
        set: {
          partner_sourced: true,
          attribution_type: 'Sourced',
          attribution_status: 'Locked',
          sourcing_partner: 'Delta',
          attribution_reason: 'Sourced by Delta: as copied from the contract.',
        },
      },
    ],
    shows: {
      attribution: {
        type: 'Direct',
        status: 'Confirmed',
        rule: 'R11',
        sentence: `${direct}.`,
      },
    },
  },
];
