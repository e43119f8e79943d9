import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@billingrails/contracts/grpc/health/v1/health_pb';
import { createRpcClient, type RpcClient } from '@billingrails/rpc';
import { halt, howMany, PATIENCE_MS, waitFor } from '@billingrails/testing';
import { callJson, detailOf, type JsonAnswer } from '../testing/calls';
import { runIngest, type RunningIngest } from '../testing/running-ingest';
import { storedEvents } from '../testing/stored-events';

let running: RunningIngest;
let health: RpcClient<typeof Health>;

async function start(env: Record<string, string> = {}): Promise<void> {
  running = await runIngest({ env });
  const url = running.process.address.replace('http://', 'dns:///');
  health = createRpcClient(Health, { url, key: 'none', defaultTimeoutMs: PATIENCE_MS });
}

afterEach(async () => {
  health.close();
  await running.stop();
});

test('what was answered OK is there after kill -9 of the broker', async () => {
  await start();
  const acknowledged: string[] = [];
  for (let round = 0; round < howMany(2, 5); round += 1) {
    const { keys, answer } = send();
    expect((await answer).status).toBe(200);
    await running.servers.nats.kill();
    acknowledged.push(...keys);
    await running.servers.nats.start();
    expect(await storedKeys()).toEqual(expect.arrayContaining(acknowledged));
  }
});

test('a full stream is RESOURCE_EXHAUSTED with RetryInfo, stores nothing, and takes events again when there is room', async () => {
  await start({ EVENTS_MAX_BYTES: String(1024 * 1024) });
  const text = 'x'.repeat(50_000);
  const first = send({ text });
  expect((await first.answer).status).toBe(200);
  await send({ text, count: 8 }).answer;
  const refused = await send({ text }).answer;
  expect(refused.status).toBe(429);
  expect(errorOf(refused)).toEqual(['resource_exhausted', 'STREAM_FULL', expect.any(String)]);
  expect(await storedKeys()).toHaveLength(18);
  expect(await statusOf()).toBe(Status.SERVING);
  await running.bus.manager.streams.purge('EVENTS');
  expect((await send({ text }).answer).status).toBe(200);
});

test('without the broker a call is UNAVAILABLE within its deadline, and health tells until the broker is back', async () => {
  await start();
  await running.servers.nats.kill();
  // Before the loss is noticed, a commit may be tried, and its outcome is unknown.
  await becomes(Status.NOT_SERVING);
  // A deadline that passed would be 504.
  const refused = await send({ timeoutMs: 5_000 }).answer;
  expect(refused.status).toBe(503);
  expect(errorOf(refused)).toEqual(['unavailable', 'BROKER_UNAVAILABLE', '1s']);
  await running.servers.nats.start();
  await becomes(Status.SERVING);
  expect((await send().answer).status).toBe(200);
});

test('without a deadline of the caller’s, it is UNAVAILABLE when patience ends', async () => {
  await start({ COMMIT_PATIENCE_MS: '500' });
  await running.servers.nats.kill();
  // The server's own deadline would be 504.
  expect((await send().answer).status).toBe(503);
});

test('a call that can wait for the broker to come back is answered OK', async () => {
  await start();
  await running.servers.nats.kill();
  const { keys, answer } = send({ timeoutMs: 30_000 });
  await becomes(Status.NOT_SERVING);
  await running.servers.nats.start();
  expect((await answer).status).toBe(200);
  expect(await storedKeys()).toEqual(expect.arrayContaining(keys));
});

test('a broker that hangs is UNAVAILABLE within the deadline; what waits is bounded', async () => {
  await start({ PENDING_REQUESTS_MAX: '20' });
  const goOn = await haltBroker();
  // Some of each: a call that waits longer than its deadline would be 504.
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send({ timeoutMs: 1_500 }).answer),
  );
  const errors = answers.map(errorOf);
  expect(new Set(errors.map(([code]) => code))).toEqual(
    new Set(['unavailable', 'resource_exhausted']),
  );
  // Nobody is let in before one of the twenty that wait has been answered.
  expect(errors.filter(([, reason]) => reason === 'INGEST_BUSY').length).toBeGreaterThan(0);
  expect(errors.filter(([code]) => code === 'unavailable').length).toBeGreaterThanOrEqual(20);
  for (const [, , retryDelay] of errors) expect(retryDelay).toMatch(/^[\d.]+s$/);
  await becomes(Status.NOT_SERVING);
  goOn();
  await becomes(Status.SERVING);
  const { keys, answer } = send();
  expect((await answer).status).toBe(200);
  expect(await storedKeys()).toEqual(expect.arrayContaining(keys));
});

test('SIGTERM: whatever was taken is answered before the end', async () => {
  await start({ PENDING_REQUESTS_MAX: '5' });
  const goOn = await haltBroker();
  const taken = Array.from({ length: 5 }, () => send({ timeoutMs: 30_000 }));
  // Refused for lack of room: so the five before it wait inside.
  await waitFor(async () => (await send({ timeoutMs: 50 }).answer).status === 429, {
    what: 'five requests to be taken',
  });
  const stopped = running.process.stop();
  goOn();
  const answers = await Promise.all(taken.map(({ answer }) => answer));
  await stopped;
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(running.process.exitCode).toBe(0);
  expect(await storedKeys()).toEqual(expect.arrayContaining(taken.flatMap(({ keys }) => keys)));
});

let sent = 0;

/** Sends 10 events of as many accounts, so to several partitions, unless told otherwise. */
function send(options: { timeoutMs?: number; text?: string; count?: number } = {}) {
  const { timeoutMs, text = '', count = 10 } = options;
  const events = Array.from({ length: count }, () => ({
    event_name: 'Song played',
    idempotency_key: `key_${(sent += 1)}`,
    properties: { billingrails_account_id: `acct_${sent}`, text },
  }));
  const body = JSON.stringify({ events });
  const answer = callJson(running, 'IngestEvents', body, timeoutMs);
  return { keys: events.map((event) => event.idempotency_key), answer };
}

/** An error's code, its reason, and after how long to try again. */
function errorOf(answer: JsonAnswer): [unknown, unknown, unknown] {
  const { reason } = detailOf(answer, 'ErrorInfo');
  return [answer.body.code, reason, detailOf(answer, 'RetryInfo')['retry_delay']];
}

async function storedKeys(): Promise<string[]> {
  return (await storedEvents(running.bus)).map((event) => event.idempotencyKey);
}

async function statusOf(): Promise<Status> {
  return (await health.client.check({})).status;
}

function becomes(status: Status): Promise<unknown> {
  return waitFor(async () => (await statusOf()) === status, {
    what: `health ${Status[status]}`,
  });
}

async function haltBroker(): Promise<() => void> {
  const all = await Promise.all(running.servers.nats.nodes.map(({ pid }) => halt(pid)));
  return () => all.forEach((goOn) => goOn());
}
