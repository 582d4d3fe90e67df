/** Chooses the TCP ports of the embedded stack, holds them until they are used, says so when one is taken. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { errnoOf, messageOf, StackError } from './errors.ts';
import { acquireLock, type Lock, LockHeld } from './process-lock.ts';

/** What to look for: the usual port, or the one the person asked for by `variable`. */
export interface PortWish {
  what: string;
  usual: number;
  asked?: number | undefined;
  remedy: string;
}

/** A port that no other stack of this user chooses until it is let go. */
export interface HeldPort {
  port: number;
  release(): void;
}

/** How many ports above the usual one are tried before any free one is taken. */
const neighboursMax = 20;
/** Free ports tried before the machine is called full. */
const freeTriesMax = 50;
/** Starts on other ports after somebody took the chosen ones. */
const startsMax = 6;

/**
 * Starts a program on ports that are free. It listens itself a while after they were chosen, and
 * another program may take one meanwhile: it is started again on others then. Ports that were asked
 * for by number are not exchanged: the program's own error is thrown.
 */
export async function startOnPorts<T>(
  wishes: readonly PortWish[],
  start: (ports: number[]) => Promise<T>,
): Promise<T> {
  for (let started = 1; ; started += 1) {
    const held: HeldPort[] = [];
    try {
      for (const wish of wishes) held.push(await holdPort(wish));
      const ports = held.map(({ port }) => port);
      try {
        return await start(ports);
      } catch (error) {
        const mayMove = wishes.some(({ asked }) => asked === undefined || asked === 0);
        if (started === startsMax || !mayMove || !(await wasTaken(error, ports))) throw error;
      }
    } finally {
      for (const { release } of held) release();
    }
  }
}

/** A port free on loopback now: the asked one or an error, else the usual one, else a near one. */
async function holdPort(wish: PortWish): Promise<HeldPort> {
  const { asked, usual } = wish;
  if (asked !== undefined && asked !== 0) {
    const held = await holdIfFree(asked);
    if (held) return held;
    throw new StackError(`Port ${asked} for ${wish.what} is in use. ${wish.remedy}`);
  }
  for (let port = usual; asked === undefined && port < usual + neighboursMax; port += 1) {
    const held = await holdIfFree(port);
    if (held) return held;
  }
  for (let tries = 0; tries < freeTriesMax; tries += 1) {
    const held = await holdIfFree(await freePort());
    if (held) return held;
  }
  throw new StackError(`No free port was found for ${wish.what}. Stop what listens on so many.`);
}

/** Any free port on loopback. Another process can take it before it is used; starters retry. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Held first: two stacks that start at once would find the same port free. */
async function holdIfFree(port: number): Promise<HeldPort | undefined> {
  const lock = lockPort(port);
  if (lock === undefined) return undefined;
  if (await isFree(port)) return { port, release: () => lock.release() };
  lock.release();
  return undefined;
}

function lockPort(port: number): Lock | undefined {
  try {
    return acquireLock(join(cacheFolder('ports'), `${port}.lock`));
  } catch (error) {
    if (error instanceof LockHeld) return undefined;
    // No cache to write in: then only the next start helps where two choose the same port.
    if (['EACCES', 'EROFS', 'EPERM'].includes(errnoOf(error) ?? '')) return { release() {} };
    throw error;
  }
}

/** A Temporal server takes ports of its own choice too, and may lose those. */
async function wasTaken(error: unknown, ports: number[]): Promise<boolean> {
  if (/address already in use|EADDRINUSE/i.test(messageOf(error))) return true;
  const free = await Promise.all(ports.map(isFree));
  return free.includes(false);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EADDRINUSE' || errnoOf(error) === 'EACCES') return false;
    throw error;
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
