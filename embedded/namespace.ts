/** Makes a Temporal namespace ready for us: search attributes on any server, retention on our own. */
import { readFileSync } from 'node:fs';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Env } from '../env.ts';
import { messageOf, StackError } from './errors.ts';

/** The search attributes our workflows set (design.md section 6), with their Temporal types. */
export const searchAttributes = {
  CrmConnection: 'Keyword',
  PartnerId: 'Keyword',
  RegistrationId: 'Keyword',
  RegistrationState: 'Keyword',
  SlaDueAt: 'Datetime',
  RunOutcome: 'Keyword',
  NeedsAttention: 'Bool',
} as const;

/** temporal.api.enums.v1.IndexedValueType of the types above. */
const indexedValueTypes = { Keyword: 2, Bool: 5, Datetime: 6 } as const;

/** Longest a connection attempt to a Temporal server takes. */
const connectTimeoutMs = 10_000;

/** How to reach the Temporal server the environment names, TLS and API key included. */
export function temporalConnectionOptions(
  env: Env,
  address = env.TEMPORAL_ADDRESS,
): ConnectionOptions {
  const certificate = env.TEMPORAL_TLS_CLIENT_CERT_PATH;
  const key = env.TEMPORAL_TLS_CLIENT_KEY_PATH;
  const ca = env.TEMPORAL_TLS_SERVER_CA_CERT_PATH;
  const guarded = env.TEMPORAL_API_KEY ?? certificate ?? ca ?? env.TEMPORAL_TLS_SERVER_NAME;
  const tls = env.TEMPORAL_TLS ?? guarded !== undefined;
  return {
    ...(address && { address }),
    ...(env.TEMPORAL_API_KEY && { apiKey: env.TEMPORAL_API_KEY }),
    tls: tls && {
      ...(env.TEMPORAL_TLS_SERVER_NAME && { serverNameOverride: env.TEMPORAL_TLS_SERVER_NAME }),
      ...(ca && { serverRootCACertificate: readPem(ca, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH') }),
      ...(certificate &&
        key && {
          clientCertPair: {
            crt: readPem(certificate, 'TEMPORAL_TLS_CLIENT_CERT_PATH'),
            key: readPem(key, 'TEMPORAL_TLS_CLIENT_KEY_PATH'),
          },
        }),
    },
  };
}

/** Connects; a server that does not answer within 10 s is a StackError naming its address. */
export async function connectToTemporal(options: ConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect({ connectTimeout: connectTimeoutMs, ...options });
  } catch (error) {
    throw new StackError(
      `The Temporal server at ${options.address} does not answer ` +
        `(${messageOf(error)}). ` +
        'Start it, correct TEMPORAL_ADDRESS, or unset TEMPORAL_ADDRESS to have a local one started.',
      { cause: error },
    );
  }
}

/** Registers the search attributes that are missing; returns their names. Throws what the server says. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<string[]> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        missing.map(([name, type]) => [name, indexedValueTypes[type]]),
      ),
    });
  }
  return missing.map(([name]) => name);
}

/** True when runs can be started with our search attributes. */
export async function hasSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<boolean> {
  return (await missingAttributes(connection, namespace).catch(() => null))?.length === 0;
}

async function missingAttributes(connection: Connection, namespace: string) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(searchAttributes).filter(([name]) => !customAttributes?.[name]);
}

/** Keeps closed workflows readable for `days`; a dev server starts with one day. */
export async function setRetention(
  connection: Connection,
  namespace: string,
  days: number,
): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(`${days} days`) },
  });
}

function readPem(path: string, variable: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StackError(`${variable} is "${path}", which cannot be read. Correct the path.`, {
      cause: error,
    });
  }
}
