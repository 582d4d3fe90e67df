/** The socket of the embedded store, by what a client may send: in pieces, too early, wrong, or not to the end. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { PGliteServer } from '../../embedded/pglite-server.ts';
import { MessageReader } from '../../embedded/protocol-messages.ts';
import { createPGlite } from '../support/prepared-pglite.ts';
import { withClient } from '../support/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'ps-socket-'));
const path = join(folder, '.s.PGSQL.5432');
const connectionString = `postgresql://postgres@/postgres?host=${folder}`;
let db: PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await createPGlite();
  server = new PGliteServer(db);
  await server.listen(path);
}, 60_000);

afterAll(async () => {
  await server.stop();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A session by hand: connected, greeted, ready. */
async function rawSession(): Promise<Socket> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  socket.write(startup());
  await answered(socket);
  return socket;
}

/** How an answer ends: idle, in a transaction, in a failed one. */
const ready = ['I', 'T', 'E'].map((status) => `Z\0\0\0\u0005${status}`);

/** Resolves with all that came once PGlite is ready again. */
function answered(socket: Socket): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const take = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (ready.some((end) => text.endsWith(end))) {
        socket.off('data', take);
        resolve(text);
      }
    };
    socket.on('data', take);
  });
}

/** A first message: a length, a code, and what the code asks for. */
function first(code: number, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + bytes.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, bytes]);
}

const startup = () => first(196_608, 'user\0postgres\0database\0postgres\0\0');

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

test('a message of many megabytes arrives whole, and so does an answer', async () => {
  const large = 'é'.repeat(4_000_000);

  const { rows } = await withClient(connectionString, (client) =>
    client.query('select $1::text as same', [large]),
  );

  expect(rows[0].same === large).toBe(true);
});

test('messages may come byte by byte', async () => {
  const socket = await rawSession();
  const answer = answered(socket);

  for (const byte of message('Q', 'select 42 as n\0')) socket.write(Buffer.of(byte));

  expect(await answer).toContain('42');
  socket.destroy();
});

test('encryption is declined, and the session begins all the same', async () => {
  const socket = createConnection(path);

  socket.write(first(80_877_103));
  const [declined] = await once(socket, 'data');
  socket.write(startup());

  expect(String(declined)).toBe('N');
  expect((await answered(socket)).endsWith(ready[0]!)).toBe(true);
  socket.destroy();
});

test('a request to cancel ends its own connection and nothing else', async () => {
  const socket = createConnection(path);

  socket.write(first(80_877_102, Buffer.alloc(8)));
  await once(socket, 'close');

  expect(
    (await withClient(connectionString, (client) => client.query('select 1 as n'))).rows,
  ).toEqual([{ n: 1 }]);
});

test('what is not the protocol closes its connection and nothing else', async () => {
  const early = createConnection(path);
  const earlyClosed = once(early, 'close');
  early.write('GET / HTTP/1.1\r\n\r\n');
  const late = await rawSession();
  const lateClosed = once(late, 'close');
  late.write(Buffer.of(0x51, 0, 0, 0, 1));

  await Promise.all([earlyClosed, lateClosed]);

  expect(
    (await withClient(connectionString, (client) => client.query('select 1 as n'))).rows,
  ).toEqual([{ n: 1 }]);
});

test('a query left in its middle is ended when its connection goes, and the next one has its turn', async () => {
  const socket = await rawSession();
  await withClient(connectionString, (client) =>
    client.query('create table if not exists left_behind (n int)'),
  );
  socket.write(message('Q', 'begin\0'));
  await answered(socket);
  socket.write(message('Q', 'insert into left_behind values (1)\0'));
  await answered(socket);
  // Parse without a Sync: PGlite waits for more.
  socket.write(message('P', '\0select 1\0\0\0'));
  const next = withClient(connectionString, (client) => client.query('select * from left_behind'));
  await new Promise((resolve) => setTimeout(resolve, 50));

  socket.destroy();

  expect((await next).rows).toEqual([]);
});

test('stopping in the middle of a transaction leaves PGlite at rest, with nothing of it', async () => {
  const other = await createPGlite();
  const stopped = new PGliteServer(other);
  const at = join(folder, '.s.PGSQL.5433');
  await stopped.listen(at);
  const client = new pg.Client({
    host: folder,
    port: 5433,
    user: 'postgres',
    database: 'postgres',
  });
  client.on('error', () => {});
  await client.connect();
  await client.query('create table kept (n int)');
  await client.query('begin');
  await client.query('insert into kept values (1)');

  await stopped.stop();

  expect(other.isInTransaction()).toBe(false);
  expect((await other.query('select * from kept')).rows).toEqual([]);
  await other.close();
});

test('when PGlite itself fails, that is told and every connection ends', async () => {
  const told: unknown[] = [];
  const failing = {
    ...fakePGlite(),
    execProtocolRawStream: async () => Promise.reject('out of memory'),
  };
  const broken = new PGliteServer(failing as unknown as PGlite, (error) => told.push(error));
  const at = join(folder, '.s.PGSQL.5434');
  await broken.listen(at);
  const socket = createConnection(at);
  socket.write(startup());

  await once(socket, 'close');

  expect(told).toEqual(['out of memory']);
  await broken.stop();
});

function fakePGlite() {
  return {
    waitReady: Promise.resolve(),
    isInTransaction: () => false,
    runExclusive: (work: () => Promise<void>) => work(),
  };
}

test('however messages are cut on the way, the same ones are read', () => {
  const whole = Buffer.concat([
    startup(),
    message('Q', 'select 1\0'),
    message('P', `\0${'x'.repeat(70_000)}\0\0\0`),
    message('S', ''),
    message('X', ''),
  ]);
  for (const size of [1, 3, 7, 100, 65_536, whole.length]) {
    const reader = new MessageReader();
    const read: Buffer[] = [];
    let kinds = '';
    for (let at = 0; at < whole.length; at += size) {
      reader.push(whole.subarray(at, at + size));
      for (let wish = reader.next(); wish; wish = reader.next()) {
        kinds += wish.kind === 'messages' ? '' : `${wish.kind} `;
        if ('bytes' in wish) read.push(Buffer.from(wish.bytes));
        if (wish.kind === 'goodbye') break;
      }
    }
    expect(Buffer.concat(read).equals(whole.subarray(0, -5))).toBe(true);
    expect(kinds).toBe('startup goodbye ');
  }
});
