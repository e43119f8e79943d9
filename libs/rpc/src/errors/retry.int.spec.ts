import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exhausted, invalid, unavailable, type DomainError } from '@billingrails/errors';
import { call, outsideClient, type Outcome } from '../testing/outside-client';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';

let server: TestServer;
let failure: DomainError;
let tries = 0;

beforeAll(async () => {
  const ingestEvent = () => {
    tries += 1;
    throw failure;
  };
  server = await startTestServer({ events: { ingestEvent } });
});
afterAll(() => server.close());

const PROTO = 'billingrails/ingest/v1/event_service.proto';

async function overGrpc(request: object): Promise<Outcome> {
  const client = outsideClient(PROTO, 'billingrails.ingest.v1.EventService', server.port);
  const outcome = await call(client, 'IngestEvent', request, { key: TEST_KEY });
  client.close();
  return outcome;
}

test.each([
  ['unavailable', unavailable('BROKER_UNAVAILABLE', 'Away.', 1_500), '1500', '2'],
  ['exhausted', exhausted('STREAM_BUSY', 'Busy.', 500), '500', '1'],
])(
  'when to repeat what is %s is told to generic clients of gRPC in ms, of HTTP in whole seconds',
  async (_kind, error, pushbackMs, seconds) => {
    failure = error;
    const { headers } = await server.post('EventService/IngestEvent', {});
    expect(headers.get('retry-after')).toBe(seconds);
    expect((await overGrpc({})).error?.metadata.get('grpc-retry-pushback-ms')).toEqual([
      pushbackMs,
    ]);
  },
);

test('what repeating cannot help is not to be repeated', async () => {
  const tooLarge = { event_name: 'x'.repeat(5 * 1024 * 1024) };
  const { error } = await overGrpc(tooLarge);
  expect(error?.code).toBe(8);
  expect(error?.metadata.get('grpc-retry-pushback-ms')).toEqual(['-1']);
});

test('a client with the published service config makes four tries of what may be repeated, one of what may not', async () => {
  const page = readFileSync(join(__dirname, '../../../../docs/errors.md'), 'utf8');
  const config = /<!-- service config.*?```json\n(.*?)```/s.exec(page)?.[1] ?? '';
  expect(config).not.toBe('');
  const options = { 'grpc.service_config': config };
  const client = outsideClient(PROTO, 'billingrails.ingest.v1.EventService', server.port, options);
  const triesOf = async (error: DomainError): Promise<number> => {
    failure = error;
    const before = tries;
    await call(client, 'IngestEvent', {}, { key: TEST_KEY });
    return tries - before;
  };
  expect(await triesOf(unavailable('BROKER_UNAVAILABLE', 'Away.', 1))).toBe(4);
  expect(await triesOf(exhausted('INGEST_BUSY', 'Busy.', 1))).toBe(4);
  expect(await triesOf(invalid('EVENTS_INVALID', 'Wrong.'))).toBe(1);
  client.close();
});
