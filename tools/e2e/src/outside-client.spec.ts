import { credentials, loadPackageDefinition, Metadata, type Client } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { join } from 'node:path';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { publicServices, type ServiceName } from '@billingrails/cli/every-rpc';
import { buildLibrary, conform, musicScenario } from '@billingrails/clients/conformance';
import { checkoutFolder, startPlatform, type Platform } from '@billingrails/stack';

/** Clients made from the .proto files by another runtime than ours, as a team in another language has them. */
const protoFolder = join(__dirname, '../../../proto');
const processes = Object.keys(publicServices) as ServiceName[];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform?.stop());

test.each(processes)('%s: grpc.health.v1 says SERVING to an outside gRPC client', async (name) => {
  const health = outsideClient(name, 'vendor/grpc/health/v1/health.proto', 'grpc.health.v1.Health');
  for (const service of ['', ...publicServices[name].map(({ typeName }) => typeName)]) {
    expect(await unary(health, 'Check', { service })).toEqual({ status: 'SERVING' });
  }
  health.close();
});

test.each(processes)(
  '%s: server reflection lists its services to an outside gRPC client',
  async (name) => {
    const reflection = outsideClient(
      name,
      'vendor/grpc/reflection/v1/reflection.proto',
      'grpc.reflection.v1.ServerReflection',
    );
    const names = await new Promise<string[]>((done, failed) => {
      const stream = reflection.makeBidiStreamRequest(
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        ...codecOf(reflection, 'ServerReflectionInfo'),
      );
      stream.on('error', failed);
      stream.on('data', (answer: { list_services_response: { service: { name: string }[] } }) => {
        done(answer.list_services_response.service.map((service) => service.name));
        stream.end();
      });
      stream.write({ list_services: '*' });
    });
    expect(names).toEqual(
      expect.arrayContaining(publicServices[name].map(({ typeName }) => typeName)),
    );
    reflection.close();
  },
);

test('an outside gRPC client sends the documented event', async () => {
  const events = outsideClient(
    'ingest',
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
  );
  const text = (value: string) => ({ stringValue: value });
  const answer = await unary(events, 'IngestEvent', {
    event_name: 'Song played',
    idempotency_key: 'by-grpc',
    properties: {
      fields: { duration: { numberValue: 240 }, billingrails_account_id: text('acct_67890') },
    },
  });
  expect(answer).toMatchObject({ event: { idempotency_key: 'by-grpc' } });
  events.close();
});

test.each<[string, (baseUrl: string) => Transport]>([
  ['gRPC-Web', (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
  ['Connect over HTTP/2', (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2' })],
])('%s sends the documented event on the same port', async (protocol, transportTo) => {
  const client = createClient(EventService, transportTo(platform.httpUrls.ingest));
  const { event } = await client.ingestEvent(
    {
      eventName: 'Song played',
      idempotencyKey: `by-${protocol}`,
      properties: { duration: 240, billingrails_account_id: 'acct_67890' },
    },
    { headers: { Authorization: `Bearer ${platform.key}` } },
  );
  expect(event?.idempotencyKey).toBe(`by-${protocol}`);
});

test('the API reference is one page that names every call and loads nothing else', async () => {
  const answer = await fetch(`${platform.httpUrls.gateway}/reference`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await answer.text();
  const calls = processes.flatMap((name) => publicServices[name].flatMap(({ methods }) => methods));
  const missing = calls.filter(
    ({ methodKind, parent, name }) =>
      methodKind === 'unary' && !page.includes(`/${parent.typeName}/${name}`),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(page.match(/<(?:script|link|iframe)[^>]*(?:src|href)=[^>]*>/g)).toBeNull();
});

test('the TypeScript library passes the suite that the libraries of all languages are put to', async () => {
  const library = await buildLibrary('typescript', checkoutFolder());
  const outcome = await conform(library, platform, musicScenario);
  if (!outcome.ok) throw new Error(outcome.problem);
  expect(outcome).toMatchObject({ language: 'typescript', events: 2_496 });
});

function outsideClient(process: ServiceName, file: string, service: string): Client {
  const definition = loadSync(file, {
    includeDirs: [protoFolder, join(protoFolder, 'vendor')],
    keepCase: true,
    enums: String,
    longs: String,
  });
  const found = service
    .split('.')
    .reduce<unknown>(
      (scope, part) => (scope as Record<string, unknown>)[part],
      loadPackageDefinition(definition),
    );
  const Constructor = found as new (...args: unknown[]) => Client;
  return new Constructor(
    platform.httpUrls[process].replace('http://', ''),
    credentials.createInsecure(),
  );
}

function codecOf(client: Client, method: string) {
  const definition = (client.constructor as unknown as { service: Record<string, Codec> }).service[
    method
  ];
  if (!definition) throw new Error(`The service has no method ${method}.`);
  return [definition.requestSerialize, definition.responseDeserialize] as const;
}

interface Codec {
  requestSerialize: (value: object) => Buffer;
  responseDeserialize: (bytes: Buffer) => never;
}

async function unary(client: Client, method: string, request: object): Promise<unknown> {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${platform.key}`);
  return await new Promise((done, failed) => {
    const call = (client as unknown as Record<string, Unary>)[method];
    call?.call(client, request, metadata, (error, answer) =>
      error ? failed(error) : done(answer),
    );
  });
}

type Unary = (
  request: object,
  metadata: Metadata,
  done: (error: Error | null, answer: unknown) => void,
) => void;
