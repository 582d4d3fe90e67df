/**
 * The shape of mappings/<connection>.yaml: every key with its meaning, default and example.
 * Longer than other files: it is the one manual of the file, in the order of its keys.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAMES} are what people write in the YAML.
import { z } from 'zod';
import { fieldSet } from './field-set.ts';
import { namesPartner, readKeys } from './read-keys.ts';
import { key } from './schema-key.ts';
import { count } from './schema-parts.ts';
import { dailyTime, milliseconds, share } from './units.ts';

const objectName = z
  .string({ error: 'the API name of an object' })
  .regex(/^([A-Za-z]\w{0,79}|\d{1,3}-\d{1,12})$/, { error: 'the API name of an object' });
// HubSpot's association labels are fields too: 'companies:Sourcing partner', 'deals:*', and
// 'companies[]:Influencing partner' for all that have the label.
const fieldName = z
  .string({ error: 'the API name of a field' })
  .regex(/^[A-Za-z]\w{0,79}((\[\])?:[^\s:;*][^:;*]{0,49})?$/, { error: 'the API name of a field' });
const readableField = z
  .string({ error: 'the API name of a field' })
  .regex(/^[A-Za-z]\w{0,79}((\.[A-Za-z]\w{0,79}){0,4}|:(\*|[^\s:;*][^:;*]{0,49}))$/, {
    error: 'the API name of a field',
  });
const slug = (what: string) =>
  z.string({ error: what }).regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: what });
const presetName = slug('the name of a preset');
const condition = z
  .string({ error: 'one condition' })
  .min(1, { error: 'one condition' })
  .max(2000, { error: 'a condition of at most 2,000 characters' });
const tableValue = z
  .union([z.string(), z.number(), z.boolean()], { error: 'text' })
  .transform(String);
const valueTable = z.record(z.string(), tableValue, {
  error: 'a table of values, such as { New: submitted }',
});

const readMap = {
  field: key(readableField, 'API name; a parent with dots.', 'Owner.Name'),
  values: key(
    valueTable.optional(),
    'CRM value -> our value. Not set: values are taken as they are.',
    { New: 'submitted', 'In Review': 'in_review' },
  ),
  optional: key(
    z.boolean({ error: 'true or false' }).default(false),
    'true: left out where the CRM has no such field.',
    true,
  ),
};
const readConstant = {
  constant: key(
    z.union([z.string(), z.number(), z.boolean()]),
    'The same value for every record.',
    'Referral',
  ),
};

/** How a field is read: by name, through a table of values, or as a constant. */
export const readField = z
  .union([readableField, z.strictObject(readMap), z.strictObject(readConstant)], {
    error: 'a field name, { field, values } or { constant }',
  })
  .meta({ id: 'readField', description: 'How a field is read.', examples: ['Name'] });

const partnerField = 'the API name of a text field of the partner';
const namesPartnerBy = {
  names_partner_by: key(
    z
      .string({ error: partnerField })
      .regex(/^[A-Za-z]\w{0,79}$/, { error: partnerField })
      .optional(),
    'The value is a text, and the partner the one whose own field of this name holds the same ' +
      'text; case and blanks around it do not count. A text that no partner holds, or several, ' +
      'names none: explain says so. Not set: the value is the id of a partner, as a lookup or an ' +
      'association has it.',
    'gs_partner_key__c',
  ),
};

/** How a field that names a partner is read: its id, or a text that is the partner's own. */
export const readPartner = z
  .union(
    [
      readableField,
      z.strictObject({ ...readMap, ...namesPartnerBy }),
      z.strictObject({ ...readConstant, ...namesPartnerBy }),
    ],
    { error: 'a field name, { field, names_partner_by } or { constant, names_partner_by }' },
  )
  .meta({
    id: 'readPartner',
    description: 'How a field that names a partner is read.',
    examples: [{ field: 'gs_partner_key__c', names_partner_by: 'gs_partner_key__c' }],
  });

