import { overHttp1, overHttp2, type RawAnswer } from '../testing/raw-call';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';

let server: TestServer;
let closed: TestServer;
let open: TestServer;

beforeAll(async () => {
  const events = { ingestEvent: () => ({}) };
  server = await startTestServer({ events });
  closed = await startTestServer({ events, origins: ['https://console.example'] });
  open = await startTestServer({ events, origins: ['*'] });
});
afterAll(() => Promise.all([server.close(), closed.close(), open.close()]));

const path = '/billingrails.ingest.v1.EventService/IngestEvent';

/** As a browser asks before a page's call. */
const preflight = (origin: string, headers = 'authorization,content-type') => ({
  path,
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': headers,
  },
  body: Buffer.alloc(0),
});

const namesIn = (list: string | undefined): string[] =>
  (list ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s', (_version, send) => {
  test.each(['http://localhost:5173', 'https://127.0.0.1', 'http://[::1]:8080'])(
    'a page of this machine, %s, may call unless told otherwise',
    async (origin) => {
      const { status, headers, body } = await send(server.port, preflight(origin));
      expect(status).toBe(204);
      expect(body).toHaveLength(0);
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['vary']).toBe('Origin');
      expect(namesIn(headers['access-control-allow-methods'])).toEqual(['post', 'get']);
      expect(namesIn(headers['access-control-allow-headers'])).toEqual(
        expect.arrayContaining([
          'authorization',
          'content-type',
          'connect-protocol-version',
          'connect-timeout-ms',
          'grpc-timeout',
          'x-grpc-web',
          'x-user-agent',
          'x-request-id',
          'billingrails-organisation',
        ]),
      );
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  test.each([
    'https://evil.example',
    'http://localhost.evil.example',
    'http://evil.example/localhost',
    'null',
    'file://localhost',
  ])('a page of %s may not', async (origin) => {
    const asked = await send(server.port, preflight(origin));
    expect(asked.status).toBe(204);
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
    const called = await send(server.port, callFrom(origin, 'application/json'));
    expect(called.headers).not.toHaveProperty('access-control-allow-origin');
    expect(called.headers['vary']).toBe('Origin');
  });

  test.each([
    ['Connect', 'application/json', `Bearer ${TEST_KEY}`],
    ['gRPC-Web', 'application/grpc-web+proto', `Bearer ${TEST_KEY}`],
    ['a refusal', 'application/json', ''],
    ['a refusal over gRPC-Web', 'application/grpc-web+proto', ''],
  ])('the page reads the answer of %s, and the headers it needs', async (_what, type, key) => {
    const origin = 'http://localhost:5173';
    const { headers } = await send(server.port, callFrom(origin, type, key));
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(namesIn(headers['access-control-expose-headers'])).toEqual(
      expect.arrayContaining([
        'grpc-status',
        'grpc-message',
        'grpc-status-details-bin',
        'x-request-id',
        'retry-after',
      ]),
    );
  });
});

test('origins that are named may, and those of this machine no more', async () => {
  const allowed = async (origin: string) =>
    allowedOrigin(await overHttp1(closed.port, preflight(origin)));
  expect(await allowed('https://console.example')).toBe('https://console.example');
  expect(await allowed('http://console.example')).toBeUndefined();
  expect(await allowed('https://console.example:8443')).toBeUndefined();
  expect(await allowed('http://localhost:5173')).toBeUndefined();
});

test('"*" lets pages of every origin', async () => {
  const answer = await overHttp1(open.port, preflight('https://any.example'));
  expect(allowedOrigin(answer)).toBe('https://any.example');
});

test('an OPTIONS that is no preflight, and callers that are no browsers, see nothing of it', async () => {
  const options = { path, method: 'OPTIONS', headers: {}, body: Buffer.alloc(0) };
  expect((await overHttp1(server.port, options)).status).toBe(405);
  const response = await server.post('EventService/IngestEvent', {});
  expect(response.headers.get('vary')).toBeNull();
});

const allowedOrigin = ({ headers }: RawAnswer) => headers['access-control-allow-origin'];

function callFrom(origin: string, contentType: string, authorization = `Bearer ${TEST_KEY}`) {
  const headers = { origin, 'content-type': contentType, authorization };
  const body = contentType.endsWith('json') ? Buffer.from('{}') : Buffer.alloc(5);
  return { path, headers, body };
}
