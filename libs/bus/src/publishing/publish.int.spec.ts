import { halt, PATIENCE_MS, startServers, waitFor, type TestServers } from '@billingrails/testing';
import { ensureStream, EVENTS, lastSeqOf, publishAtomic, type Bus } from '../index';
import { connectTestBus } from '../testing/test-bus';

const MAX_BYTES = 8_000_000;

let servers: TestServers;
let bus: Bus;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
  await ensureStream(bus, EVENTS, { maxBytes: MAX_BYTES });
});

afterAll(async () => {
  await bus.close();
  await servers.stop();
});

const message = (partition: number, content: string | Uint8Array) => ({
  subject: `events.${partition}`,
  data: Buffer.from(content),
});

const batchOf = (count: number, content: string) =>
  Array.from({ length: count }, (_, index) => message(index % 16, `${content} ${index}`));

const stored = async (seq: number) =>
  (await bus.manager.streams.getMessage('EVENTS', { seq })).string();

const lastSeq = async () => (await bus.manager.streams.info('EVENTS')).state.last_seq;

test.each([1, 2, 32, 1_000])(
  'the %i messages of a batch lie at the sequences returned',
  async (count) => {
    const sequences = await publishAtomic(bus, batchOf(count, 'content'), {
      timeoutMs: PATIENCE_MS,
    });
    const [first = 0] = sequences;
    expect(sequences).toEqual(Array.from({ length: count }, (_, index) => first + index));
    expect(await stored(first)).toBe('content 0');
    expect(await stored(first + count - 1)).toBe(`content ${count - 1}`);
  },
);

test('batches of many callers at once all succeed, each in one piece', async () => {
  const batches = await Promise.all(
    Array.from({ length: 100 }, (_, caller) =>
      publishAtomic(bus, batchOf(3, `caller ${caller}`), { timeoutMs: PATIENCE_MS }),
    ),
  );
  expect(new Set(batches.flat()).size).toBe(300);
  for (const [caller, sequences] of batches.entries()) {
    const contents = await Promise.all(sequences.map(stored));
    expect(contents).toEqual([0, 1, 2].map((index) => `caller ${caller} ${index}`));
  }
});

test('a batch of which a message is lost on the way is not stored at all, and may be tried again', async () => {
  const before = await lastSeq();
  const { connection } = bus;
  const publish = connection.publish.bind(connection);
  let dropped = 0;
  connection.publish = (subject, ...rest) => {
    if (subject === 'events.1') dropped += 1;
    else publish(subject, ...rest);
  };
  const attempt = publishAtomic(bus, batchOf(5, 'torn'), { timeoutMs: PATIENCE_MS });
  await expect(attempt).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000 });
  connection.publish = publish;
  expect(dropped).toBe(1);
  expect(await lastSeq()).toBe(before);
});

test('a message that NATS would not take is refused before any of its batch is sent', async () => {
  const before = await lastSeq();
  const tooLarge = message(1, new Uint8Array(1024 * 1024));
  await expect(
    publishAtomic(bus, [message(0, 'a'), tooLarge], { timeoutMs: PATIENCE_MS }),
  ).rejects.toMatchObject({ kind: 'invalid', reason: 'EVENT_TOO_LARGE' });
  expect(await lastSeq()).toBe(before);
});

test('a broker that hangs is unavailable within the timeout, and goes on afterwards', async () => {
  const goOn = await halt(servers.nats.nodes[0]?.pid);
  try {
    for (const count of [1, 3]) {
      await expect(
        publishAtomic(bus, batchOf(count, 'hanging'), { timeoutMs: 300 }),
      ).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000 });
    }
  } finally {
    goOn();
  }
  await publishAtomic(bus, batchOf(2, 'after'), { timeoutMs: PATIENCE_MS });
});

test('a lost broker is unavailable at once, and nothing sent meanwhile arrives later', async () => {
  const before = await lastSeq();
  const inFlight = Array.from({ length: 30 }, () =>
    publishAtomic(bus, batchOf(2, 'in flight'), { timeoutMs: PATIENCE_MS }).then(
      (sequences) => sequences.length,
      () => 0,
    ),
  );
  await servers.nats.kill();
  const acknowledged = (await Promise.all(inFlight)).reduce((sum, count) => sum + count, 0);
  await waitFor(() => !bus.connected, { what: 'the connection to be seen as lost' });
  for (const count of [1, 2]) {
    await expect(
      publishAtomic(bus, batchOf(count, 'while away'), { timeoutMs: PATIENCE_MS }),
    ).rejects.toMatchObject({ kind: 'unavailable' });
  }

  await servers.nats.restart();
  await waitFor(() => bus.connected, { what: 'the connection to be back' });
  const [next = 0] = await publishAtomic(bus, batchOf(1, 'back'), { timeoutMs: PATIENCE_MS });
  const contents = await Promise.all(
    Array.from({ length: next - before - 1 }, (_, index) => stored(before + 1 + index)),
  );
  expect(contents.length).toBeGreaterThanOrEqual(acknowledged);
  // Whole batches only, and none of those refused as disconnected.
  const whole = Array.from({ length: contents.length / 2 }, () => ['in flight 0', 'in flight 1']);
  expect(contents).toEqual(whole.flat());
});

// Last: nothing fits any more after it.
test('a full stream is exhausted, and a batch that does not fit is not stored in part', async () => {
  const large = Array.from({ length: 4 }, (_, index) => message(index, new Uint8Array(400_000)));
  const fill = async () => {
    for (;;) await publishAtomic(bus, large, { timeoutMs: PATIENCE_MS });
  };
  const full = { kind: 'exhausted', reason: 'STREAM_FULL', retryAfterMs: 10_000 };
  await expect(fill()).rejects.toMatchObject(full);
  const before = await lastSeq();
  await expect(publishAtomic(bus, large, { timeoutMs: PATIENCE_MS })).rejects.toMatchObject(full);
  expect(await lastSeq()).toBe(before);
  expect(await lastSeqOf(bus, 0)).toBeLessThanOrEqual(before);
  const single = [message(0, new Uint8Array(900_000)), message(0, new Uint8Array(900_000))];
  const fillSingly = async () => {
    for (;;) await publishAtomic(bus, single.slice(0, 1), { timeoutMs: PATIENCE_MS });
  };
  await expect(fillSingly()).rejects.toMatchObject(full);
});
