/** CRMs that say something new, or no: cases 45 to 47. */
import type { Scenario } from '../scenario.ts';

const created = '2026-10-10T10:00Z';
const claim = {
  by: 'Acme',
  state: 'Approved',
  submitted: '2026-10-01T08:00Z',
  decided: '2026-10-03T08:00Z',
  protectedUntil: '2027-01-01',
} as const;
const sourced = (number: string) => ({
  type: 'Sourced' as const,
  status: 'Confirmed' as const,
  rule: 'R3',
  sentence:
    `Sourced by Acme: ${number} submitted 1 Oct 2026 08:00Z, 9 days before creation ` +
    '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
  sourcedBy: 'Acme' as const,
});

export const recordCases: Scenario[] = [
  {
    case: 45,
    title: 'New picklist value: record quarantined with clear message, others continue',
    given: { deal: { created }, registrations: [{ number: 'DR-45', ...claim }] },
    shows: { attribution: sourced('DR-45'), quarantine: null },
    later: [
      {
        on: 'monday',
        change: [
          { option: 'Parked' },
          { edit: 'registration', number: 'DR-45', set: { state: 'Parked' } },
        ],
        shows: {
          attribution: sourced('DR-45'),
          quarantine: {
            salesforce: 'Status__c of Deal_Registration__c holds "Parked", which the mapping does',
            hubspot: 'status of deal_registration holds "Parked", which the mapping does',
          },
        },
      },
      {
        on: 'tuesday',
        change: [{ edit: 'registration', number: 'DR-45', set: { state: 'Withdrawn' } }],
        shows: {
          attribution: {
            type: 'Direct',
            status: 'Confirmed',
            rule: 'R11',
            sentence: 'Direct: no registration, referral, touch or role of a partner counts.',
          },
          quarantine: null,
        },
      },
    ],
  },
  {
    case: 46,
    title: 'Required field or validation rule rejects our write: listed, no infinite retry',
    given: { deal: { created }, registrations: [{ number: 'DR-46', ...claim }] },
    before: [{ rule: 'refuses' }],
    shows: {
      attribution: null,
      failure: {
        salesforce: 'Ask the deal desk before you change it.',
        hubspot: 'Ask the deal desk before you change it.',
      },
    },
    later: [
      {
        // Nothing is tried again by itself.
        on: 'monday',
        change: [{ rule: 'lifted' }],
        shows: {
          attribution: null,
          failure: {
            salesforce: 'Ask the deal desk before you change it.',
            hubspot: 'Ask the deal desk before you change it.',
          },
        },
      },
      {
        on: 'tuesday',
        change: [{ command: 'retry' }],
        shows: { attribution: sourced('DR-46'), failure: null },
      },
    ],
  },
  {
    case: 47,
    title: 'Record locked by approval process: queued, and retried after unlock',
    given: {
      deal: { created },
      registrations: [
        { number: 'DR-47', by: 'Acme', state: 'In Review', submitted: '2026-10-01T08:00Z' },
      ],
    },
    shows: {
      attribution: {
        type: 'Pending Review',
        status: 'Provisional',
        rule: 'R6',
        sentence:
          'Pending Review: DR-47 by Acme, submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
          '(10 Oct 2026 10:00Z), is not decided.',
      },
    },
    later: [
      {
        on: 'monday',
        change: [
          { lock: 'opportunity' },
          {
            edit: 'registration',
            number: 'DR-47',
            set: {
              state: 'Approved',
              decided: '2026-10-03T08:00:00.000Z',
              protected_until: '2027-01-01',
            },
          },
        ],
        shows: {
          attribution: {
            type: 'Pending Review',
            status: 'Provisional',
            rule: 'R6',
            sentence:
              'Pending Review: DR-47 by Acme, submitted 1 Oct 2026 08:00Z, 9 days before creation ' +
              '(10 Oct 2026 10:00Z), is not decided.',
          },
          failure: { salesforce: 'ENTITY_IS_LOCKED', hubspot: 'LOCKED' },
        },
      },
      {
        on: 'tuesday',
        change: [{ unlock: 'opportunity' }],
        shows: { attribution: sourced('DR-47'), failure: null },
      },
    ],
  },
];
