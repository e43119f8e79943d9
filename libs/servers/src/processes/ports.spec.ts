import { createServer, type Server } from 'node:net';
import { choosePorts, freePort, isPortFree, isPortOpen, LOOPBACK } from './ports';

let server: Server;
let busyPort: number;

beforeEach(async () => {
  busyPort = await freePort();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(busyPort, LOOPBACK, resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

test('a port is open and not free while a program listens on it', async () => {
  expect([await isPortOpen(busyPort), await isPortFree(busyPort)]).toEqual([true, false]);
  const other = await freePort();
  expect([await isPortOpen(other), await isPortFree(other)]).toEqual([false, true]);
});

test('a busy port is replaced, a free one is taken, and none is given twice', async () => {
  const free = await freePort();
  const [first, second, third] = await choosePorts([busyPort, free, free]);
  expect(first).not.toBe(busyPort);
  expect(second).toBe(free);
  expect(new Set([busyPort, first, second, third]).size).toBe(4);
});

test('the port of a server that runs is kept', async () => {
  expect(await choosePorts([busyPort], new Set([busyPort]))).toEqual([busyPort]);
});
