/** Several partners register the same customer: cases 5 to 8. */
import type { Scenario } from '../scenario.ts';

/** Submitted 1 Oct, approved 3 Oct, protected for 90 days. */
const firstClaim = {
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
/** A day later in everything. */
const secondClaim = {
  submitted: '2026-10-02T08:00Z',
  decided: '2026-10-04T08:00Z',
  protectedUntil: '2027-01-02',
} as const;
const created = '2026-10-10T10:00Z';

export const rivalCases: Scenario[] = [
  {
    case: 5,
    title: 'Two partners, same account, same scope: the first wins, the second is rejected',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-5A', by: 'Acme', state: 'Approved', ...firstClaim },
        {
          number: 'DR-5B',
          by: 'Birch',
          state: 'Rejected',
          submitted: secondClaim.submitted,
          decided: secondClaim.decided,
          reason: 'DUPLICATE_PARTNER',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-5A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: false, channel_conflict_with: null },
      },
    },
  },
  {
    case: 5,
    title: 'Two partners, same account, same scope: the second took part and is Influenced',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-5C', by: 'Acme', state: 'Approved', ...firstClaim },
        {
          number: 'DR-5D',
          by: 'Birch',
          state: 'Rejected',
          submitted: secondClaim.submitted,
          decided: secondClaim.decided,
          reason: 'DUPLICATE_PARTNER',
        },
      ],
      touches: [{ by: 'Birch', kind: 'Technical validation', at: '2026-10-20T09:00Z' }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-5C submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        influencedBy: ['Birch'],
        credits: ['Acme Sourcing 100', 'Birch Influencing 100'],
      },
    },
  },
  {
    case: 6,
    title: 'Two partners, same account, different scope/region: the first scope',
    given: {
      deal: { created, customer: 'Trent Valley College', product: 'Ledger' },
      registrations: [{ number: 'DR-6A', by: 'Acme', state: 'Approved', ...firstClaim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-6A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: false },
      },
    },
  },
  {
    case: 6,
    title: 'Two partners, same account, different scope/region: the second scope',
    given: {
      deal: { created, customer: 'Trent Valley College', product: 'Fieldwork' },
      registrations: [{ number: 'DR-6B', by: 'Birch', state: 'Approved', ...secondClaim }],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Birch: DR-6B submitted 2 Oct 2026 08:00Z, 8 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 4 Oct 2026 08:00Z, protected until 2 Jan 2027.',
        sourcedBy: 'Birch',
        fields: { channel_conflict: false },
      },
    },
  },
  {
    case: 7,
    title: 'Two partners within 60 seconds: manual review, and a neutral person ends it',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-7A', by: 'Birch', state: 'Approved', ...firstClaim },
        {
          number: 'DR-7B',
          by: 'Acme',
          state: 'Approved',
          ...firstClaim,
          submitted: '2026-10-01T08:00:20Z',
        },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R3',
        sentence:
          'Pending Review: DR-7A by Birch and DR-7B by Acme were submitted 20 seconds apart ' +
          '(1 Oct 2026 08:00Z); a person must decide.',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-7B (Acme)' },
        credits: [],
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-7B',
            set: { confirmed: '2026-11-30T08:00:00.000Z' },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Acme: DR-7B submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
            sourcedBy: 'Acme',
            fields: { channel_conflict: true, channel_conflict_with: 'DR-7A (Birch)' },
          },
        },
      },
    ],
  },
  {
    case: 7,
    title: 'Two partners within the same import batch: named in the order of their numbers',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-7D', by: 'Acme', state: 'Approved', ...firstClaim },
        { number: 'DR-7C', by: 'Birch', state: 'Approved', ...firstClaim },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R3',
        sentence:
          'Pending Review: DR-7C by Birch and DR-7D by Acme were submitted 0 seconds apart ' +
          '(1 Oct 2026 08:00Z); a person must decide.',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-7D (Acme)' },
      },
    },
  },
  {
    case: 8,
    title: 'Customer states in writing it wants another partner',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-8A', by: 'Acme', state: 'Approved', ...firstClaim },
        { number: 'DR-8B', by: 'Birch', state: 'Approved', ...secondClaim },
      ],
    },
    shows: {
      attribution: {
        type: 'Sourced',
        status: 'Confirmed',
        rule: 'R3',
        sentence:
          'Sourced by Acme: DR-8A submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
        sourcedBy: 'Acme',
        fields: { channel_conflict: true, channel_conflict_with: 'DR-8B (Birch)' },
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          {
            edit: 'registration',
            number: 'DR-8A',
            set: { state: 'Revoked', reason: 'CUSTOMER_PREFERS_OTHER' },
          },
        ],
        shows: {
          attribution: {
            type: 'Sourced',
            status: 'Confirmed',
            rule: 'R3',
            sentence:
              'Sourced by Birch: DR-8B submitted 2 Oct 2026 08:00Z, 8 days before creation ' +
              '(10 Oct 2026 10:00Z); approved 4 Oct 2026 08:00Z, protected until 2 Jan 2027.',
            sourcedBy: 'Birch',
            fields: { channel_conflict: false, channel_conflict_with: null },
            credits: ['Birch Sourcing 100'],
          },
        },
      },
    ],
  },
];
