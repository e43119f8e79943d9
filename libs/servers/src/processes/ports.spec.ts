import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts, freePort, isPortFree, isPortOpen, LOOPBACK, releasePort } from './ports';

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

test('a port that another process has claimed, but does not listen on yet, is not given, unless that process is gone', async () => {
  const port = await freePort();
  releasePort(port);
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)']);
  writeFileSync(join(tmpdir(), 'billingrails-ports', String(port)), String(other.pid));
  expect(await choosePorts([port])).not.toEqual([port]);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(await choosePorts([port])).toEqual([port]);
});
