/** CRM values <-> canonical values: tables of forms, and properties of the round trip. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fittedValue, longId, readValue, unreadable } from '../../mappings/canonical-values.ts';
import { crmFieldsOf, normaliseDesired, toCanonical, toCrm } from '../../mappings/translate.ts';
import type { CrmValue } from '../../mappings/types.ts';
import { field } from './describe.ts';
import { mappingOf, plainMapping } from './files.ts';

test.each<[Parameters<typeof readValue>[0], CrmValue, unknown]>([
  ['decimal', 500, '500'],
  ['decimal', 0.1, '0.1'],
  ['decimal', 1e21, '1000000000000000000000'],
  ['decimal', 1e-7, '0.0000001'],
  ['decimal', '1e3', '1000'],
  ['decimal', '500.00', '500'],
  ['decimal', '-0.00', '0'],
  ['decimal', '007.50', '7.5'],
  ['decimal', '5.', '5'],
  ['decimal', '.5', '0.5'],
  ['decimal', '12345678901234567.89', '12345678901234567.89'],
  ['decimal', '1,5', unreadable],
  ['decimal', '1e999', unreadable],
  ['decimal', 'NaN', unreadable],
  ['decimal', '', null],
  ['integer', 3, 3],
  ['integer', '3.0', 3],
  ['integer', 3.5, unreadable],
  ['percent', 12.5, 1250],
  ['percent', '33.33', 3333],
  ['percent', 0.29, 29],
  ['percent', '12.5 %', 1250],
  ['boolean', true, true],
  ['boolean', 'false', false],
  ['boolean', 'Yes', true],
  ['boolean', '', null],
  ['boolean', 'maybe', unreadable],
  ['text', '  Acme  ', 'Acme'],
  ['text', '   ', null],
  ['text', 7, '7'],
  ['date', '2017-12-31', '2017-12-31'],
  ['date', '2017-02-30', unreadable],
  ['date', '31.12.2017', unreadable],
  ['date', '1514678400000', '2017-12-31'],
  ['datetime', '2017-12-31T23:59:59.000+0000', '2017-12-31T23:59:59.000Z'],
  ['datetime', '2017-12-31T23:59:59Z', '2017-12-31T23:59:59.000Z'],
  ['datetime', '2017-12-31T23:59:59.123456Z', '2017-12-31T23:59:59.123Z'],
  ['datetime', '2018-01-01T13:59:59.000+14:00', '2017-12-31T23:59:59.000Z'],
  ['datetime', '2017-12-31T11:59:59.000-1200', '2017-12-31T23:59:59.000Z'],
  ['datetime', 1514764799000, '2017-12-31T23:59:59.000Z'],
  ['datetime', '1514764799000', '2017-12-31T23:59:59.000Z'],
  ['datetime', '2017-12-31', '2017-12-31T00:00:00.000Z'],
  ['datetime', '2017-12-31T23:59:59', unreadable],
  ['datetime', '2017-02-30T10:00:00Z', unreadable],
  ['datetime', '2026-03-29T02:30:00.000+02:00', '2026-03-29T00:30:00.000Z'],
  ['datetime', null, null],
])('%s %j reads as %j', (kind, value, expected) => {
  expect(readValue(kind, 'salesforce', value)).toBe(expected);
});

test('a 15-character Salesforce id gets the three characters of its 18-character form', () => {
  expect(longId('00D000000000062')).toBe('00D000000000062EAA');
  expect(longId('001000000000Q10')).toBe('001000000000Q10AAE');
  expect(longId('001000000000Q10AAE')).toBe('001000000000Q10AAE');
  expect(readValue('id', 'hubspot', '123456789012345')).toBe('123456789012345');
});

test('a desired value becomes what the field can hold', () => {
  const text = field('T__c', 'text', { length: 10 });
  const shrunk = (kind: Parameters<typeof fittedValue>[0], value: never, of = text) =>
    fittedValue(kind, of, value);

  expect(shrunk('text', '  short ' as never)).toBe('short');
  expect(shrunk('text', 'much too long a text' as never)).toBe('much too…');
  expect(shrunk('text', '12345678😀😀' as never)).toBe('12345678…');
  expect(shrunk('text', '   ' as never)).toBeNull();
  expect(shrunk('boolean', null as never, field('B__c', 'boolean'))).toBe(false);
  expect(shrunk('decimal', '2.345' as never, field('D__c', 'decimal', { scale: 2 }))).toBe('2.35');
  expect(shrunk('percent', 3333 as never, field('P__c', 'percent', { scale: 1 }))).toBe(3330);
  expect(shrunk('datetime', '2026-11-21T09:00:00.789Z' as never)).toBe('2026-11-21T09:00:00.000Z');
});

const mapping = mappingOf({
  'acme.yaml': `${plainMapping}write:
  opportunity:
    credit_percent: Credit__c
    credited_amount: Amount__c
    fx_date: Fx__c
    attribution_evaluated_at: At__c
    attribution_status: { field: Status__c, values: { Locked: Fixed } }
`,
});
const source = mapping.read.opportunity[0]!;
const described = new Map(
  [
    field('Partner_Sourced__c', 'boolean'),
    field('Credit__c', 'percent', { scale: 2 }),
    field('Amount__c', 'decimal', { scale: 2 }),
    field('Fx__c', 'date'),
    field('At__c', 'datetime'),
    field('Status__c', 'picklist'),
    field('Partner_Attribution_Reason__c', 'text', { length: 255 }),
    field('Sourcing_Partner__c', 'reference'),
  ].map((one) => [one.name, one]),
);

test('what is written is what the API takes: numbers, days, instants, mapped values, null', () => {
  expect(
    toCrm(
      mapping,
      'opportunity',
      {
        partner_sourced: true,
        credit_percent: 3333,
        credited_amount: '12345678901234567.89',
        fx_date: '2017-12-31',
        attribution_evaluated_at: '2017-12-31T23:59:59.000Z',
        attribution_status: 'Locked',
        attribution_reason: null,
      },
      described,
    ),
  ).toEqual({
    Partner_Sourced__c: true,
    Credit__c: 33.33,
    Amount__c: '12345678901234567.89',
    Fx__c: '2017-12-31',
    At__c: '2017-12-31T23:59:59.000Z',
    Status__c: 'Fixed',
    Partner_Attribution_Reason__c: null,
  });
});

test('a key the mapping does not write is a mistake of the caller', () => {
  expect(() => toCrm(mapping, 'opportunity', { alert: 'x' })).toThrow(
    'The mapping of acme writes no opportunity field "alert".',
  );
});

const day = fc.date({
  min: new Date('1970-01-01'),
  max: new Date('2099-12-31'),
  noInvalidDate: true,
});
const values = fc.record({
  partner_sourced: fc.option(fc.boolean()),
  credit_percent: fc.option(fc.integer({ min: 0, max: 10_000 })),
  credited_amount: fc.option(
    fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(999))
      .map(([a, b]) => `${a}.${b}`),
  ),
  fx_date: fc.option(day.map((date) => date.toISOString().slice(0, 10))),
  attribution_evaluated_at: fc.option(day.map((date) => date.toISOString())),
  attribution_status: fc.option(fc.constantFrom('Locked', 'Confirmed')),
  attribution_reason: fc.option(fc.string({ unit: 'grapheme', maxLength: 400 })),
  sourcing_partner: fc.option(fc.constant('001000000000Q10AAE')),
});

test('what is written is read back as the desired value, so a second run writes nothing', () => {
  fc.assert(
    fc.property(values, (desired) => {
      const written = toCrm(mapping, 'opportunity', desired, described);
      const wire = JSON.parse(JSON.stringify(written)) as Record<string, CrmValue>;
      const back = toCanonical(mapping, source, undefined, { values: wire }).values;
      for (const [key, value] of Object.entries(desired)) {
        const target = mapping.write.opportunity[key]!;
        const fitted = normaliseDesired(target, described.get(target.crmField)!, value);
        expect({ key, value: back[key] }).toEqual({ key, value: fitted });
      }
    }),
  );
});

test('fitting a fitted value changes nothing', () => {
  fc.assert(
    fc.property(values, (desired) => {
      for (const [key, value] of Object.entries(desired)) {
        const target = mapping.write.opportunity[key]!;
        const of = described.get(target.crmField)!;
        const once = normaliseDesired(target, of, value);
        expect(normaliseDesired(target, of, once)).toBe(once);
      }
    }),
  );
});

test('an instant is the same in whatever zone the CRM writes it, and a day has no zone', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -12 * 60, max: 14 * 60 }), (date, offset) => {
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23);
      const sign = offset < 0 ? '-' : '+';
      const two = (n: number) => String(n).padStart(2, '0');
      const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
      expect(readValue('datetime', 'salesforce', `${local}${zone}`)).toBe(date.toISOString());
      const only = date.toISOString().slice(0, 10);
      expect(readValue('date', 'salesforce', only)).toBe(only);
    }),
  );
});

const registration = mapping.read.registration[0]!;
const row = {
  Partner__c: '001000000000Q10AAE',
  Opportunity__c: null,
  Name: 'DR-1',
  Status__c: 'In Review',
  Submitted_At__c: '2017-10-25T19:50:56.000+0000',
  Decided_At__c: '',
  Protection_Expiration_Date__c: '2017-07-31',
};

test('a picklist value is translated by its table; blanks are empty', () => {
  expect(toCanonical(mapping, registration, new Map(), { values: row })).toEqual({
    problems: [],
    values: {
      name: 'DR-1',
      partner: '001000000000Q10AAE',
      opportunity: null,
      status: 'in_review',
      submitted_at: '2017-10-25T19:50:56.000Z',
      decided_at: null,
      protected_until: '2017-07-31',
    },
  });
});

test('a value the table does not list quarantines the record and says where to add it', () => {
  const { problems } = toCanonical(mapping, registration, new Map(), {
    values: { ...row, Status__c: 'Neu' },
  });

  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    /^Status__c of Deal_Registration__c holds "Neu", which the mapping does not know: add it \(read\.registration\.fields\.status\.values, m\/presets\/salesforce\.yaml:\d+\)\.$/,
  );
});

test('a value of the wrong kind is named by its field, never shown', () => {
  const { problems } = toCanonical(mapping, registration, new Map(), {
    values: { ...row, Submitted_At__c: 'canary' },
  });

  expect(problems).toEqual([
    'Submitted_At__c of Deal_Registration__c does not hold a time with its zone ' +
      '(read.registration.fields.submitted_at): correct the record or map another field.',
  ]);
});

test("nonsense in a field of the engine's own is no reason to stop", () => {
  const own = { Partner_Sourced__c: 'perhaps', Status__c: 'My own word' };
  const { values: read, problems } = toCanonical(mapping, source, undefined, { values: own });

  expect(problems).toEqual([]);
  expect(read).toMatchObject({ partner_sourced: null, attribution_status: 'My own word' });
});

test('fields to read are sorted, without optional ones the CRM lacks, with our own ones', () => {
  const lacking = crmFieldsOf(mapping, source, new Map());
  const having = crmFieldsOf(
    mapping,
    source,
    new Map([['LeadSource', field('LeadSource', 'picklist')]]),
  );

  expect(lacking).toEqual([...lacking].sort());
  expect(lacking).toContain('Partner_Attribution_Reason__c');
  expect(lacking).toContain('LastStageChangeDate');
  expect(lacking).not.toContain('CurrencyIsoCode');
  expect(lacking).not.toContain('LeadSource');
  expect(having).toContain('LeadSource');
});
