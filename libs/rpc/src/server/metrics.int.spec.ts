import { once } from 'node:events';
import http2, { type IncomingHttpHeaders } from 'node:http2';
import { startTestServer, type TestServer } from '../testing/test-server';
import { readTogether } from './metrics';
import { Gauge, Registry } from 'prom-client';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

async function overHttp1({ address }: TestServer, path: string, method: string): Promise<Answer> {
  const response = await fetch(`${address}${path}`, { method });
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

async function overHttp2({ address }: TestServer, path: string, method: string): Promise<Answer> {
  const session = http2.connect(address);
  const stream = session.request({ ':method': method, ':path': path });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  session.close();
  const told = headers as Record<string, string | undefined>;
  return { status: Number(headers[':status']), headers: told, text };
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
let server: TestServer | undefined;
afterEach(() => server?.close());

/** A server with one metric, which is read so. */
async function serve(read: () => number | Promise<number>): Promise<TestServer> {
  const metrics = new Registry();
  new Gauge({
    name: 'lag',
    help: 'The lag.',
    registers: [metrics],
    async collect() {
      this.set(await read());
    },
  });
  return (server = await startTestServer({ metrics, events: { ingestEvent: () => ({}) } }));
}

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s, without a key', (_version, ask) => {
  test('the metrics are answered', async () => {
    const { headers, status, text } = await ask(await serve(() => 1), '/metrics?a=b', 'GET');
    expect(status).toBe(200);
    expect(text).toMatch(/^lag 1$/m);
    expect(headers['content-type']).toBe(contentType);
  });

  test('metrics that cannot be read are 503, to be tried again, and the reason is told to the log alone', async () => {
    const failing = await serve(() => Promise.reject(new Error('the secret reason')));
    const { status, headers, text } = await ask(failing, '/metrics', 'GET');
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text)).toMatchObject({ code: 'unavailable' });
    expect(text).not.toContain('secret');
    expect(failing.lines.join()).toContain('the secret reason');
  });

  test('metrics that never come are 503', async () => {
    const hanging = await serve(() => new Promise(() => undefined));
    expect((await ask(hanging, '/metrics', 'GET')).status).toBe(503);
  });

  test('nothing but a GET is answered with them', async () => {
    const posted = await serve(() => 1);
    expect((await ask(posted, '/metrics', 'POST')).status).toBe(404);
  });

  test('a server that has none knows no such path', async () => {
    server = await startTestServer();
    const { status, text } = await ask(server, '/metrics', 'GET');
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: 'unimplemented' });
  });
});

test('who leaves before the answer harms nobody', async () => {
  let asked = (): void => undefined;
  let finish = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const held = new Promise<void>((resolve) => (finish = resolve));
  const left = await serve(async () => {
    asked();
    await held;
    return 1;
  });
  const leaving = new AbortController();
  const gone = fetch(`${left.address}/metrics`, { signal: leaving.signal });
  await isAsked;
  leaving.abort();
  await expect(gone).rejects.toThrow();
  finish();
  expect((await overHttp1(left, '/metrics', 'GET')).text).toMatch(/^lag 1$/m);
});

test('calls are counted and timed by method and code, whatever way they took, and no name is made up by callers', async () => {
  const counted = await serve(() => 1);
  const path = '/billingrails.ingest.v1.EventService/IngestEvent';
  expect((await counted.post('EventService/IngestEvent', {})).status).toBe(200);
  expect((await counted.post('EventService/IngestEvent', '{')).status).toBe(400);
  expect((await counted.post('EventService/IngestEvent', {}, { authorization: '' })).status).toBe(
    401,
  );
  expect((await counted.post('EventService/Nothing', {})).status).toBe(404);
  expect((await fetch(`${counted.address}${path}`)).status).toBe(405);
  const { text } = await overHttp1(counted, '/metrics', 'GET');
  const counts = [
    ...text.matchAll(/^billingrails_rpc_call_duration_seconds_count\{(.*)\} (\d+)$/gm),
  ];
  const ingest = 'service="billingrails.ingest.v1.EventService",method="IngestEvent"';
  expect(Object.fromEntries(counts.map(([, labels, count]) => [labels, Number(count)]))).toEqual({
    [`${ingest},code="OK"`]: 1,
    [`${ingest},code="INVALID_ARGUMENT"`]: 2,
    [`${ingest},code="UNAUTHENTICATED"`]: 1,
    'service="unknown",method="unknown",code="UNIMPLEMENTED"': 1,
  });
  expect(text).toContain('process_cpu_seconds_total');
});

test('two that ask at once are served by one reading, and who asks later by another', async () => {
  const registry = new Registry();
  let collected = 0;
  new Gauge({ name: 'x', help: 'x', registers: [registry], collect: () => void (collected += 1) });
  const read = readTogether(registry);
  const [first, second] = await Promise.all([read(), read()]);
  expect(second).toBe(first);
  expect(collected).toBe(1);
  await read();
  expect(collected).toBe(2);
});
