import { once } from 'node:events';
import http2, { type IncomingHttpHeaders } from 'node:http2';
import { startTestServer, type TestServer } from '../testing/test-server';
import type { ReadMetrics } from './metrics';

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

async function serve(metrics: ReadMetrics): Promise<TestServer> {
  return (server = await startTestServer({ metrics }));
}

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s, without a key', (_version, ask) => {
  test('the metrics are answered as they were given', async () => {
    const { headers, ...answer } = await ask(
      await serve(async () => ({ contentType, text: 'lag 1\n' })),
      '/metrics?a=b',
      'GET',
    );
    expect(answer).toEqual({ status: 200, text: 'lag 1\n' });
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
    const posted = await serve(async () => ({ contentType, text: 'lag 1\n' }));
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
    return { contentType, text: 'lag 1\n' };
  });
  const leaving = new AbortController();
  const gone = fetch(`${left.address}/metrics`, { signal: leaving.signal });
  await isAsked;
  leaving.abort();
  await expect(gone).rejects.toThrow();
  finish();
  expect((await overHttp1(left, '/metrics', 'GET')).text).toBe('lag 1\n');
});
