/** `/sobjects`, `/sobjects/T` and `/sobjects/T/describe`: metadata as clients discover it. */
import type { ObjectRight } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { FieldDef } from '../field-def.ts';
import type { ObjectDef } from '../schema.ts';
import { filterableLengthMax } from '../soql/where.ts';
import { type Api, base, type Call } from './call.ts';

/** Mounts the describe routes. */
export function mountDescribe(api: Api): void {
  api.get('/services/data/:version/sobjects', (c) => {
    return c.json({
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: visible(c).map((object) => summary(c, object)),
    });
  });
  api.get('/services/data/:version/sobjects/:object', (c) => {
    const object = seen(c, c.req.param('object'));
    return c.json({ objectDescribe: summary(c, object), recentItems: [] });
  });
  api.get('/services/data/:version/sobjects/:object/describe', (c) => {
    const org = c.get('org');
    const object = seen(c, c.req.param('object'));
    const changed = Math.floor(org.metadataChangedAt / 1000) * 1000;
    const since = Date.parse(c.req.header('If-Modified-Since') ?? '');
    if (since >= changed) return c.body(null, 304);
    c.header('Last-Modified', new Date(changed).toUTCString());
    return c.json(describeObject(c, object));
  });
}

function visible(c: Call): ObjectDef[] {
  const { access, objects } = c.get('org');
  return [...objects.values()].filter((object) => access.may(object, 'read', c.get('actor')));
}

/** An object the caller may not read is as if it did not exist. Throws ApiError NOT_FOUND. */
function seen(c: Call, name: string): ObjectDef {
  const org = c.get('org');
  const object = org.object(name);
  if (org.access.may(object, 'read', c.get('actor'))) return object;
  throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
}

function summary(c: Call, object: ObjectDef) {
  const url = `${base(c)}/sobjects/${object.name}`;
  const { access } = c.get('org');
  const may = (right: ObjectRight) => object.writable && access.may(object, right, c.get('actor'));
  return {
    activateable: false,
    createable: may('create'),
    custom: object.custom,
    customSetting: false,
    deletable: may('delete') && object.name !== 'User',
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: `${object.label}s`,
    layoutable: true,
    mergeable: ['Account', 'Contact', 'Lead'].includes(object.name),
    mruEnabled: true,
    name: object.name,
    queryable: true,
    replicateable: true,
    retrieveable: true,
    searchable: object.writable,
    triggerable: object.writable,
    undeletable: may('delete') && object.name !== 'User',
    updateable: may('edit'),
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
}

function describeObject(c: Call, object: ObjectDef) {
  const { access, objects } = c.get('org');
  const actor = c.get('actor');
  const visible = object.fields.filter((field) => access.canRead(object, field, actor));
  const children = [...objects.values()].flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo.includes(object.name))
      .filter((field) => access.canRead(child, field, actor))
      .map((field) => ({
        cascadeDelete: false,
        childSObject: child.name,
        deprecatedAndHidden: false,
        field: field.name,
        relationshipName: field.childRelationship,
        restrictedDelete: false,
      })),
  );
  return {
    actionOverrides: [],
    childRelationships: children,
    compactLayoutable: true,
    ...summary(c, object),
    fields: visible.map((field) => describeField(field, access.canEdit(object, field, actor))),
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    recordTypeInfos: [
      {
        active: true,
        available: true,
        defaultRecordTypeMapping: true,
        developerName: 'Master',
        master: true,
        name: 'Master',
        recordTypeId: '012000000000000AAA',
        urls: {},
      },
    ],
    searchLayoutable: true,
    supportedScopes: [{ label: `All ${object.label}s`, name: 'everything' }],
  };
}

const soapTypes: Record<string, string> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
};

/** One field as describe gives it. `editable` is the caller's field-level right. */
export function describeField(field: FieldDef, editable: boolean) {
  const longText = field.type === 'textarea' && field.length > filterableLengthMax;
  const isText = !(field.type in soapTypes);
  return {
    aggregatable: !longText,
    aiPredictionField: false,
    autoNumber: field.autoNumber !== null,
    byteLength: isText ? field.length * 3 : field.type === 'reference' ? 18 : 0,
    calculated: field.calculated,
    calculatedFormula: null,
    cascadeDelete: false,
    caseSensitive: field.caseSensitive,
    compoundFieldName: null,
    controllerName: null,
    createable: field.createable && editable,
    custom: field.custom,
    defaultValue: field.defaultValue,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultValue !== null || field.name === 'OwnerId' || !field.createable,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? field.precision : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: field.externalId,
    extraTypeInfo: longText ? 'plaintextarea' : null,
    filterable: !longText,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: !longText && !['double', 'currency', 'percent', 'datetime'].includes(field.type),
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.idLookup || field.externalId || field.type === 'id',
    inlineHelpText: null,
    label: field.label,
    length: isText || field.type === 'id' || field.type === 'reference' ? field.length : 0,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: field.referenceTo.length > 1,
    nillable: !field.required && field.type !== 'boolean' && field.type !== 'id',
    permissionable: field.custom && !field.required,
    picklistValues: (field.picklist ?? []).map((value) => ({
      active: true,
      defaultValue: value === field.defaultValue,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: field.referenceTo.length > 1,
    precision: ['double', 'currency', 'percent'].includes(field.type) ? field.precision : 0,
    queryByDistance: false,
    referenceTargetField: null,
    referenceTo: field.referenceTo.filter((name) => name !== '*'),
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restricted,
    scale: field.scale,
    searchPrefilterable: field.type === 'reference',
    soapType: soapTypes[field.type] ?? 'xsd:string',
    sortable: !longText && field.type !== 'multipicklist',
    type: field.type,
    unique: field.unique,
    updateable: field.updateable && editable,
    writeRequiresMasterRead: false,
  };
}