/** How a field is written: by name, or through a table of values. */
export const writeField = z
  .union(
    [
      fieldName,
      z.strictObject({
        field: key(fieldName, 'API name of the field.', 'Partner_Role__c'),
        values: key(
          valueTable.optional(),
          'Our value -> CRM value, one to one. Not set: written as they are.',
          { Sourced: 'Partner Originated' },
        ),
      }),
    ],
    { error: 'a field name or { field, values }' },
  )
  .meta({
    id: 'writeField',
    description: 'How a field is written.',
    examples: ['Partner_Sourced__c'],
  });

export type ReadFieldInput = z.infer<typeof readField> | z.infer<typeof readPartner>;
export type WriteFieldInput = z.infer<typeof writeField>;

function readAs(object: keyof typeof readKeys, name: string) {
  return namesPartner(object, name) ? readPartner : readField;
}

function readFields(object: keyof typeof readKeys) {
  const shape = Object.fromEntries(
    Object.entries(readKeys[object]).map(([name, { description, example }]) => [
      name,
      key(readAs(object, name).optional(), `${description} Not set: not read.`, example),
    ]),
  );
  return z.strictObject(shape);
}

function readObject(object: keyof typeof readKeys, example: string) {
  return z.strictObject({
    object: key(objectName, 'API name of the CRM object.', example),
    where: key(
      condition.optional(),
      'One plain condition that picks its records. Not set: all records.',
      "Type = 'Partner'",
    ),
    fields: key(readFields(object), 'Our key -> CRM field.', { name: 'Name' }),
  });
}

const optionalSource = key(
  z.boolean({ error: 'true or false' }).default(false),
  'true: left out where the CRM has no such object; validate --online says so.',
  true,
);

const touchSource = z.strictObject({
  object: key(objectName, 'API name of the CRM object.', 'Partner_Touch__c'),
  optional: optionalSource,
  where: key(
    condition.optional(),
    'One plain condition that picks its records. Not set: all records.',
    'At__c != null',
  ),
  ...Object.fromEntries(
    Object.entries(readKeys.touch).map(([name, { description, example }]) => [
      name,
      key(readAs('touch', name), description, example),
    ]),
  ),
});

function writeFields(object: 'opportunity' | 'partner') {
  const shape = Object.fromEntries(
    fieldSet
      .filter((field) => field.object === object && field.writer !== 'input')
      .map((field) => [
        field.key,
        key(
          writeField.optional(),
          `${field.description} Not set: not written.`,
          field.salesforce.name,
        ),
      ]),
  );
  return z.strictObject(shape);
}

const text = (what: string) => z.string({ error: what }).min(1, { error: what });
const apiVersion = key(
  z.string({ error: 'an API version such as "68.0"' }).optional(),
  'API version to speak. Not set: the connector chooses.',
  '68.0',
);
const loginUrl = key(
  text('an https address').default('https://login.salesforce.com'),
  'Where we sign in; My Domain for client credentials.',
  'https://acme.my.salesforce.com',
);
const clientId = key(text('a consumer key'), 'Consumer key of the app.', '${SF_CLIENT_ID}');
const clientSecret = key(
  text('${ENV}'),
  'Consumer secret, as ${ENV} only: a secret in clear is refused.',
  '${SF_CLIENT_SECRET}',
);

