import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PATIENCE_MS } from '@billingrails/testing';
import { Receiver, status } from '../testing/receiver';
import type { Resolve } from './resolver';
import { createSender, type Answer } from './sender';

let here: Server;
let port: number;
let connected: number;
const sockets = new Set<Socket>();
const receivers: Receiver[] = [];

beforeEach(async () => {
  connected = 0;
  here = createServer((socket) => {
    connected += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0);
  await once(here, 'listening');
  port = (here.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  here.close();
  for (const receiver of receivers.splice(0)) await receiver.stop();
});

const nothing: Resolve = () => Promise.reject(new Error('Nothing is resolved here.'));

async function post(
  url: string,
  { resolve = nothing, loopback = false, timeoutMs = PATIENCE_MS } = {},
): Promise<Answer> {
  const connection = createSender({ resolve, rules: { loopback }, timeoutMs }).open();
  try {
    return await connection.post({ url, headers: { 'webhook-id': 'evt_1' }, body: '{}' });
  } finally {
    await connection.close();
  }
}

const ADDRESSES = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '127.0.0.1.', '0x7f.1'],
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '192.0.0.192'],
  ...[
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '100.100.100.200',
  ],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[fe80::1]'],
  ...['[fd00:ec2::254]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]'],
  ...['[2001:0:7f00:1::]', '[ff02::1]', '[fec0::1]', '[::ffff:0:127.0.0.1]', '[2001:db8::1]'],
  ...['１２７.0.0.1', '127。0。0。1', '%31%32%37.0.0.1', 'localhost', 'LOCALHOST', 'localhost.'],
];

/** Names, with what the DNS says of them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'private.example': ['10.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'local.example': ['fd00::1'],
  'link.example': ['fe80::1'],
  'both.example': ['8.8.8.8', '127.0.0.1'],
  'both6.example': ['2606:4700::1111', '::1'],
  'nothing.example': [],
  'words.example': ['localhost'],
};

const HOSTILE = [
  ...ADDRESSES.map((host) => `https://${host}:PORT/`),
  ...Object.keys(NAMES).map((host) => `https://${host}:PORT/`),
  ...[
    'http://example.com/',
    'http://127.0.0.1:PORT/',
    'ftp://127.0.0.1:PORT/',
    'file:///etc/passwd',
  ],
  ...[
    'https://example.com@127.0.0.1:PORT/',
    'https://127.0.0.1:PORT#@example.com/',
    'gopher://127.0.0.1:PORT/',
  ],
  ...['https://127.0.0.1:PORT\\@example.com/', '//127.0.0.1:PORT/', 'unix:/var/run/docker.sock'],
];

test('of 60 hostile URLs not one is connected to', async () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
  const began: string[] = [];
  const resolve: Resolve = (hostname) => Promise.resolve(NAMES[hostname] ?? ['127.0.0.1']);
  for (const url of HOSTILE) {
    const { outcome } = await post(url.replace('PORT', String(port)), { resolve });
    if (outcome !== 'address_refused') began.push(`${url}: ${outcome}`);
  }
  expect(began).toEqual([]);
  expect(connected).toBe(0);
});

test('a name is resolved once a connection, and what was looked at is what is connected to', async () => {
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  const asked: string[] = [];
  const resolve: Resolve = (hostname) => {
    asked.push(hostname);
    return Promise.resolve(answers.shift() ?? []);
  };
  const posted = post(`https://rebound.example:${port}/`, { resolve, loopback: true });
  await once(here, 'connection');
  for (const socket of sockets) socket.destroy();
  expect(await posted).toMatchObject({ outcome: 'connection_failed', httpStatus: 0 });
  expect(asked).toEqual(['rebound.example']);
  expect(connected).toBe(1);
});

test('TLS asks for the name of the URL, not for the address it goes to', async () => {
  const hello = new Promise<string>((resolve) =>
    here.once('connection', (socket) =>
      socket.once('data', (data) => {
        resolve(data.toString('latin1'));
        socket.destroy();
      }),
    ),
  );
  const resolve: Resolve = () => Promise.resolve(['127.0.0.1']);
  await post(`https://named.example:${port}/`, { resolve, loopback: true });
  expect(await hello).toContain('named.example');
});

test('a redirect is an answer, and is not followed', async () => {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  for (const code of [301, 302, 303, 307, 308]) {
    receiver.answering = status(code, { location: `http://127.0.0.1:${port}/` });
    expect(await post(receiver.url(), { loopback: true })).toMatchObject({
      ...{ outcome: 'bad_status', httpStatus: code },
    });
  }
  expect(connected).toBe(0);
  expect(receiver.received).toHaveLength(5);
});

/** What a receiver writes on the bare connection, and what that is taken for. */
const LIES: [string, (socket: Socket) => void, Partial<Answer>][] = [
  ['never answers', () => undefined, { outcome: 'timeout' }],
  ['begins an answer and goes on for ever', (socket) => drip(socket), { outcome: 'timeout' }],
  ['drips its headers', (socket) => dripHeaders(socket), { outcome: 'timeout' }],
  ['closes at once', (socket) => socket.destroy(), { outcome: 'connection_failed' }],
  [
    'says 200 and resets',
    (socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha', () =>
        socket.resetAndDestroy(),
      ),
    { outcome: 'connection_failed', httpStatus: 200 },
  ],
  [
    'speaks no HTTP',
    (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    { outcome: 'connection_failed' },
  ],
  [
    'has endless headers',
    (socket) => socket.end(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n`),
    { outcome: 'connection_failed' },
  ],
  ['has an endless body', (socket) => flood(socket), { outcome: 'delivered', httpStatus: 200 }],
  [
    'is busy',
    (socket) => socket.end('HTTP/1.1 503 Busy\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n'),
    { outcome: 'bad_status', httpStatus: 503, askedMs: 120_000 },
  ],
  [
    'says what is wrong',
    (socket) => socket.end('HTTP/1.1 400 No\r\nconnection: close\r\n\r\nNo\u0000\r\n such thing'),
    { outcome: 'bad_status', httpStatus: 400, response: 'No such thing', errorCode: '' },
  ],
];

test.each(LIES)('a receiver that %s', async (_, behave, expected) => {
  here.on('connection', (socket) => socket.once('data', () => behave(socket)));
  const hangs = expected.outcome === 'timeout';
  const options = { loopback: true, ...(hangs && { timeoutMs: 300 }) };
  expect(await post(`http://127.0.0.1:${port}/`, options)).toMatchObject(expected);
});

function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
  again(socket, 'x');
}

function dripHeaders(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  again(socket, 'a: b\r\n');
}

function flood(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** A bit again and again, until the other side has had enough. */
function again(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.once('close', () => clearInterval(timer));
}
