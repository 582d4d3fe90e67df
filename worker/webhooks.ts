/** Puts the webhook side together: which connections have one, and how their owners are told. */
import { Client, Connection } from '@temporalio/client';
import { changesIn, isGenuine, isTimely } from '../connectors/hubspot/webhooks.ts';
import { temporalConnectionOptions } from '../embedded/namespace.ts';
import type { Env } from '../env.ts';
import { listMappings, loadMapping } from '../mappings/load.ts';
import { webhookSecret } from '../mappings/secrets.ts';
import { rulesVersion } from '../rules/version.ts';
import { createWakeUps, type WakeUps } from '../server/wake-ups.ts';
import type { WebhookDeps } from '../server/webhooks.ts';
import { connectionWorkflowId, type ReportedChanges, wakeSignal } from '../workflows/messages.ts';

/** HubSpot waits five seconds for an answer, of which up to two go into gathering. */
const signalMaxMs = 2_500;

type Endpoints = WebhookDeps['endpoints'];

/**
 * By the mapping files as they are now: a secret is no part of what a plan decides. Salesforce has
 * no webhooks; a HubSpot mapping without `auth.client_secret` has them off, and the log says so when
 * one arrives.
 */
export function webhookEndpoints(mappingsDir: string, env: NodeJS.ProcessEnv): Endpoints {
  const endpoints = new Map<string, ReturnType<Endpoints['get']> & object>();
  const secrets = new Map<string, string>();
  for (const { path } of listMappings(mappingsDir)) {
    const loaded = loadMapping(path, { env, rulesVersion });
    if (!loaded.ok || loaded.mapping.crm !== 'hubspot') {
      continue;
    }
    const { connection } = loaded.mapping;
    const secret = webhookSecret(loaded.mapping, env);
    if (secret === null) {
      endpoints.set(connection, { off: off(connection) });
    } else {
      secrets.set(connection, secret);
    }
  }
  for (const [connection, secret] of secrets) {
    const sameApp = [...secrets].flatMap(([name, other]) => (other === secret ? [name] : []));
    endpoints.set(connection, {
      isTimely,
      isGenuine: (request) => isGenuine(secret, request),
      changesIn,
      sameApp: new Set(sameApp),
    });
  }
  return endpoints;
}

function off(connection: string): string {
  return (
    `A webhook for ${connection} was refused: without the app's client secret nobody can tell whose ` +
    'it is. Name its variable in the mapping as auth.client_secret, and start the worker again.'
  );
}

/** Tells owners through Temporal, connected to when the first webhook comes. */
export function temporalWakeUps(env: Env): { wakeUps: WakeUps; close(): Promise<void> } {
  const connection = Connection.lazy(temporalConnectionOptions(env));
  const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
  const wakeUps = createWakeUps({ send: (name, changes) => wake(client, name, changes) });
  return {
    wakeUps,
    async close() {
      await wakeUps.close();
      await connection.close();
    },
  };
}

/** One signal; throws where Temporal did not take it within the time. */
export async function wake(
  client: Client,
  connection: string,
  changes: ReportedChanges,
): Promise<void> {
  const owner = client.workflow.getHandle(connectionWorkflowId(connection));
  await client.withDeadline(Date.now() + signalMaxMs, () => owner.signal(wakeSignal, changes));
}
