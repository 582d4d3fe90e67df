/** The properties the standard objects have from the start, as rows of data. */
import type { PropertyInput, PropertySet, PropertyType } from './property.ts';
import { optionsOf } from './property.ts';

type Row = [name: string, label: string, kind: string, more?: Partial<PropertyInput>];

/** Shorthand -> property type and field type. */
const kinds: Record<string, [PropertyType, string]> = {
  text: ['string', 'text'],
  textarea: ['string', 'textarea'],
  html: ['string', 'html'],
  number: ['number', 'number'],
  date: ['date', 'date'],
  datetime: ['datetime', 'date'],
  select: ['enumeration', 'select'],
  radio: ['enumeration', 'radio'],
  checkbox: ['enumeration', 'checkbox'],
  bool: ['bool', 'booleancheckbox'],
  phone: ['string', 'phonenumber'],
};

const options = (...labels: string[]) => ({ options: optionsOf(labels) });
const pairs = (...all: [value: string, label: string][]) => ({
  options: all.map(([value, label]) => ({ value, label })),
});
const owner: Row = [
  'hubspot_owner_id',
  'Owner',
  'select',
  { externalOptions: true, referencedObjectType: 'OWNER' },
];
const readOnly = { readOnlyValue: true };
const engagement: Row[] = [
  ['hs_timestamp', 'Activity date', 'datetime'],
  owner,
  ['hs_attachment_ids', 'Attached file IDs', 'checkbox', { externalOptions: true }],
];

