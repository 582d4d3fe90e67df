/** Ports of the embedded stack: chosen, held, and exchanged when another program was quicker. */
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { freePort, type PortWish, startOnPorts } from '../../embedded/ports.ts';

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** Listens as a program would: fails by EADDRINUSE. Returns the port. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    open.push(server);
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve(port));
  });
}

const wish = (rest: Partial<PortWish>): PortWish => ({
  what: 'the program',
  usual: 7790,
  remedy: 'Choose another.',
  ...rest,
});

test('a port that another program takes before it is used is exchanged for another', async () => {
  const tried: number[] = [];

  const got = await startOnPorts([wish({ asked: 0 })], async ([port]) => {
    tried.push(port!);
    // The quicker one.
    if (tried.length < 3) await listen(port!);
    return listen(port!);
  });

  expect(tried).toHaveLength(3);
  expect(new Set(tried).size).toBe(3);
  expect(got).toBe(tried[2]);
});

test('a program that fails for another reason is not started again', async () => {
  let starts = 0;
  const attempt = startOnPorts([wish({ asked: 0 })], async () => {
    starts += 1;
    throw new Error('disk full');
  });

  await expect(attempt).rejects.toThrow('disk full');
  expect(starts).toBe(1);
});

test('a port that was asked for by number is not exchanged', async () => {
  const port = await freePort();
  let starts = 0;
  const attempt = startOnPorts([wish({ asked: port })], async () => {
    starts += 1;
    await listen(port);
    return listen(port);
  });

  await expect(attempt).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(starts).toBe(1);
});

test('starts at the same moment get different ports', async () => {
  const usual = await freePort();
  const all = await Promise.all(
    Array.from({ length: 8 }, () => startOnPorts([wish({ usual })], ([port]) => listen(port!))),
  );

  expect(new Set(all).size).toBe(8);
});

test('a busy port that was asked for is named with the remedy', async () => {
  const port = await listen(await freePort());
  const attempt = startOnPorts([wish({ asked: port })], async () => port);

  await expect(attempt).rejects.toThrow(`Port ${port} for the program is in use. Choose another.`);
});
