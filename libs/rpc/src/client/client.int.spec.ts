import { Code } from '@connectrpc/connect';
import { Server, ServerCredentials, status, type ServiceDefinition } from '@grpc/grpc-js';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@billingrails/contracts/grpc/health/v1/health_pb';
import { DomainError } from '@billingrails/errors';
import { derivedId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { createRpcClient, domainErrorOf, onBehalfOf, ORGANISATION_HEADER, remainingMs } from '..';
import { errorOf, query, urlOf } from '../testing/calls';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';

test('a call through dns:/// carries the key, the organisation and metadata both ways', async () => {
  const seen: (string | null)[] = [];
  const server = await startTestServer({
    usage: {
      queryUsage: (_request, { requestHeader, responseHeader, responseTrailer }) => {
        seen.push(requestHeader.get(ORGANISATION_HEADER), requestHeader.get('trace-bin'));
        responseHeader.set('x-header', 'before');
        responseTrailer.set('x-trailer', 'after');
        return { rows: [{ accountId: 'acct_1', value: '0.5', eventCount: 7n }] };
      },
    },
  });
  const { client, close } = createRpcClient(UsageService, {
    url: `dns:///127.0.0.1:${server.port}`,
    key: TEST_KEY,
  });
  const organisationId = derivedId('org', 'one');
  const answered: (string | null)[] = [];
  const answer = await client.queryUsage(query, {
    ...onBehalfOf(organisationId),
    headers: { ...onBehalfOf(organisationId).headers, 'trace-bin': 'AAEC' },
    onHeader: (headers) => answered.push(headers.get('x-header')),
    onTrailer: (headers) => answered.push(headers.get('x-trailer')),
  });
  expect(answer.rows).toMatchObject([{ accountId: 'acct_1', value: '0.5', eventCount: 7n }]);
  expect(seen).toEqual([organisationId, 'AAEC']);
  expect(answered).toEqual(['before', 'after']);
  close();
  await server.close();
});

test('an error comes back with its reason, violations and delay, ready to be told again', async () => {
  const violations = [{ field: 'profile', description: 'is unknown – “ü”' }];
  const thrown = new DomainError(
    'precondition',
    'USAGE_QUERY_INVALID',
    'There is none.',
    violations,
    {
      retryAfterMs: 1_500,
    },
  );
  const server = await startTestServer({
    usage: {
      queryUsage: () => {
        throw thrown;
      },
    },
  });
  const { client, close } = createRpcClient(UsageService, { url: urlOf(server), key: TEST_KEY });
  const error = await errorOf(client.queryUsage(query));
  expect(error.code).toBe(Code.FailedPrecondition);
  const { kind, reason, message, retryAfterMs } = domainErrorOf(error) ?? {};
  expect({ kind, reason, message, retryAfterMs }).toEqual({
    kind: 'precondition',
    reason: 'USAGE_QUERY_INVALID',
    message: 'There is none.',
    retryAfterMs: 1_500,
  });
  expect(domainErrorOf(error)?.violations).toEqual(violations);
  close();
  await server.close();
});

describe('deadlines', () => {
  const left: (number | undefined)[] = [];
  let server: TestServer;
  const options = () => ({ url: urlOf(server), key: TEST_KEY });
  beforeAll(async () => {
    server = await startTestServer({
      usage: {
        queryUsage: (_request, context) => {
          left.push(remainingMs(context));
          return {};
        },
      },
      events: { ingestEvent: () => new Promise(() => undefined) },
    });
  });
  afterAll(() => server.close());

  test.each([
    ['10 s', {}, 10_000],
    ['what the call asks for', { timeoutMs: 25_000 }, 25_000],
  ])('a call has %s', async (_what, callOptions, expected) => {
    const { client, close } = createRpcClient(UsageService, options());
    await client.queryUsage(query, callOptions);
    expect(left.at(-1)).toBeLessThanOrEqual(expected);
    expect(left.at(-1)).toBeGreaterThan(expected - 9_500);
    close();
  });

  test('a call made with the signal of a handler has what is left to that handler', async () => {
    const { client, close } = createRpcClient(UsageService, options());
    const front = await startTestServer({
      events: {
        ingestEvent: async (_request, { signal }) => {
          await client.queryUsage(query, { signal });
          return {};
        },
      },
    });
    await front.post('EventService/IngestEvent', {}, { 'connect-timeout-ms': '9000' });
    expect(left.at(-1)).toBeLessThanOrEqual(9_000);
    close();
    await front.close();
  });

  test('a deadline that passes is DEADLINE_EXCEEDED, a signal that aborts is CANCELED', async () => {
    const { client, close } = createRpcClient(EventService, options());
    const late = await errorOf(client.ingestEvent({}, { timeoutMs: 100 }));
    expect(late.code).toBe(Code.DeadlineExceeded);
    const leaving = new AbortController();
    const call = errorOf(client.ingestEvent({}, { signal: leaving.signal }));
    leaving.abort();
    expect((await call).code).toBe(Code.Canceled);
    expect((await errorOf(client.ingestEvent({}, { signal: leaving.signal }))).code).toBe(
      Code.Canceled,
    );
    close();
  });
});

describe('streams', () => {
  test('messages come as they are sent, and aborting the signal ends the call', async () => {
    const server = await startTestServer();
    const { client, close } = createRpcClient(Health, { url: urlOf(server), key: TEST_KEY });
    const leaving = new AbortController();
    const seen: Status[] = [];
    const reading = (async () => {
      const stream = client.watch({ service: '' }, { signal: leaving.signal });
      for await (const { status: told } of stream) {
        seen.push(told);
        if (seen.length === 2) leaving.abort();
        else server.setServing(false);
      }
    })();
    expect((await errorOf(reading)).code).toBe(Code.Canceled);
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
    const canceled = (): boolean => server.lines.some((line) => line.includes('CANCELED'));
    await waitFor(canceled, { what: 'the server to see it' });
    close();
    await server.close();
  });

  test('an error in the middle of a stream is thrown after the messages before it', async () => {
    const server = await startTestServer();
    const { client, close } = createRpcClient(Health, { url: urlOf(server), key: TEST_KEY });
    const seen: Status[] = [];
    const reading = (async () => {
      for await (const { status: told } of client.watch({ service: '' })) seen.push(told);
    })();
    const error = errorOf(reading);
    await waitFor(() => seen.length === 1, { what: 'the first message' });
    await server.close();
    expect((await error).code).toBe(Code.Unavailable);
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
    close();
  });

  test('a stream ends with its deadline', async () => {
    const server = await startTestServer();
    const { client, close } = createRpcClient(Health, { url: urlOf(server), key: TEST_KEY });
    const reading = (async () => {
      for await (const message of client.watch({ service: '' }, { timeoutMs: 100 })) void message;
    })();
    expect((await errorOf(reading)).code).toBe(Code.DeadlineExceeded);
    close();
    await server.close();
  });
});

test('the client works with a plain grpc-js server, and errors without details are readable', async () => {
  const server = new Server();
  const definition: ServiceDefinition = {
    check: {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
  server.addService(definition, {
    check: (
      { request }: { request: Buffer },
      answer: (error: object | null, value?: Buffer) => void,
    ) => {
      // Field 1 with the value 1 is SERVING.
      if (request.length === 0) return answer(null, Buffer.from([0x08, 0x01]));
      answer({ code: status.NOT_FOUND, details: 'nothing – here' });
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const { client, close } = createRpcClient(Health, { url: urlOf({ port }), key: TEST_KEY });
  expect((await client.check({})).status).toBe(Status.SERVING);
  const error = await errorOf(client.check({ service: 'x' }));
  expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'nothing – here' });
  expect(domainErrorOf(error)).toBeUndefined();
  close();
  server.forceShutdown();
});