/** How a connection signs in; HubSpot's flows join this union. */
export const authSchema = z.discriminatedUnion('flow', [
  z.strictObject({
    flow: key(z.literal('jwt-bearer'), 'A signed token of a user.', 'jwt-bearer'),
    login_url: loginUrl,
    client_id: clientId,
    username: key(text('a user name'), 'The integration user.', '${SF_USERNAME}'),
    private_key_file: key(
      text('the path of a PEM file'),
      'PEM file of the private key; the key itself is refused here.',
      '${SF_KEY_FILE}',
    ),
    api_version: apiVersion,
  }),
  z.strictObject({
    flow: key(z.literal('client-credentials'), "The app's own run-as user.", 'client-credentials'),
    login_url: loginUrl,
    client_id: clientId,
    client_secret: clientSecret,
    api_version: apiVersion,
  }),
  z.strictObject({
    flow: key(z.literal('refresh-token'), 'A refresh token of the web flow.', 'refresh-token'),
    login_url: loginUrl,
    client_id: clientId,
    client_secret: key(
      text('${ENV}').optional(),
      'Consumer secret, as ${ENV}. Not set: the app needs none.',
      '${SF_CLIENT_SECRET}',
    ),
    refresh_token: key(text('${ENV}'), 'The token, as ${ENV} only.', '${SF_REFRESH_TOKEN}'),
    api_version: apiVersion,
  }),
  z.strictObject({
    flow: key(z.literal('token'), "HubSpot: a private app's or service key's token.", 'token'),
    login_url: key(
      text('an https address').default('https://api.hubapi.com'),
      'Base address of the API.',
      'https://api.hubapi.com',
    ),
    access_token: key(text('${ENV}'), 'The token, as ${ENV} only.', '${HUBSPOT_TOKEN}'),
    client_secret: key(
      text('${ENV}').optional(),
      "The app's client secret, as ${ENV}: its webhooks are signed with it. Not set: polls only.",
      '${HUBSPOT_CLIENT_SECRET}',
    ),
    api_version: apiVersion,
  }),
]);

/** Far above what HubSpot allows today: the limit has been raised before. */
const searchesMax = 1_000;

const syncSchema = z.strictObject({
  every: key(milliseconds('5 minutes').prefault('5 minutes'), 'Time between syncs.', '5 minutes'),
  lag: key(
    milliseconds('60 seconds').prefault('60 seconds'),
    "How far the cursor stays behind the CRM's clock: rows become visible after their timestamp.",
    '60 seconds',
  ),
  overlap: key(
    milliseconds('5 minutes').prefault('5 minutes'),
    'How far each read reaches back behind the cursor.',
    '5 minutes',
  ),
  reconcile: key(
    dailyTime().prefault('daily at 02:00'),
    'When both sides are compared, UTC; off: never.',
    'daily at 02:00',
  ),
  daily_calls: key(
    share('50%').prefault('50%'),
    "Our share of the CRM account's daily API calls.",
    '50%',
  ),
  reserved_for_alerts: key(
    share('10%').prefault('10%'),
    'Of that share, what only alerts and approvals may use.',
    '10%',
  ),
  searches_per_second: key(
    count(searchesMax).min(1, { error: 'at least 1' }).default(5),
    'HubSpot: our searches a second, of the 5 an account has; fewer leaves room for other apps.',
    5,
  ),
});

const readSchema = z.strictObject({
  opportunity: key(readObject('opportunity', 'Opportunity'), 'Sales deals.', {
    object: 'Opportunity',
    fields: { name: 'Name', stage: 'StageName' },
  }),
  partner: key(readObject('partner', 'Account'), 'Partner accounts.', {
    object: 'Account',
    where: "Type = 'Partner'",
    fields: { name: 'Name' },
  }),
  account: key(
    readObject('account', 'Account').optional(),
    'Customers. Not set: names of customers are not shown.',
    { object: 'Account', fields: { name: 'Name' } },
  ),
  registration: key(
    readObject('registration', 'Deal_Registration__c').optional(),
    'Deal registrations. Not set: there are none.',
    { object: 'Deal_Registration__c', fields: { partner: 'Partner__c' } },
  ),
  touch: key(
    z.array(touchSource, { error: 'a list of touch sources' }).max(20).prefault([]),
    'Dated partner actions, from any number of objects.',
    [{ object: 'OpportunityPartner', partner: 'AccountToId', opportunity: 'OpportunityId' }],
  ),
  user: key(readObject('user', 'User').optional(), 'CRM users. Not set: owners are ids only.', {
    object: 'User',
    fields: { name: 'Name' },
  }),
});

const onHumanEdit = z.enum(['restore_then_yield', 'restore_then_dispute', 'keep']);

