/** Chooses the TCP ports of the embedded stack and says so when one is taken. */
import { createServer } from 'node:net';
import { errnoOf, StackError } from './errors.ts';

/** What to look for: the usual port, or the one the person asked for by `variable`. */
export interface PortWish {
  what: string;
  usual: number;
  asked?: number | undefined;
  remedy: string;
}

/** How many ports above the usual one are tried before any free one is taken. */
const neighboursMax = 20;

/** A port free on loopback now: the asked one or an error, else the usual one, else a near one. */
export async function choosePort(wish: PortWish): Promise<number> {
  if (wish.asked !== undefined && wish.asked !== 0) {
    if (await isFree(wish.asked)) return wish.asked;
    throw new StackError(`Port ${wish.asked} for ${wish.what} is in use. ${wish.remedy}`);
  }
  if (wish.asked === 0) return freePort();
  for (let port = wish.usual; port < wish.usual + neighboursMax; port += 1) {
    if (await isFree(port)) return port;
  }
  return freePort();
}

/** Any free port on loopback. Another process can take it before it is used; starters retry. */
export function freePort(): Promise<number> {
  return listenOnce(0);
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
