import { normalize } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { waitFor } from '@billingrails/testing';
import { call, outsideClient } from '../testing/outside-client';
import { startTestServer, type TestServer } from '../testing/test-server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const healthOf = (to: TestServer) =>
  outsideClient('grpc/health/v1/health.proto', 'grpc.health.v1.Health', to.port);

describe('health, asked by a client made of the .proto files alone, without a key', () => {
  test.each(['', 'billingrails.ingest.v1.EventService', 'billingrails.metering.v1.UsageService'])(
    'the server knows "%s" and serves it',
    async (service) => {
      const client = healthOf(server);
      expect(await call(client, 'Check', { service })).toEqual({ answer: { status: 'SERVING' } });
      client.close();
    },
  );

  test('a service that is not here is NOT_FOUND', async () => {
    const client = healthOf(server);
    const { error } = await call(client, 'Check', { service: 'billingrails.billing.v1.None' });
    expect(error?.code).toBe(5);
    client.close();
  });

  test('the list names the server and every service', async () => {
    const client = healthOf(server);
    const { answer } = await call(client, 'List', {});
    expect(answer?.['statuses']).toEqual({
      '': { status: 'SERVING' },
      'billingrails.ingest.v1.EventService': { status: 'SERVING' },
      'billingrails.metering.v1.UsageService': { status: 'SERVING' },
    });
    client.close();
  });

  test('a watcher is told at once, of every change, and of the end', async () => {
    const watched = await startTestServer();
    const client = healthOf(watched);
    const statuses: string[] = [];
    let failure: { code: number } | undefined;
    const stream = client['Watch']?.({ service: '' }) as ClientReadableStream<{ status: string }>;
    stream.on('data', ({ status }: { status: string }) => statuses.push(status));
    stream.on('error', (error: Error & { code: number }) => (failure = error));

    await waitFor(() => statuses.length === 1, { what: 'the first status' });
    watched.setServing(false);
    await waitFor(() => statuses.length === 2, { what: 'the second status' });
    expect((await call(client, 'Check', { service: '' })).answer).toEqual({
      status: 'NOT_SERVING',
    });
    watched.setServing(true);
    await waitFor(() => statuses.length === 3, { what: 'the third status' });
    const closing = watched.close();
    await waitFor(() => failure, { what: 'the end of the stream' });
    await closing;
    expect(statuses).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
    expect(failure?.code).toBe(14);
    client.close();
  });

  test("a watcher is told until its caller's deadline, over gRPC and Connect", async () => {
    const client = healthOf(server);
    const options = { deadline: Date.now() + 1_000 };
    const stream = client['Watch']?.({ service: '' }, options) as ClientReadableStream<object>;
    let code: number | undefined;
    stream.on('data', () => undefined).on('error', (error: ServiceError) => (code = error.code));
    await waitFor(() => code, { what: 'the end of the stream' });
    expect(code).toBe(4);
    client.close();
    const response = await fetch(`${server.address}/grpc.health.v1.Health/Watch`, {
      method: 'POST',
      headers: { 'content-type': 'application/connect+json', 'connect-timeout-ms': '500' },
      body: Buffer.from('\0\0\0\0\x02{}', 'latin1'),
    });
    expect(await response.text()).toContain('deadline_exceeded');
    const ended = server.lines.filter((line) => line.includes('"method":"Watch"'));
    expect(JSON.parse(ended.at(-1) ?? '{}')).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  test('watching what is not here says SERVICE_UNKNOWN and goes on', async () => {
    const client = healthOf(server);
    const stream = client['Watch']?.({ service: 'none' }) as ClientReadableStream<object>;
    const seen: object[] = [];
    stream.on('data', (message: object) => seen.push(message)).on('error', () => undefined);
    await waitFor(() => seen.length === 1, { what: 'the status' });
    expect(seen).toEqual([{ status: 'SERVICE_UNKNOWN' }]);
    stream.cancel();
    client.close();
  });
});

interface ReflectionAnswer {
  list_services_response?: { service: { name: string }[] };
  file_descriptor_response?: { file_descriptor_proto: Buffer[] };
  all_extension_numbers_response?: { base_type_name: string; extension_number: number[] };
  error_response?: { error_code: number };
}

/** Asks one question after another on one stream. */
async function reflect(...requests: object[]): Promise<ReflectionAnswer[]> {
  const client = outsideClient(
    'grpc/reflection/v1/reflection.proto',
    'grpc.reflection.v1.ServerReflection',
    server.port,
  );
  const stream = client['ServerReflectionInfo']?.() as ClientDuplexStream<object, ReflectionAnswer>;
  for (const request of requests) stream.write(request);
  stream.end();
  const answers: ReflectionAnswer[] = [];
  for await (const answer of stream) answers.push(answer as ReflectionAnswer);
  client.close();
  return answers;
}

function filesOf(answer: ReflectionAnswer | undefined): string[] {
  const files = answer?.file_descriptor_response?.file_descriptor_proto ?? [];
  return files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

describe('reflection, asked by a client made of the .proto files alone, without a key', () => {
  test('every service of the port is listed', async () => {
    const [answer] = await reflect({ list_services: '' });
    expect(answer?.list_services_response?.service.map(({ name }) => name)).toEqual([
      'billingrails.ingest.v1.EventService',
      'billingrails.metering.v1.UsageService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
    ]);
  });

  test.each([
    ['a service', 'billingrails.ingest.v1.EventService', 'ingest/v1/event_service.proto'],
    [
      'a method',
      'billingrails.ingest.v1.EventService.IngestEvent',
      'ingest/v1/event_service.proto',
    ],
    ['a message', 'billingrails.ingest.v1.Event', 'ingest/v1/event.proto'],
    ['a field', 'billingrails.ingest.v1.Event.properties', 'ingest/v1/event.proto'],
    [
      'what errors carry',
      'google.rpc.BadRequest.FieldViolation',
      '../google/rpc/error_details.proto',
    ],
    ['an enum', 'billingrails.ingest.v1.IngestStatus', 'ingest/v1/event.proto'],
    ['an enum value', 'billingrails.ingest.v1.INGEST_STATUS_QUEUED', 'ingest/v1/event.proto'],
  ])('%s is found by its name, with all that its file needs', async (_what, symbol, file) => {
    const [answer] = await reflect({ file_containing_symbol: symbol });
    const files = filesOf(answer);
    expect(files[0]).toBe(normalize(`billingrails/${file}`));
    expect(files.some((name) => name.startsWith('google/protobuf/'))).toBe(true);
  });

  test('a file is found by its name', async () => {
    const [answer] = await reflect({
      file_by_filename: 'billingrails/metering/v1/usage_service.proto',
    });
    expect(filesOf(answer)).toEqual(
      expect.arrayContaining([
        'billingrails/metering/v1/usage_service.proto',
        'buf/validate/validate.proto',
        'google/protobuf/timestamp.proto',
        'google/protobuf/descriptor.proto',
      ]),
    );
  });

  test('extensions are found by number and listed', async () => {
    const options = 'google.protobuf.FieldOptions';
    const [file, numbers] = await reflect(
      { file_containing_extension: { containing_type: options, extension_number: 1159 } },
      { all_extension_numbers_of_type: options },
    );
    expect(filesOf(file)[0]).toBe('buf/validate/validate.proto');
    expect(numbers?.all_extension_numbers_response?.extension_number).toContain(1159);
  });

  test.each<[object, number]>([
    [{ file_by_filename: 'none.proto' }, 5],
    [{ file_containing_symbol: 'none.None' }, 5],
    [{ file_containing_extension: { containing_type: 'none.None', extension_number: 1 } }, 5],
    [{ all_extension_numbers_of_type: 'none.None' }, 5],
    [{}, 3],
  ])('%j is answered with an error, and the stream goes on', async (request, code) => {
    const [first, second] = await reflect(request, { list_services: '' });
    expect(first?.error_response?.error_code).toBe(code);
    expect(second?.list_services_response?.service).toHaveLength(4);
  });
});
