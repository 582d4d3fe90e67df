/** What of the 55 cases the product does not decide yet; each line says why. */
import type { NotYet } from '../scenario.ts';

const clock = 'the registration clock comes with the registration service, a later issue';
const dispute = 'deciding disputes comes with the registration service, a later issue';
const matching =
  'matching by customer and scope comes with the registration service, a later issue';
const shares = 'no CRM object holds shares yet: the junction object is a later issue';
const reports = 'the programme’s reports are a later issue';

export const notYet: readonly NotYet[] = [
  { case: 4, title: "alert to the AE's manager about the placeholder", because: clock },
  { case: 10, title: 'auto-extend 30 days once, notify', because: clock },
  { case: 11, title: 'Extension requested after expiry', because: clock },
  { case: 13, title: 'Restatement record', because: reports },
  { case: 17, title: 'conflict check after a customer merge', because: matching },
  { case: 22, title: 'a manual split != 100.00 % is refused', because: shares },
  { case: 23, title: 'Someone edits a split to 90 %', because: shares },
  { case: 24, title: '5 BD clock, decider by policy, outcome written', because: dispute },
  { case: 29, title: 'restatement of an amount after the lock', because: reports },
  { case: 30, title: 'registration clock over weekends and zones', because: clock },
  { case: 31, title: 'SLA paused while waiting for partner: the clock itself', because: clock },
  { case: 32, title: 'Pause abuse: approver returns at day 4.9', because: clock },
  { case: 33, title: 'diff of changed fields, at most 2 resubmissions', because: clock },
  { case: 36, title: 'review queue with one-click link', because: matching },
  { case: 37, title: 'One registration -> several opportunities', because: matching },
  {
    case: 39,
    title: 'Lead converted: partner field not mapped',
    because:
      'HubSpot converts no leads; on Salesforce test/presets/registrations.test.ts follows one',
  },
  { case: 54, title: 'Digest for partner with zero activity', because: reports },
];
