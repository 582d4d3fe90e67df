/** Puts the server on a port; says in words when the port is taken. */
import { serve } from '@hono/node-server';
import { createServer } from './app.ts';
import type { ServerDeps } from './deps.ts';

/** A listening server. `url` is where this machine reaches it. */
export interface RunningServer {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Listens on host and port (0: any free one). Throws a sentence when the port is busy. */
export async function startServer(
  deps: Omit<ServerDeps, 'publicUrl'> & { publicUrl: string | null },
  bind: { host: string; port: number },
): Promise<RunningServer> {
  let url = '';
  const app = createServer({ ...deps, publicUrl: () => deps.publicUrl ?? url });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: bind.host, port: bind.port }, (info) => {
      const host = bind.host === '0.0.0.0' || bind.host === '::' ? '127.0.0.1' : bind.host;
      url = `http://${host}:${info.port}`;
      resolve({
        url,
        port: info.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) {
              server.closeAllConnections();
            }
          }),
      });
    });
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, bind)));
  });
}

function portError(error: NodeJS.ErrnoException, bind: { host: string; port: number }): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${bind.port} on ${bind.host} is in use. Stop what listens there, or set ` +
        'PARTNER_SYNC_PORT to another port (0: any free one).',
    );
  }
  return new Error(`The server cannot listen on ${bind.host}:${bind.port}: ${error.code}.`, {
    cause: error,
  });
}
