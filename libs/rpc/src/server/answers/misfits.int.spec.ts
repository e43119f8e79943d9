import { helpUrl } from '@billingrails/errors';
import { overHttp1, overHttp2 } from '../../testing/raw-call';
import { startTestServer, type TestServer } from '../../testing/test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const ingest = '/billingrails.ingest.v1.EventService/IngestEvent';
const query = '/billingrails.metering.v1.UsageService/QueryUsage';
const watch = '/billingrails.metering.v1.UsageService/WatchUsage';
const json = { 'content-type': 'application/json' };

interface Case {
  readonly path: string;
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly says: RegExp;
  readonly header: readonly [string, string];
}

const cases: [string, Case][] = [
  [
    'a wrong content type',
    {
      path: ingest,
      headers: { 'content-type': 'text/plain' },
      status: 415,
      code: 'invalid_argument',
      reason: 'CONTENT_TYPE_UNSUPPORTED',
      says: /application\/json/,
      header: [
        'accept-post',
        'application/json, application/proto, application/grpc, application/grpc-web',
      ],
    },
  ],
  [
    'no content type',
    {
      path: query,
      headers: {},
      status: 415,
      code: 'invalid_argument',
      reason: 'CONTENT_TYPE_UNSUPPORTED',
      says: /application\/json/,
      header: ['content-type', 'application/json'],
    },
  ],
  [
    'a content type for single answers to a stream',
    {
      path: watch,
      headers: json,
      status: 415,
      code: 'invalid_argument',
      reason: 'CONTENT_TYPE_UNSUPPORTED',
      says: /connect\+json/,
      header: ['content-type', 'application/json'],
    },
  ],
  [
    'PUT',
    {
      path: ingest,
      method: 'PUT',
      headers: json,
      status: 405,
      code: 'invalid_argument',
      reason: 'HTTP_METHOD_UNSUPPORTED',
      says: /POST/,
      header: ['allow', 'POST'],
    },
  ],
  [
    'GET of what writes',
    {
      path: ingest,
      method: 'GET',
      headers: {},
      status: 405,
      code: 'invalid_argument',
      reason: 'HTTP_METHOD_UNSUPPORTED',
      says: /POST/,
      header: ['allow', 'POST'],
    },
  ],
  [
    'DELETE of what reads',
    {
      path: query,
      method: 'DELETE',
      headers: json,
      status: 405,
      code: 'invalid_argument',
      reason: 'HTTP_METHOD_UNSUPPORTED',
      says: /GET/,
      header: ['allow', 'POST, GET'],
    },
  ],
  [
    'a path that nobody has',
    {
      path: '/billingrails.ingest.v1.EventService/Nothing',
      headers: json,
      status: 404,
      code: 'unimplemented',
      reason: 'METHOD_UNKNOWN',
      says: /^EventService has no method Nothing; it has IngestEvent, /,
      header: ['content-type', 'application/json'],
    },
  ],
  [
    'the right path at the wrong port',
    {
      path: '/billingrails.billing.v1.PlanService/CreatePlan',
      headers: json,
      status: 404,
      code: 'unimplemented',
      reason: 'METHOD_UNKNOWN',
      says: /PlanService is served by billing, not here\.$/,
      header: ['content-type', 'application/json'],
    },
  ],
  [
    'no path',
    {
      path: '/',
      method: 'GET',
      headers: {},
      status: 404,
      code: 'unimplemented',
      reason: 'METHOD_UNKNOWN',
      says: /no such method/,
      header: ['content-type', 'application/json'],
    },
  ],
];

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s, without a key', (_version, send) => {
  test.each(cases)(
    '%s is answered with a status and details that say what to do',
    async (_what, expected) => {
      const { path, method = 'POST', headers } = expected;
      const answer = await send(server.port, { path, method, headers, body: Buffer.alloc(0) });
      expect(answer.status).toBe(expected.status);
      const [name, value] = expected.header;
      expect(answer.headers[name]).toBe(value);
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        code: expected.code,
        message: expect.stringMatching(expected.says),
        details: [
          { debug: { reason: expected.reason, domain: 'billingrails' } },
          { debug: { links: [{ url: helpUrl(expected.reason) }] } },
        ],
      });
    },
  );
});

test.each([
  ['gRPC', 'application/grpc', overHttp2],
  ['gRPC over HTTP/1.1', 'application/grpc', overHttp1],
  ['gRPC-Web', 'application/grpc-web+proto', overHttp1],
  ['a stream of Connect', 'application/connect+json', overHttp1],
])(
  'a path that nobody has is UNIMPLEMENTED with details in the words of %s',
  async (_what, contentType, send) => {
    const headers = { 'content-type': contentType };
    const { status, body, ...rest } = await send(server.port, {
      path: '/a.B/C',
      headers,
      body: Buffer.alloc(0),
    });
    expect(status).toBe(200);
    expect(rest.headers['content-type']).toBe(contentType);
    const text = `${JSON.stringify(rest)} ${body.toString('latin1')}`;
    expect(text).toMatch(/"grpc-status":"12"|grpc-status: 12|"code":"unimplemented"/);
    expect(text).toMatch(/grpc-status-details-bin|METHOD_UNKNOWN/);
  },
);

test.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])(
  'over %s a plain route gets a body byte by byte, and nobody sees what it throws',
  async (_version, send) => {
    const got: string[] = [];
    const plain = await startTestServer({
      plain: [
        {
          name: 'Plain',
          prefix: '/plain/',
          handle: ({ rest, body, headers }) => {
            if (rest === 'throws') return Promise.reject(new Error('hidden'));
            got.push(`${rest} ${body.toString('latin1')} ${String(headers['x-signed'])}`);
            return Promise.resolve({ status: 202 });
          },
        },
      ],
    });
    const post = async (path: string, body: Buffer, method = 'POST') => {
      const answer = await send(plain.port, { path, method, headers: { 'x-signed': 'a' }, body });
      return [answer.status, answer.body.toString()];
    };
    expect(await post('/plain/one?x=1', Buffer.from([0xff, 0x20, 0x0a]))).toEqual([202, '']);
    expect(got).toEqual(['one \xff \n a']);
    expect(await post('/plain/throws', Buffer.alloc(0))).toEqual([500, '']);
    expect(await post('/plain/long', Buffer.alloc(1024 * 1024 + 1))).toEqual([413, '']);
    expect(await post('/plain/one', Buffer.alloc(0), 'GET')).toEqual([405, '']);
    const logged = plain.lines.filter((line) => line.includes('"method":"Plain"'));
    expect(logged).toHaveLength(4);
    expect(got).toHaveLength(1);
    await plain.close();
  },
);
