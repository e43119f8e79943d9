import { Code } from '@connectrpc/connect';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { unavailable } from '@billingrails/errors';
import { waitFor } from '@billingrails/testing';
import { createRpcClient } from '..';
import { startProxy } from '../testing/breakable-proxy';
import { errorOf, query, urlOf } from '../testing/calls';
import { startTestServer, TEST_KEY } from '../testing/test-server';

/** A server that counts its queries. */
async function startReplica() {
  const calls = { count: 0 };
  const count = () => {
    calls.count += 1;
    return {};
  };
  const server = await startTestServer({
    usage: { queryUsage: count },
    events: { ingestEvent: count },
  });
  return { server, calls };
}

test('two replicas share the calls, and one dying fails none that reads', async () => {
  const replicas = await Promise.all([startReplica(), startReplica()]);
  const [first, second] = replicas;
  const { client, close } = createRpcClient(UsageService, {
    url: urlOf(first.server, second.server),
    key: TEST_KEY,
  });
  await waitFor(
    async () => {
      await client.queryUsage(query);
      return first.calls.count > 0 && second.calls.count > 0;
    },
    { what: 'both replicas to be called' },
  );
  const before = [first.calls.count, second.calls.count] as const;
  for (let call = 0; call < 20; call++) await client.queryUsage(query);
  expect(first.calls.count - before[0]).toBe(10);
  expect(second.calls.count - before[1]).toBe(10);

  const dying = first.server.close();
  for (let call = 0; call < 20; call++) await client.queryUsage(query);
  await dying;
  expect(first.calls.count + second.calls.count).toBe(before[0] + before[1] + 40);
  close();
  await second.server.close();
});

test('a read that runs on a replica whose connection is reset is answered by another', async () => {
  let stuck = 0;
  const dying = await startTestServer({
    drainMs: 1,
    usage: {
      queryUsage: () => {
        stuck += 1;
        return new Promise(() => undefined);
      },
    },
  });
  const living = await startReplica();
  const proxy = await startProxy(dying.port);
  const { client, close } = createRpcClient(UsageService, {
    url: urlOf(proxy, living.server),
    key: TEST_KEY,
  });
  const calls: Promise<unknown>[] = [];
  await waitFor(
    () => {
      calls.push(client.queryUsage(query));
      return stuck > 0;
    },
    { what: 'a call to run on the one that dies' },
  );
  await proxy.cut();
  expect(await Promise.all(calls)).toHaveLength(calls.length);
  close();
  await Promise.all([dying.close(), living.server.close()]);
});

test('a replica that comes back is called again', async () => {
  const replica = await startReplica();
  const { client, close } = createRpcClient(UsageService, {
    url: urlOf(replica.server),
    key: TEST_KEY,
  });
  await client.queryUsage(query);
  await replica.server.close();
  expect((await errorOf(client.queryUsage(query))).code).toBe(Code.Unavailable);
  const again = await startTestServer({
    port: replica.server.port,
    usage: { queryUsage: () => ({}) },
  });
  await waitFor(() => client.queryUsage(query), { what: 'the replica' });
  close();
  await again.close();
});

test('a read that finds nobody is tried four times, a write once', async () => {
  let calls = 0;
  const fail = (): never => {
    calls += 1;
    throw unavailable('BROKER_UNAVAILABLE', 'Away.', 1);
  };
  const server = await startTestServer({
    usage: { queryUsage: fail },
    events: { ingestEvent: fail },
  });
  const options = { url: urlOf(server), key: TEST_KEY };
  const usage = createRpcClient(UsageService, options);
  const events = createRpcClient(EventService, options);
  expect((await errorOf(usage.client.queryUsage(query))).code).toBe(Code.Unavailable);
  expect(calls).toBe(4);
  expect((await errorOf(events.client.ingestEvent({}))).code).toBe(Code.Unavailable);
  expect(calls).toBe(5);
  usage.close();
  events.close();
  await server.close();
});
