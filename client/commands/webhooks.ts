/** webhooks: what to enter in HubSpot so that changes come at once, and whether it is switched on. */
import { type Env, readVariable } from '../../env.ts';
import { listMappings, loadMapping } from '../../mappings/load.ts';
import type { CompiledMapping } from '../../mappings/types.ts';
import {
  type WebhookSubscription,
  webhookSubscriptions,
} from '../../mappings/webhook-subscriptions.ts';
import { rulesVersion } from '../../rules/version.ts';
import { webhookUrl } from '../../server/contract.ts';
import { checkWritable, writePrivate } from '../files.ts';
import { CommandError, counted, exitCodes, type Output } from '../output.ts';

/** One connection's set-up. */
interface Setup {
  connection: string;
  targetUrl: string;
  /** The variable that holds the app's client secret; null: the mapping names none. */
  secret: string | null;
  on: boolean;
  subscriptions: WebhookSubscription[];
}

/** Prints target URL, secret and subscriptions of a connection, or of all that have webhooks. */
export async function webhooksCommand(
  env: Env,
  output: Output,
  options: { connection?: string; file?: string },
): Promise<number> {
  const setups = mappingsOf(env, options.connection).map((mapping) => setupOf(env, mapping));
  if (options.file !== undefined) {
    if (setups.length !== 1) {
      throw new CommandError('--file needs the one connection it is for.', exitCodes.usage);
    }
    checkWritable('--file', options.file);
    writePrivate('--file', options.file, `${JSON.stringify(fileOf(setups[0]!), null, 2)}\n`);
    output.progress(
      `${options.file} is the webhooks/webhooks-hsmeta.json of a HubSpot project app.`,
    );
  }
  for (const setup of setups) {
    sayWebhooks(output, setup);
  }
  output.result({ connections: setups });
  return exitCodes.done;
}

function mappingsOf(env: Env, connection: string | undefined): CompiledMapping[] {
  const files = listMappings(env.PARTNER_SYNC_MAPPINGS);
  const chosen = files.filter((file) => connection === undefined || file.connection === connection);
  const mappings = chosen.flatMap(({ path }) => {
    const loaded = loadMapping(path, { env: null, rulesVersion });
    return loaded.ok && loaded.mapping.crm === 'hubspot' ? [loaded.mapping] : [];
  });
  if (mappings.length === 0) {
    const what =
      connection === undefined ? 'HubSpot connection' : `HubSpot connection ${connection}`;
    throw new CommandError(
      `There is no ${what} whose mapping is without problems. Salesforce is polled only; see ` +
        '"partner-sync validate".',
    );
  }
  return mappings;
}

function setupOf(env: Env, mapping: CompiledMapping): Setup {
  const { connection } = mapping;
  const base = env.PARTNER_SYNC_PUBLIC_URL ?? 'https://YOUR-ADDRESS';
  const named = /^\$\{(\w+)\}$/.exec(mapping.auth.values['client_secret'] ?? '')?.[1] ?? null;
  return {
    connection,
    targetUrl: webhookUrl(base, connection),
    secret: named,
    on: named !== null && (readVariable(named) ?? (env as Variables)[named]) !== undefined,
    subscriptions: webhookSubscriptions(mapping),
  };
}

/** The sandbox's variables have defaults. */
type Variables = Record<string, unknown>;

function sayWebhooks(output: Output, setup: Setup): void {
  const { connection, targetUrl, secret, on, subscriptions } = setup;
  output.say(`Webhooks of ${connection}`);
  output.table(
    ['What', 'Value'],
    [
      ['Target URL', targetUrl],
      ['Client secret', secretLine(secret, on)],
      ['Concurrent requests', String(concurrency)],
      ['Subscriptions', counted(subscriptions.length, 'event')],
    ],
  );
  const objects = Object.groupBy(subscriptions, ({ objectType }) => objectType);
  output.table(
    ['Object', 'Events', 'Properties'],
    Object.entries(objects).map(([name, own]) => [
      name,
      [
        ...new Set(own!.map(({ subscriptionType }) => subscriptionType.slice('object.'.length))),
      ].join(', '),
      own!.flatMap(({ propertyName }) => propertyName ?? []).join(', '),
    ]),
  );
}

function secretLine(secret: string | null, on: boolean): string {
  if (secret === null) {
    return 'not named: add auth.client_secret to the mapping; until then the connection is polled';
  }
  return on ? `${secret} is set` : `${secret} is not set here: set it where the worker runs`;
}

/** HubSpot's own usual number; each waits for Temporal. */
const concurrency = 10;

/** The file a project app carries (HubSpot docs, "Configure webhooks", webhooks-hsmeta.json). */
function fileOf({ targetUrl, subscriptions }: Setup) {
  return {
    uid: 'partner_sync_webhooks',
    type: 'webhooks',
    config: {
      settings: { targetUrl, maxConcurrentRequests: concurrency },
      subscriptions: { crmObjects: subscriptions.map((one) => ({ ...one, active: true })) },
    },
  };
}
