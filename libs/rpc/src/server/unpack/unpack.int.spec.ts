import { brotliCompressSync, gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Registry } from 'prom-client';
import {
  IngestEventRequestSchema,
  IngestEventResponseSchema,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { waitFor } from '@billingrails/testing';
import { UNPACKED_BYTES_MAX, UNPACKED_SHARE_BYTES_MAX } from '../../limits';
import { framed, overHttp1, overHttp2, type RawAnswer } from '../../testing/raw-call';
import {
  startTestServer,
  TEST_KEY,
  TEST_PRINCIPAL,
  type TestServer,
} from '../../testing/test-server';

let server: TestServer;
/** Calls that hold what they sent until they are let go. */
let held = 0;
let release = (): void => undefined;
let released = new Promise<void>(() => undefined);

beforeAll(async () => {
  server = await startTestServer({
    metrics: new Registry(),
    // Two organisations.
    authenticate: (bearer) => ({
      ...TEST_PRINCIPAL,
      ...(bearer === TEST_KEY ? {} : { organisationId: 'org_11111111111111111111111111' as const }),
    }),
    events: {
      ingestEvent: async ({ eventName, idempotencyKey }) => {
        if (eventName === 'held') {
          held += 1;
          await released;
        }
        return create(IngestEventResponseSchema, { consistencyToken: idempotencyKey });
      },
    },
  });
});
beforeEach(() => {
  held = 0;
  released = new Promise((resolve) => (release = resolve));
});
/** Whatever became of the calls, nothing of them is held any more. */
afterEach(() =>
  waitFor(async () => (await metric('unpacked_bytes')) === 0, {
    what: 'the room to be given back',
  }),
);
afterAll(() => server.close());

const path = '/billingrails.ingest.v1.EventService/IngestEvent';
const key = { authorization: `Bearer ${TEST_KEY}` };
const message = { eventName: 'a', idempotencyKey: 'k-1' };
const jsonOf = (event: object) => Buffer.from(JSON.stringify(event));
const protoOf = (event: object) =>
  toBinary(IngestEventRequestSchema, create(IngestEventRequestSchema, event));
const pack = { gzip: gzipSync, br: brotliCompressSync };

type Packing = keyof typeof pack;

/** A call in each protocol, its message packed. */
const forms: [
  string,
  typeof overHttp1,
  (packing: Packing, event: object, damage: Damage) => object,
][] = [
  [
    'Connect JSON',
    overHttp1,
    (packing, event, damage) => ({
      headers: { ...key, 'content-type': 'application/json', 'content-encoding': packing },
      body: damage(pack[packing](jsonOf(event))),
    }),
  ],
  [
    'Connect over HTTP/2',
    overHttp2,
    (packing, event, damage) => ({
      headers: { ...key, 'content-type': 'application/proto', 'content-encoding': packing },
      body: damage(pack[packing](protoOf(event))),
    }),
  ],
  [
    'gRPC',
    overHttp2,
    (packing, event, damage) => ({
      headers: { ...key, 'content-type': 'application/grpc', 'grpc-encoding': packing },
      body: framed(damage(pack[packing](protoOf(event))), 1),
    }),
  ],
  [
    'gRPC-Web',
    overHttp1,
    (packing, event, damage) => ({
      headers: { ...key, 'content-type': 'application/grpc-web+proto', 'grpc-encoding': packing },
      body: framed(damage(pack[packing](protoOf(event))), 1),
    }),
  ],
];

type Damage = (packed: Buffer) => Buffer;
const whole: Damage = (packed) => packed;
const damages: [string, Damage][] = [
  ['cut short', (packed) => packed.subarray(0, packed.length - 6)],
  ['not packed at all', () => Buffer.from('these bytes are not packed')],
];

const send = (via: typeof overHttp1, parts: object) =>
  via(server.port, { path, ...(parts as { headers: Record<string, string>; body: Buffer }) });
const text = ({ status, headers, trailers, body }: RawAnswer) =>
  `HTTP ${status} ${JSON.stringify({ ...headers, ...trailers })} ${body.toString('latin1')}`;

describe.each(forms)('%s', (_name, via, form) => {
  test.each(['gzip', 'br'] as const)('a message packed by %s is read', async (packing) => {
    const answer = await send(via, form(packing, message, whole));
    expect(answer.status).toBe(200);
    const type = answer.headers['content-encoding'] ?? answer.headers['grpc-encoding'];
    if (type === undefined) expect(answer.body.toString()).toContain('k-1');
  });

  test.each(damages)(
    'a packed message that is %s is INVALID_ARGUMENT with a reason',
    async (_what, damage) => {
      for (const packing of ['gzip', 'br'] as const) {
        const told = text(
          await send(via, form(packing, { idempotencyKey: 'k'.repeat(5_000) }, damage)),
        );
        expect(told).toMatch(/HTTP 400 |"grpc-status":"3"|grpc-status: 3/);
        expect(told).toMatch(/REQUEST_MALFORMED|grpc-status-details-bin/);
        expect(told).toMatch(/damaged/);
      }
    },
  );

  test('one that unpacks to more than 4 MiB is refused, and not unpacked to its end', async () => {
    const before = await metric('unpacked_bytes_total');
    const bomb = { idempotencyKey: 'k'.repeat(64 * 1024 * 1024) };
    const told = text(await send(via, form('gzip', bomb, whole)));
    expect(told).toMatch(/HTTP 429 |"grpc-status":"8"|grpc-status: 8/);
    expect((await metric('unpacked_bytes_total')) - before).toBeLessThan(5 * 1024 * 1024);
  });
});

test('a body that is said to be packed and is empty is an empty message', async () => {
  const headers = { ...key, 'content-type': 'application/proto', 'content-encoding': 'gzip' };
  const answer = await overHttp1(server.port, { path, headers, body: Buffer.alloc(0) });
  expect(answer.status).toBe(200);
});

test('what the calls of an organisation unpack to is bounded in sum, and others still find room', async () => {
  const size = 3 * 1024 * 1024;
  const body = gzipSync(jsonOf({ event_name: 'held', idempotency_key: 'k'.repeat(size) }));
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const fits = Math.floor(UNPACKED_SHARE_BYTES_MAX / size);
  const answers: number[] = [];
  const requests = Array.from({ length: fits + 10 }, async () => {
    const { status } = await overHttp1(server.port, {
      path,
      headers: { ...headers, ...key },
      body,
    });
    answers.push(status);
  });
  await waitFor(async () => held + answers.length === fits + 10, {
    what: 'all to be held or refused',
  });
  expect(new Set(answers)).toEqual(new Set([429]));
  expect(await metric('unpacked_bytes')).toBeLessThanOrEqual(UNPACKED_SHARE_BYTES_MAX);
  const other = { ...headers, authorization: 'Bearer br_other' };
  const small = gzipSync(jsonOf({ event_name: 'a' }));
  expect((await overHttp1(server.port, { path, headers: other, body: small })).status).toBe(200);
  release();
  await Promise.all(requests);
  expect(answers.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect(UNPACKED_SHARE_BYTES_MAX).toBeLessThan(UNPACKED_BYTES_MAX);
});

async function metric(name: string): Promise<number> {
  const all = await (await fetch(`${server.address}/metrics`)).text();
  return Number(new RegExp(`^billingrails_rpc_${name} (\\d+)$`, 'm').exec(all)?.[1]);
}
