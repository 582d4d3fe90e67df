/** Faults of single rows and of what is read: refusals of a row, late commits, pages, jobs. */
import { z } from 'zod';
import { lockMessage, RecordError } from '../salesforce/errors.ts';
import type { FaultCall } from './call.ts';
import { callFault, type FaultKind, writeFault } from './kinds.ts';

const none = z.strictObject({});
const isPage = ({ vendor, operation }: FaultCall) =>
  vendor === 'salesforce'
    ? /^GET \/query(All)?(\/|$)/.test(operation)
    : /^(GET \/crm\/objects\/[^/]+|POST \/crm\/objects\/[^/]+\/search)$/.test(operation);
const opensJob = ({ operation }: FaultCall) =>
  operation === 'POST /jobs/query' || operation === 'PATCH /jobs/ingest/{id}';

/** A fault that refuses a row with one code. */
function rowFault(
  code: string,
  says: { about: string; message: string; field?: string; via?: 'bulk' },
): FaultKind {
  return writeFault({
    about: says.about,
    source: 'SOAP API, Status Codes; REST API, sObject Collections',
    count: 1,
    ...(says.via ? { via: says.via } : {}),
    params: z.strictObject({
      code: z.string().min(1).default(code),
      message: z.string().default(says.message),
      fields: z.array(z.string()).default([]),
    }),
    apply: ({ params }) => {
      throw new RecordError(params.code, params.message, params.fields);
    },
  });
}

/** Their kinds by name. */
export const rowFaults = {
  'row-locked': rowFault('UNABLE_TO_LOCK_ROW', {
    about: 'another transaction holds the row (or its parent): a row error, or 400 on one record',
    message: lockMessage,
  }),
  'row-rejected': rowFault('FIELD_CUSTOM_VALIDATION_EXCEPTION', {
    about: 'a validation rule refuses the row, with "message" and "fields"',
    message: 'The record does not meet our rules.',
  }),
  'row-trigger-failed': rowFault('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', {
    about: 'a trigger or flow of the org fails on the row',
    message:
      'PartnerTrigger: execution of BeforeUpdate\n\ncaused by: System.NullPointerException: ' +
      'Attempt to de-reference a null object',
  }),
  'bulk-rows-failed': rowFault('UNABLE_TO_LOCK_ROW', {
    about: 'rows of a bulk job fail although the job is JobComplete',
    message: lockMessage,
    via: 'bulk',
  }),
  'row-late': writeFault({
    about: 'the row is stamped now and visible only "seconds" of sandbox clock later',
    source: 'airbyte #27146, #42490; crm-apis.md, Clock / commit skew',
    count: 1,
    params: z.strictObject({ seconds: z.number().positive() }),
    apply: ({ params }) => params.seconds * 1000,
  }),
  'several-matches': {
    strikes: 'key' as const,
    about: 'the key of an upsert fits two records: 300, or DUPLICATE_EXTERNAL_ID on a row',
    source: 'REST API, Insert or Update (Upsert) a Record Using an External ID',
    count: 1,
    params: none,
  },
  'short-page': callFault({
    about: 'a page of fewer rows than asked for ("rows", or a draw from "min" to "rows")',
    source: 'REST API, Query Options Header; jsforce #36',
    count: null,
    params: z.strictObject({
      rows: z.int().min(0).default(250),
      min: z.int().min(0).optional(),
    }),
    at: isPage,
    apply: async ({ call, params, scene }, proceed) => {
      call.effects.pageRows = scene.random.int(
        Math.min(params.min ?? params.rows, params.rows),
        params.rows,
      );
      return proceed();
    },
  }),
  'bulk-stuck': callFault({
    about:
      'a job stays UploadComplete or InProgress, for "seconds" of sandbox clock or until disarmed',
    source: 'Bulk API 2.0, Get Information About a Job',
    count: 1,
    params: z.strictObject({
      state: z.enum(['UploadComplete', 'InProgress']).default('InProgress'),
      seconds: z.number().positive().nullable().default(null),
    }),
    at: opensJob,
    apply: async ({ call, params, scene }, proceed) => {
      const { state, seconds } = params;
      const until =
        seconds === null ? Number.POSITIVE_INFINITY : scene.clock.now() + seconds * 1000;
      const over = () => !scene.armed() || scene.clock.now() >= until;
      call.effects.holdJob = { state, over };
      return proceed();
    },
  }),
  'bulk-failed': callFault({
    about: 'a job ends as Failed, with "message"',
    source: 'Bulk API 2.0, job states',
    count: 1,
    params: z.strictObject({
      message: z
        .string()
        .default('InternalServerError : Unable to find object or process the data'),
    }),
    at: opensJob,
    apply: async ({ call, params }, proceed) => {
      call.effects.failJob = params.message;
      return proceed();
    },
  }),
  'delete-log-purged': callFault({
    about: 'getDeleted knows the last "days" only: INVALID_REPLICATION_DATE before that',
    source: 'SOAP API, getDeleted(): the delete log is purged past a size',
    count: 1,
    params: z.strictObject({ days: z.number().positive().default(1) }),
    at: ({ operation }) => /^GET \/sobjects\/\w+\/deleted$/.test(operation),
    apply: async ({ call, params }, proceed) => {
      call.effects.deletedDays = params.days;
      return proceed();
    },
  }),
} satisfies Record<string, FaultKind>;
