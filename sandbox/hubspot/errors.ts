/** HubSpot's refusals: a status, a category, a message, and the bodies in which they are sent. */
import { randomUUID } from 'node:crypto';

/** One finding inside an error; `in` names the place, `context` the values it is about. */
export interface ErrorDetail {
  message: string;
  code?: string;
  in?: string;
  subCategory?: string;
  context?: Record<string, string[]>;
}

/** What an error body may have beside status, message, correlationId and category. */
export interface ErrorExtras {
  subCategory?: string;
  errors?: ErrorDetail[];
  context?: Record<string, string[]>;
  links?: Record<string, string>;
}

/** A refusal of a call, or of one row of a batch. */
export class HubSpotError extends Error {
  override readonly name = 'HubSpotError';
  readonly status: number;
  readonly category: string;
  readonly extras: ErrorExtras;

  constructor(status: number, category: string, message: string, extras: ErrorExtras = {}) {
    super(message);
    this.status = status;
    this.category = category;
    this.extras = extras;
  }

  /** The body of a refused call (developers.hubspot.com, Error handling). */
  body(): Record<string, unknown> {
    const { message, category, extras } = this;
    return { status: 'error', message, correlationId: randomUUID(), ...extras, category };
  }

  /** The entry of a 207's `errors`; the row is named by id and, where it gave one, trace id. */
  rowBody(row: { id?: string; traceId?: string }): Record<string, unknown> {
    const { message, category, extras } = this;
    const context = {
      ...(extras.context ?? {}),
      ...(row.id === undefined ? {} : { ids: [row.id] }),
      ...(row.traceId === undefined ? {} : { objectWriteTraceId: [row.traceId] }),
    };
    const { errors = [], subCategory, links = {} } = extras;
    const more = subCategory === undefined ? {} : { subCategory };
    return { status: 'error', category, ...more, message, context, errors, links };
  }
}

/** 400 for a call that is wrong as a whole. */
export function badRequest(message: string, extras: ErrorExtras = {}): HubSpotError {
  return new HubSpotError(400, 'VALIDATION_ERROR', message, extras);
}

/** 404 for one record, property, pipeline ... */
export function notFound(message = 'resource not found'): HubSpotError {
  return new HubSpotError(404, 'OBJECT_NOT_FOUND', message);
}

/** What is wrong with one property's value. */
export interface InvalidValue {
  name: string;
  error: string;
  message: string;
}

/** 400 whose message carries the findings as JSON text, as HubSpot writes them. */
export function invalidValues(portalId: number, findings: InvalidValue[]): HubSpotError {
  const listed = findings.map(({ name, error, message }) => ({
    isValid: false,
    message,
    error,
    name,
    localizedErrorMessage: message,
    portalId,
  }));
  return badRequest(`Property values were not valid: ${JSON.stringify(listed)}`, {
    errors: findings.map(({ name, error, message }) => ({
      message,
      code: error,
      context: { propertyName: [name] },
    })),
  });
}