const rows: Record<string, { group: [name: string, label: string]; rows: Row[] }> = {
  contact: {
    group: ['contactinformation', 'Contact information'],
    rows: [
      ['email', 'Email', 'text', { hasUniqueValue: true }],
      ['firstname', 'First Name', 'text'],
      ['lastname', 'Last Name', 'text'],
      ['phone', 'Phone Number', 'phone'],
      ['company', 'Company Name', 'text'],
      ['jobtitle', 'Job Title', 'text'],
      ['website', 'Website URL', 'text'],
      [
        'lifecyclestage',
        'Lifecycle Stage',
        'radio',
        pairs(['lead', 'Lead'], ['opportunity', 'Opportunity'], ['customer', 'Customer']),
      ],
      owner,
    ],
  },
  company: {
    group: ['companyinformation', 'Company information'],
    rows: [
      ['name', 'Company name', 'text'],
      ['domain', 'Company Domain Name', 'text'],
      ['website', 'Website URL', 'text'],
      ['phone', 'Phone Number', 'phone'],
      ['description', 'Description', 'textarea'],
      ['industry', 'Industry', 'text'],
      ['city', 'City', 'text'],
      ['state', 'State/Region', 'text'],
      ['country', 'Country/Region', 'text'],
      ['numberofemployees', 'Number of Employees', 'number'],
      ['annualrevenue', 'Annual Revenue', 'number'],
      [
        'type',
        'Type',
        'select',
        pairs(
          ['PROSPECT', 'Prospect'],
          ['PARTNER', 'Partner'],
          ['RESELLER', 'Reseller'],
          ['VENDOR', 'Vendor'],
          ['OTHER', 'Other'],
        ),
      ],
      [
        'lifecyclestage',
        'Lifecycle Stage',
        'radio',
        pairs(['lead', 'Lead'], ['opportunity', 'Opportunity'], ['customer', 'Customer']),
      ],
      owner,
      ['notes_last_contacted', 'Last Contacted', 'datetime', readOnly],
    ],
  },
  deal: {
    group: ['dealinformation', 'Deal information'],
    rows: [
      ['dealname', 'Deal Name', 'text'],
      ['amount', 'Amount', 'number'],
      ['closedate', 'Close Date', 'datetime'],
      ['pipeline', 'Pipeline', 'select'],
      ['dealstage', 'Deal Stage', 'radio'],
      [
        'dealtype',
        'Deal Type',
        'radio',
        pairs(['newbusiness', 'New Business'], ['existingbusiness', 'Existing Business']),
      ],
      ['description', 'Deal Description', 'textarea'],
      owner,
      [
        'deal_currency_code',
        'Currency',
        'select',
        options('USD', 'EUR', 'GBP', 'SEK', 'JPY', 'CAD', 'AUD', 'PLN', 'CHF', 'INR'),
      ],
      ['hs_next_step', 'Next step', 'text'],
      ['closed_lost_reason', 'Closed Lost Reason', 'textarea'],
      ['closed_won_reason', 'Closed Won Reason', 'textarea'],
      [
        'hs_priority',
        'Priority',
        'select',
        pairs(['low', 'Low'], ['medium', 'Medium'], ['high', 'High']),
      ],
      ['notes_last_contacted', 'Last Contacted', 'datetime', readOnly],
      ['notes_last_updated', 'Last Activity Date', 'datetime', readOnly],
    ],
  },
  ticket: {
    group: ['ticketinformation', 'Ticket information'],
    rows: [
      ['subject', 'Ticket name', 'text'],
      ['content', 'Ticket description', 'textarea'],
      ['hs_pipeline', 'Pipeline', 'select'],
      ['hs_pipeline_stage', 'Ticket status', 'select'],
      ['hs_ticket_category', 'Category', 'checkbox', { externalOptions: true }],
      ['hs_ticket_priority', 'Priority', 'select', options('LOW', 'MEDIUM', 'HIGH', 'URGENT')],
      owner,
    ],
  },
  task: {
    group: ['task', 'Task information'],
    rows: [
      ...engagement,
      ['hs_task_subject', 'Task Title', 'text'],
      ['hs_task_body', 'Notes', 'html'],
      [
        'hs_task_status',
        'Task Status',
        'select',
        options('NOT_STARTED', 'IN_PROGRESS', 'WAITING', 'COMPLETED', 'DEFERRED'),
      ],
      ['hs_task_priority', 'Priority', 'select', options('NONE', 'LOW', 'MEDIUM', 'HIGH')],
      ['hs_task_type', 'Task Type', 'select', options('EMAIL', 'CALL', 'TODO', 'LINKED_IN')],
      ['hs_task_reminders', 'Reminders', 'text'],
      ['hs_task_completion_date', 'Completed at', 'datetime', readOnly],
    ],
  },
  note: {
    group: ['note', 'Note information'],
    rows: [...engagement, ['hs_note_body', 'Note body', 'html']],
  },
  meeting_event: {
    group: ['meeting', 'Meeting information'],
    rows: [
      ...engagement,
      ['hs_meeting_title', 'Meeting name', 'text'],
      ['hs_meeting_body', 'Meeting description', 'html'],
      ['hs_internal_meeting_notes', 'Internal notes', 'html'],
      ['hs_meeting_location', 'Location', 'text'],
      ['hs_meeting_start_time', 'Meeting start time', 'datetime'],
      ['hs_meeting_end_time', 'Meeting end time', 'datetime'],
      [
        'hs_meeting_outcome',
        'Meeting outcome',
        'select',
        options('SCHEDULED', 'COMPLETED', 'RESCHEDULED', 'NO_SHOW', 'CANCELED'),
      ],
      ['hs_activity_type', 'Call and meeting type', 'select', { externalOptions: true }],
    ],
  },
  call: {
    group: ['call', 'Call information'],
    rows: [
      ...engagement,
      ['hs_call_title', 'Call Title', 'text'],
      ['hs_call_body', 'Call notes', 'html'],
      ['hs_call_duration', 'Call duration', 'number'],
      ['hs_call_direction', 'Call direction', 'select', options('INBOUND', 'OUTBOUND')],
      ['hs_call_status', 'Call status', 'select', { externalOptions: true }],
      ['hs_activity_type', 'Call and meeting type', 'select', { externalOptions: true }],
    ],
  },
};

/** Puts the standard properties of a type into its set. Custom objects get the owner only. */
export function addStandardProperties(set: PropertySet, typeName: string, now: number): void {
  const standard = rows[typeName] ?? {
    group: [`${typeName}_information`, `${typeName} information`] as [string, string],
    rows: [owner],
  };
  const [groupName, label] = standard.group;
  set.group({ name: groupName, label });
  for (const row of standard.rows) {
    set.put({ ...inputOf(row), groupName, hubspotDefined: true }, now);
  }
}

function inputOf([name, label, kind, more]: Row): PropertyInput {
  const [type, fieldType] = kinds[kind]!;
  return { name, label, type, fieldType, ...more };
}
