import { Code, createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { RetryInfoSchema } from '@billingrails/contracts/google/rpc/error_details_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { waitFor } from '@billingrails/testing';
import { ConnectError } from '@connectrpc/connect';
import { gatewayTo, overHttp1, startRaw, startService, TEST_KEY } from './testing/world';

const headers = { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` };

async function startReplica(port = 0) {
  const calls = { count: 0 };
  const ingestEvent = () => {
    calls.count += 1;
    return {};
  };
  return { calls, server: await startService({ events: { ingestEvent } }, port) };
}

const clientOf = (address: string) =>
  createClient(EventService, createGrpcTransport({ baseUrl: address, interceptors: [withKey] }));

const withKey: NonNullable<Parameters<typeof createGrpcTransport>[0]['interceptors']>[number] =
  (next) => (request) => {
    request.header.set('authorization', headers.authorization);
    return next(request);
  };

test('replicas share the calls in turn; one that stops or dies is skipped, and one that comes back is called again', async () => {
  const [first, second] = [await startReplica(), await startReplica()];
  const gateway = await gatewayTo({ ingest: [first.server.port, second.server.port] });
  const client = clientOf(gateway.address);
  const bothAreCalled = (one = first) =>
    waitFor(
      async () => {
        const before = [one.calls.count, second.calls.count] as const;
        for (let call = 0; call < 4; call++) await client.ingestEvent({});
        return one.calls.count === before[0] + 2 && second.calls.count === before[1] + 2;
      },
      { what: 'both to be called in turn' },
    );
  await bothAreCalled();

  const stopping = first.server.close();
  for (let call = 0; call < 20; call++) await client.ingestEvent({});
  await stopping;
  const before = second.calls.count;
  for (let call = 0; call < 4; call++) await client.ingestEvent({});
  expect(second.calls.count).toBe(before + 4);

  const again = await startReplica(first.server.port);
  await bothAreCalled(again);
  await gateway.close();
  await Promise.all([again.server.close(), second.server.close()]);
});

test('a call that a replica refused to look at goes to another, with what was read of it', async () => {
  const bodies: string[] = [];
  let refused = 0;
  const away = await startRaw((stream) => {
    refused += 1;
    stream.close(7);
  });
  const there = await startRaw((stream) => {
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => {
      bodies.push(body);
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.end('{}');
    });
  });
  const gateway = await gatewayTo({ ingest: [away.port, there.port] });
  const request = {
    path: '/billingrails.ingest.v1.EventService/IngestEvent',
    headers,
    body: '{"a":1}',
  };
  await waitFor(
    async () => {
      const answer = await overHttp1(gateway.port, request);
      expect(answer.headers[':status']).toBe(200);
      return refused > 1;
    },
    { what: 'the one that refuses to be asked' },
  );
  expect(new Set(bodies)).toEqual(new Set(['{"a":1}']));
  await gateway.close();
  away.close();
  there.close();
});

test('with none there, every protocol is told UNAVAILABLE and when to try again; then the first call finds it', async () => {
  const replica = await startReplica();
  const { port } = replica.server;
  await replica.server.close();
  const gateway = await gatewayTo({ ingest: [port] });
  const baseUrl = gateway.address;
  const transports = [
    createGrpcTransport({ baseUrl }),
    createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
    createGrpcWebTransport({ baseUrl, httpVersion: '2' }),
    createConnectTransport({ baseUrl, httpVersion: '1.1' }),
    createConnectTransport({ baseUrl, httpVersion: '2' }),
  ];
  for (const transport of transports) {
    const failure: unknown = await createClient(EventService, transport)
      .ingestEvent({})
      .catch((error: unknown) => error);
    const error = ConnectError.from(failure);
    expect([error.code, error.rawMessage]).toEqual([
      Code.Unavailable,
      'The service ingest does not answer. Try again.',
    ]);
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(1n);
    expect(error.metadata.get('grpc-retry-pushback-ms')).toBe('1000');
  }
  const { server } = await startReplica(port);
  await clientOf(baseUrl).ingestEvent({});
  await gateway.close();
  await server.close();
});

test('a replica that no longer says how it is, is given up: calls that run there end as UNAVAILABLE', async () => {
  let running = 0;
  const hanging = await startRaw(
    () => (running += 1),
    () => running === 0,
  );
  const gateway = await gatewayTo(
    { ingest: [hanging.port] },
    { patience: { connectMs: 1_000, probeMs: 100 } },
  );
  const request = {
    path: '/billingrails.ingest.v1.EventService/IngestEvent',
    headers,
    body: '{}',
  };
  expect(JSON.parse((await overHttp1(gateway.port, request)).body)).toMatchObject({
    code: 'unavailable',
  });
  expect(running).toBeGreaterThan(0);
  await gateway.close();
  hanging.close();
});

test('health tells of each service what its replicas say, and of the gateway by the empty name', async () => {
  const replica = await startReplica();
  const gateway = await gatewayTo({ ingest: [replica.server.port], metering: [1] });
  const health = async () => {
    const { body } = await overHttp1(gateway.port, {
      path: '/grpc.health.v1.Health/List',
      headers,
      body: '{}',
    });
    const { statuses } = JSON.parse(body) as { statuses: Record<string, { status: string }> };
    return ['', EventService.typeName, UsageService.typeName].map((name) => statuses[name]?.status);
  };
  const becomes = async (...expected: string[]) =>
    waitFor(async () => JSON.stringify(await health()) === JSON.stringify(expected), {
      what: expected.join(', '),
    });
  await becomes('SERVING', 'SERVING', 'NOT_SERVING');
  await replica.server.close();
  await becomes('SERVING', 'NOT_SERVING', 'NOT_SERVING');
  const again = await startReplica(replica.server.port);
  await becomes('SERVING', 'SERVING', 'NOT_SERVING');

  const client = clientOf(gateway.address);
  await client.ingestEvent({});
  const { body } = await overHttp1(gateway.port, {
    path: '/metrics',
    method: 'GET',
    headers: {},
    body: '',
  });
  expect(body).toMatch(
    /gateway_call_duration_seconds_count\{service="ingest",outcome="answered"\} 1/,
  );
  expect(body).toMatch(/gateway_replicas\{service="metering",serving="false"\} 1/);
  await gateway.close();
  await again.server.close();
});
