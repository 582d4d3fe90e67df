/** Has the sandbox send its webhooks to the worker, as an admin sets it up in a portal. */
import type { Env } from '../env.ts';
import { listMappings, loadMapping } from '../mappings/load.ts';
import { resolveAuth, webhookSecret } from '../mappings/secrets.ts';
import type { CompiledMapping } from '../mappings/types.ts';
import { webhookSubscriptions } from '../mappings/webhook-subscriptions.ts';
import { rulesVersion } from '../rules/version.ts';
import { webhookUrl } from '../server/contract.ts';
import type { Output } from './output.ts';

/** Where the parts of the stack are. */
export interface Where {
  sandbox: string | null;
  server: string;
}

/**
 * Subscribes the HubSpot connections that reach this sandbox; returns their names. One portal has
 * one target. Throws where the sandbox does not take it: its control plane is off.
 */
export async function subscribeSandbox(env: Env, where: Where): Promise<string[]> {
  const subscribed: string[] = [];
  if (where.sandbox === null) {
    return subscribed;
  }
  const base = env.PARTNER_SYNC_PUBLIC_URL ?? where.server;
  for (const { path } of listMappings(env.PARTNER_SYNC_MAPPINGS)) {
    const loaded = loadMapping(path, { env: null, rulesVersion });
    if (!loaded.ok || subscribed.length > 0 || !reaches(env, where.sandbox, loaded.mapping)) {
      continue;
    }
    const { mapping } = loaded;
    const targetUrl = webhookUrl(base, mapping.connection);
    await control(where.sandbox, 'PUT', '/webhooks', { targetUrl });
    for (const { subscriptionType, objectType, propertyName } of webhookSubscriptions(mapping)) {
      const subscription = { eventType: subscriptionType, objectType, propertyName };
      // An optional object the portal does not have has no events either.
      await control(where.sandbox, 'POST', '/webhooks/subscriptions', subscription, [400, 404]);
    }
    subscribed.push(mapping.connection);
  }
  return subscribed;
}

/** The same, told in words: what cannot be set up is no reason not to start. */
export async function saySubscribed(env: Env, output: Output, where: Where): Promise<void> {
  try {
    for (const connection of await subscribeSandbox(env, where)) {
      output.progress(`Changes on HubSpot's record pages reach ${connection} by webhook.`);
    }
  } catch (error) {
    output.progress(
      `${error instanceof Error ? error.message : error} Changes come with the poll.`,
    );
  }
}

/** By the sandbox's own variables alone: what needs others is a connection to somewhere else. */
function reaches(env: Env, sandbox: string, mapping: CompiledMapping): boolean {
  const variables = {
    SANDBOX_URL: sandbox,
    SANDBOX_CLIENT_ID: env.SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET: env.SANDBOX_CLIENT_SECRET,
    SANDBOX_HUBSPOT_TOKEN: env.SANDBOX_HUBSPOT_TOKEN,
  };
  if (webhookSecret(mapping, variables) === null) {
    return false;
  }
  try {
    return resolveAuth(mapping, variables).loginUrl === sandbox;
  } catch {
    return false;
  }
}

async function control(
  sandbox: string,
  method: string,
  path: string,
  body: object,
  passed: number[] = [],
): Promise<void> {
  const answer = await fetch(`${sandbox}/__sandbox/hubspot${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok && !passed.includes(answer.status)) {
    throw new Error(`The sandbox took no webhooks: ${method} ${path} ${answer.status}.`);
  }
}
