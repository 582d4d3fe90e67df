/** What people say against the engine: disputes, edits and overrides, cases 24 to 26. */
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
  rule: 'R3',
  sentence:
    `Sourced by Acme: ${number} submitted 1 Oct 2026 08:00Z, 9 days before creation ` +
    '(10 Oct 2026 10:00Z); approved 3 Oct 2026 08:00Z, protected until 1 Jan 2027.',
  sourcedBy: 'Acme' as const,
});

export const peopleCases: Scenario[] = [
  {
    case: 24,
    title: 'Owner is direct AE who disputes: an overlay, nothing is taken away',
    given: { deal: { created }, registrations: [{ number: 'DR-24', ...claim }] },
    shows: { attribution: { ...sourced('DR-24'), status: 'Confirmed' } },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { attribution_type: 'Direct' } }],
        shows: {
          attribution: { ...sourced('DR-24'), status: 'Confirmed' },
          tasks: [
            'Put back: Partner Attribution Type of case 24: Owner is direct AE who disputes: an ' +
              'overlay, nothing is taken away',
          ],
        },
      },
      {
        on: 'tuesday',
        change: [{ edit: 'opportunity', set: { attribution_type: 'Direct' } }],
        shows: {
          attribution: {
            ...sourced('DR-24'),
            status: 'Disputed',
            fields: { attribution_type: 'Direct' },
          },
        },
      },
      {
        // It stands until it is decided.
        on: 'friday',
        change: [],
        shows: {
          attribution: {
            ...sourced('DR-24'),
            status: 'Disputed',
            fields: { attribution_type: 'Direct' },
          },
        },
      },
    ],
  },
  {
    case: 25,
    title: 'AE silently unticks Partner_Sourced__c: restored once, then disputed',
    given: { deal: { created }, registrations: [{ number: 'DR-25', ...claim }] },
    shows: { attribution: { ...sourced('DR-25'), status: 'Confirmed' }, tasks: [] },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { partner_sourced: false } }],
        shows: {
          attribution: { ...sourced('DR-25'), status: 'Confirmed' },
          tasks: [
            'Put back: Partner Sourced of case 25: AE silently unticks Partner_Sourced__c: ' +
              'restored once, then disputed',
          ],
          taskBody: `Sourced by Acme: DR-25 submitted 1 Oct 2026 08:00Z`,
        },
      },
      {
        on: 'tuesday',
        change: [{ edit: 'opportunity', set: { partner_sourced: false } }],
        shows: {
          attribution: {
            ...sourced('DR-25'),
            status: 'Disputed',
            fields: { partner_sourced: false },
          },
        },
      },
      {
        on: 'friday',
        change: [],
        shows: {
          attribution: {
            ...sourced('DR-25'),
            status: 'Disputed',
            fields: { partner_sourced: false },
          },
        },
      },
    ],
  },
  {
    case: 25,
    title: 'AE silently takes the sourcing partner away: put back',
    given: { deal: { created }, registrations: [{ number: 'DR-25B', ...claim }] },
    shows: { attribution: { ...sourced('DR-25B'), status: 'Confirmed' } },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { sourcing_partner: null, amount: '12000' } }],
        shows: {
          attribution: {
            ...sourced('DR-25B'),
            status: 'Confirmed',
            fields: { credited_amount: '12000' },
          },
        },
      },
    ],
  },
  {
    case: 26,
    title: 'RevOps override, later evidence changes: override wins until its date',
    given: {
      deal: {
        created,
        override: {
          type: 'Influenced',
          reason: 'Agreed with the partner on the call',
          until: '2026-11-30',
        },
      },
      registrations: [{ number: 'DR-26A', ...claim }],
    },
    shows: {
      attribution: {
        type: 'Influenced',
        status: 'Overridden',
        rule: 'R1',
        sentence:
          'Overridden to Influenced for Acme until 30 Nov 2026 by a person with a reason; the ' +
          'engine would say Sourced (R3).',
        influencedBy: ['Acme'],
        fields: { credit_percent: null },
        credits: ['Acme Influencing 100'],
      },
    },
    later: [
      {
        on: 'tuesday',
        change: [],
        shows: { attribution: { ...sourced('DR-26A'), status: 'Confirmed' } },
      },
    ],
  },
  {
    case: 26,
    title: 'RevOps override without a reason is not valid, and counts once it has one',
    given: {
      deal: { created, override: { type: 'Direct', reason: null, until: null } },
      registrations: [{ number: 'DR-26B', ...claim }],
    },
    shows: { attribution: { ...sourced('DR-26B'), status: 'Confirmed' } },
    later: [
      {
        on: 'monday',
        change: [{ edit: 'opportunity', set: { override_reason: 'Own pipeline of the AE' } }],
        shows: {
          attribution: {
            type: 'Direct',
            status: 'Overridden',
            rule: 'R1',
            sentence:
              'Overridden to Direct by a person with a reason; the engine would say Sourced (R3).',
            credits: [],
          },
        },
      },
      {
        on: 'tuesday',
        change: [{ edit: 'opportunity', set: { override: null, override_reason: null } }],
        shows: { attribution: { ...sourced('DR-26B'), status: 'Confirmed' } },
      },
    ],
  },
];