const writeSchema = z.strictObject({
  opportunity: key(writeFields('opportunity').prefault({}), 'Our key -> opportunity field.', {
    partner_sourced: 'Partner_Sourced__c',
  }),
  partner: key(writeFields('partner').prefault({}), 'Our key -> partner field.', {
    tier_qualified: 'Partner_Tier_Qualified__c',
  }),
  tasks: key(
    z
      .strictObject({
        key: key(
          fieldName.default('Partner_Sync_Key__c'),
          'Unique external-id field on tasks by which ours are found again.',
          'Partner_Sync_Key__c',
        ),
      })
      .prefault({}),
    'Tasks made for owners.',
    { key: 'Partner_Sync_Key__c' },
  ),
  scope: key(
    z
      .strictObject({
        closed_before_activation: key(
          z.enum(['skip', 'write']).default('skip'),
          'Opportunities closed before the first apply: left alone, or written too.',
          'skip',
        ),
        direct: key(
          z.enum(['open_only', 'write', 'skip']).default('open_only'),
          'Opportunities without any partner: written while open, always, or never.',
          'open_only',
        ),
      })
      .prefault({}),
    'Which records may be written to on the first day and after.',
    { closed_before_activation: 'skip', direct: 'open_only' },
  ),
  on_human_edit: key(
    z
      .strictObject({
        default: key(
          onHumanEdit.default('restore_then_yield'),
          'A person edits an engine field: first restored, then left alone.',
          'restore_then_yield',
        ),
        attribution: key(
          onHumanEdit.default('restore_then_dispute'),
          'The same for attribution fields: the second edit opens a dispute.',
          'restore_then_dispute',
        ),
        tier: key(onHumanEdit.default('keep'), 'The same for tier fields.', 'keep'),
      })
      .prefault({}),
    'What happens when a person edits a field of ours.',
    { default: 'restore_then_yield' },
  ),
});

/** One connection's mapping, presets already merged into it. */
export const mappingSchema = z.strictObject({
  connection: key(
    slug('a short name in lower case, such as "acme-salesforce"'),
    'Name of the connection: commands, workflow ids and reports use it.',
    'acme-salesforce',
  ),
  extends: key(
    z
      .union([presetName, z.array(presetName).min(1, { error: 'at least one preset' }).max(10)], {
        error: 'the name of a preset, or a list of such names',
      })
      .optional(),
    'Preset to start from, or a list of them: the CRM first, then partner platforms; touch ' +
      'sources are joined, else a later one wins and validate says so. This file then states ' +
      'only what differs; null removes a key. Not set: this file states everything.',
    ['salesforce', 'crossbeam'],
  ),
  crm: key(
    z.enum(['salesforce', 'hubspot']),
    'Which CRM it is; the presets say it for you.',
    'salesforce',
  ),
  policy: key(
    slug('the name of a file in policies/'),
    'Policy to decide by: policies/<name>.yaml.',
    'acme',
  ),
  auth: key(authSchema, 'How to sign in.', {
    flow: 'client-credentials',
    client_id: '${SF_CLIENT_ID}',
    client_secret: '${SF_CLIENT_SECRET}',
  }),
  sync: key(syncSchema.prefault({}), 'When and how much is read.', { every: '5 minutes' }),
  read: key(readSchema, 'What is read, and which CRM field is what.', {}),
  write: key(writeSchema.prefault({}), 'What is written back.', {}),
  notify: key(
    z
      .strictObject({
        mail: key(
          z.email({ error: 'an e-mail address' }).optional(),
          'Who is told when the CRM itself cannot be told. Not set: nobody.',
          'revops@example.com',
        ),
      })
      .prefault({}),
    'Whom to tell outside the CRM: access revoked, plan held, breaker tripped.',
    { mail: 'revops@example.com' },
  ),
});

export type MappingInput = z.output<typeof mappingSchema>;
export type ReadObjectInput = { object: string; where?: string; fields: Record<string, unknown> };
