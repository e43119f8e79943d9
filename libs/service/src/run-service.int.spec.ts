import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { bundled, waitFor } from '@billingrails/testing';

const [example] = bundled('src/testing/example.ts');
const children: ChildProcess[] = [];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const close of closing.splice(0)) close();
});

/** A server that takes connections on this port; 0: a free one. */
async function needed(port: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => void sockets.add(socket));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closing.push(close);
  return { port: (server.address() as net.AddressInfo).port, close };
}

async function freePort(): Promise<number> {
  const server = await needed(0);
  server.close();
  return server.port;
}

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [example], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr])
    createInterface(output).on('line', (line) => lines.push(line));
  const closed = once(child, 'close').then(() => child.exitCode);
  return {
    lines,
    /** The first line with this text, as it was logged. */
    line: async (text: string) => {
      const found = await waitFor(() => lines.find((line) => line.includes(text)), { what: text });
      return JSON.parse(found) as Record<string, unknown>;
    },
    count: (text: string) => lines.filter((line) => line.includes(text)).length,
    stop: () => {
      child.kill('SIGTERM');
      return closed;
    },
    closed,
  };
}

async function post(address: unknown, path: string) {
  const response = await fetch(`${String(address)}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return { status: response.status, text: await response.text() };
}

test('while what it needs is away it waits, longer each time, says for what, and then serves on the same port', async () => {
  const [neededPort, port] = [await freePort(), await freePort()];
  const service = start({ NEEDED_PORT: `${neededPort}`, PORT: `${port}` });
  const waiting = await service.line('"waiting_for"');
  expect(waiting).toMatchObject({
    level: 'warn',
    waiting_for: 'the needed server',
    msg: 'waiting for the needed server',
    delay_ms: 250,
    answering_at: `http://127.0.0.1:${port}`,
  });
  expect(await service.line('"delay_ms":1000')).toMatchObject({ waiting_for: 'the needed server' });

  await needed(neededPort);
  expect(await service.line('"msg":"listening"')).toMatchObject({
    address: `http://127.0.0.1:${port}`,
  });
  const health = await post(`http://127.0.0.1:${port}`, 'grpc.health.v1.Health/Check');
  expect(JSON.parse(health.text)).toEqual({ status: 'SERVING' });
  expect(service.lines.join('\n')).not.toContain('"stack"');
  expect(await service.stop()).toBe(0);
});

test('health says NOT_SERVING and all else is UNAVAILABLE while it waits', async () => {
  const service = start({ NEEDED_PORT: `${await freePort()}` });
  const { answering_at: address } = await service.line('"waiting_for"');
  const list = await post(address, 'grpc.health.v1.Health/List');
  expect(JSON.parse(list.text)).toEqual({
    statuses: {
      '': { status: 'NOT_SERVING' },
      'billingrails.metering.v1.UsageService': { status: 'NOT_SERVING' },
    },
  });
  const { status, text } = await post(address, 'billingrails.metering.v1.UsageService/QueryUsage');
  expect(status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('the needed server'),
  });
  expect(text).toContain('"STARTING"');
  expect((await fetch(`${String(address)}/metrics`)).status).toBe(503);
  expect(await service.stop()).toBe(0);
});

test('what a try had opened is closed before the next, the last first', async () => {
  const neededPort = await freePort();
  const service = start({ NEEDED_PORT: `${neededPort}` });
  await service.line('"delay_ms":500');
  expect(service.count('the book is closed')).toBeGreaterThanOrEqual(2);
  await needed(neededPort);
  await service.line('"msg":"listening"');
  const tries = service.count('"waiting_for"');
  expect(service.count('the book is closed')).toBe(tries);
  await service.stop();
  expect(service.count('the book is closed')).toBe(tries + 1);
  const [socket, book] = ['the socket is closed', 'the book is closed'].map((text) =>
    service.lines.findLastIndex((line) => line.includes(text)),
  );
  expect(socket).toBeLessThan(book ?? 0);
});

test.each([
  [
    'a variable that is wrong',
    { NEEDED_PORT: 'x', CORS_ORIGINS: 'console.example' },
    [/NEEDED_PORT: must be/, /CORS_ORIGINS: must be origins/],
  ],
  ['a variable that is missing', {}, [/NEEDED_PORT: is required/]],
  [
    'something set up wrongly',
    { NEEDED_PORT: '1', FAULT: 'setup' },
    [/"reason":"The book is upside down. Turn it."/],
  ],
])('%s ends it at once with a sentence', async (_what, env, says) => {
  const service = start(env);
  expect(await service.closed).toBe(1);
  const text = service.lines.join('\n');
  for (const words of says) expect(text).toMatch(words);
  expect(text).not.toMatch(/"stack"|^ +at /m);
});

test('a port in use ends it at once with a sentence', async () => {
  const taken = await needed(0);
  const service = start({ NEEDED_PORT: `${taken.port}`, PORT: `${taken.port}` });
  expect(await service.closed).toBe(1);
  expect(service.lines.join('\n')).toContain('The port at HOST and PORT is in use.');
  expect(service.lines.join('\n')).not.toContain('"stack"');
});

test('a fault of ours ends it with its stack trace', async () => {
  const service = start({ NEEDED_PORT: '1', FAULT: 'bug' });
  expect(await service.closed).toBe(1);
  expect(service.lines.join('\n')).toMatch(/"stack":"TypeError: no such page/);
});
