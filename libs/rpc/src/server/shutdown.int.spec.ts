import net from 'node:net';
import { waitFor } from '@billingrails/testing';
import { call, outsideClient } from '../testing/outside-client';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';

/** A server whose IngestEvents ends when `finish` is called, and whose IngestEvent ends at once. */
async function startHeld(drainMs: number) {
  const held: (() => void)[] = [];
  const server = await startTestServer({
    drainMs,
    events: {
      ingestEvent: () => ({}),
      ingestEvents: () =>
        new Promise((resolve) => held.push(() => resolve({ consistencyToken: 'done' }))),
    },
  });
  return { server, held, finish: () => held.forEach((end) => end()) };
}

const ingestOf = (server: TestServer) =>
  outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );

test('running calls of every protocol end, and close() waits for them', async () => {
  const { server, held, finish } = await startHeld(10_000);
  const client = ingestOf(server);
  const grpc = call(client, 'IngestEvents', {}, { key: TEST_KEY });
  const json = server.post('EventService/IngestEvents', {});
  await waitFor(() => held.length === 2, { what: 'both calls' });

  let closed = false;
  const closing = server.close().then(() => (closed = true));
  expect(await call(client, 'IngestEvents', {}, { key: TEST_KEY })).toMatchObject({
    error: { code: 14 },
  });
  expect(closed).toBe(false);
  finish();
  expect((await grpc).answer).toMatchObject({ consistency_token: 'done' });
  expect(await (await json).json()).toEqual({ consistency_token: 'done' });
  await closing;
  client.close();
});

test('no new connection and no new call is taken while running calls end', async () => {
  const { server, held, finish } = await startHeld(10_000);
  // One connection that stays open, with one request on its way and another right behind it.
  const socket = net.connect(server.port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  const request = (method: string): string =>
    [
      `POST /billingrails.ingest.v1.EventService/${method} HTTP/1.1`,
      'Host: a',
      `Authorization: Bearer ${TEST_KEY}`,
      'Content-Type: application/json',
      'Content-Length: 2',
      '',
      '{}',
    ].join('\r\n');
  socket.write(request('IngestEvents'));
  await waitFor(() => held.length === 1, { what: 'the call' });

  const closing = server.close();
  await expect(fetch(server.address)).rejects.toThrow();
  socket.write(request('IngestEvent'));
  finish();
  await closing;
  await waitFor(() => text.includes('done'), { what: 'the first answer' });
  expect(text).not.toMatch(/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200/);
});

test('a call that does not end in time is cut off as UNAVAILABLE, and told when to try again', async () => {
  const { server, held } = await startHeld(100);
  const client = ingestOf(server);
  const outcome = call(client, 'IngestEvents', {}, { key: TEST_KEY });
  await waitFor(() => held.length === 1, { what: 'the call' });
  await server.close();
  const { error } = await outcome;
  const details = 'The server is shutting down. Try again.';
  expect(error).toMatchObject({ code: 14, details });
  expect(error?.metadata.get('grpc-retry-pushback-ms')).toEqual(['100']);
  client.close();
});

test('close() ends open streams and idle connections, and may be called twice', async () => {
  // What it did not end it would wait for.
  const server = await startTestServer({ drainMs: 3_600_000 });
  const reflection = outsideClient(
    'grpc/reflection/v1/reflection.proto',
    'grpc.reflection.v1.ServerReflection',
    server.port,
  );
  const stream = reflection['ServerReflectionInfo']?.() as NodeJS.EventEmitter & {
    write(message: object): void;
  };
  let answers = 0;
  stream.on('data', () => (answers += 1)).on('error', () => undefined);
  stream.write({ list_services: '' });
  await waitFor(() => answers === 1, { what: 'an answer' });
  await fetch(server.address);

  await Promise.all([server.close(), server.close()]);
  await expect(fetch(server.address)).rejects.toThrow();
  reflection.close();
});

test('a port that is taken is an error at the start', async () => {
  const server = await startTestServer();
  await expect(startTestServer({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
  await server.close();
});
