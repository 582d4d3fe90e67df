/** The sockets of a connector to its CRM. */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { askedAtTheWire } from './deadline.ts';

/** Sockets a connector holds open to its org: pages, batches and token calls in parallel. */
const socketsMax = 16;
/** A TCP and TLS handshake that takes longer means the host is not there. */
const connectTimeoutMs = 10_000;

/** Opens the sockets' pool; a proxy from the environment is used for anything but loopback. */
export function openDispatcher(loginUrl: string): Dispatcher {
  const options = {
    connections: socketsMax,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: 0, // our own signal bounds the whole exchange
    bodyTimeout: 0,
  };
  const host = new URL(loginUrl).hostname;
  const loopback = host === 'localhost' || host === '[::1]' || host.startsWith('127.');
  return askedAtTheWire(loopback ? new Agent(options) : new EnvHttpProxyAgent(options));
}
