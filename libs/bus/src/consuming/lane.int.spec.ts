import { PATIENCE_MS, startServers, waitFor, type TestServers } from '@billingrails/testing';
import {
  ensureStream,
  EVENTS,
  lastSeqOf,
  publishAtomic,
  purgeApplied,
  readLane,
  type Bus,
  type LaneMessage,
} from '../index';
import { connectTestBus } from '../testing/test-bus';

let servers: TestServers;
let bus: Bus;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
  await ensureStream(bus, EVENTS);
});

afterAll(async () => {
  await bus.close();
  await servers.stop();
});

const texts = (messages: LaneMessage[]) => messages.map(({ data }) => Buffer.from(data).toString());

const publish = (partition: number, ...contents: string[]) =>
  publishAtomic(
    bus,
    contents.map((content) => ({ subject: `events.${partition}`, data: Buffer.from(content) })),
    { timeoutMs: PATIENCE_MS },
  );

async function readCount(
  partition: number,
  afterSeq: number,
  count: number,
  maxMessages = 1_000,
): Promise<LaneMessage[]> {
  const controller = new AbortController();
  const messages: LaneMessage[] = [];
  const { signal } = controller;
  for await (const chunk of readLane(bus, { partition, afterSeq, maxMessages, signal })) {
    messages.push(...chunk);
    if (messages.length >= count) break;
  }
  return messages;
}

test('a lane delivers its own partition in order, from the message after the given one', async () => {
  const [first] = await publish(1, 'a');
  await publish(2, 'other');
  const [second, third] = await publish(1, 'b', 'c');
  expect(texts(await readCount(1, 0, 3))).toEqual(['a', 'b', 'c']);
  const rest = await readCount(1, first ?? 0, 2);
  expect(rest.map(({ seq }) => seq)).toEqual([second, third]);
});

test('a lane goes on behind messages that were purged after they were applied', async () => {
  const sequences = await publish(3, 'a', 'b', 'c', 'd');
  const applied = sequences[1] ?? 0;
  expect(await purgeApplied(bus, 3, applied)).toBe(2);
  expect(texts(await readCount(3, applied, 2))).toEqual(['c', 'd']);
});

test('a lane refuses to go on behind messages that were purged before they were applied', async () => {
  const sequences = await publish(4, 'a', 'b', 'c');
  await bus.manager.streams.purge('EVENTS', { filter: 'events.4', seq: sequences[2] ?? 0 });
  const gap = { kind: 'precondition', reason: 'LANE_GAP' };
  await expect(readCount(4, 0, 1)).rejects.toMatchObject(gap);
  await expect(readCount(4, sequences[0] ?? 0, 1)).rejects.toMatchObject(gap);
  await bus.manager.streams.purge('EVENTS', { filter: 'events.4' });
  await expect(readCount(4, sequences[0] ?? 0, 1)).rejects.toMatchObject(gap);
});

test('the last sequence of a partition is that of its last event, 0 without any', async () => {
  expect(await lastSeqOf(bus, 5)).toBe(0);
  const sequences = await publish(5, 'a', 'b');
  expect(await lastSeqOf(bus, 5)).toBe(sequences[1]);
});

test('while the caller works on a chunk, the next one is fetched', async () => {
  await publish(7, ...Array.from({ length: 30 }, (_, number) => String(number)));
  const { signal } = new AbortController();
  const sizes: number[] = [];
  for await (const chunk of readLane(bus, { partition: 7, afterSeq: 0, maxMessages: 10, signal })) {
    sizes.push(chunk.length);
    // Meanwhile at least a chunk's worth has come.
    if (sizes.length === 1) await readCount(7, 0, 30);
    if (sizes.length === 2) break;
  }
  expect(sizes[1]).toBe(10);
});

test('a lane waits for the next message, and ends when it is told to', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const chunks: LaneMessage[][] = [];
  const reading = (async () => {
    const lane = readLane(bus, { partition: 8, afterSeq: 0, maxMessages: 10, signal });
    for await (const chunk of lane) chunks.push(chunk);
  })();
  await publish(8, 'a');
  await waitFor(() => chunks.length === 1, { what: 'the message' });
  controller.abort();
  await reading;
  await publish(8, 'b');
  expect(chunks.flatMap(texts)).toEqual(['a']);
  const left = await bus.manager.consumers.list('EVENTS').next();
  expect(left).toEqual([]);
});

test('a lane goes on when its consumer is taken away', async () => {
  const reading = readCount(9, 0, 2);
  await publish(9, 'a');
  const consumer = await waitFor(
    async () => (await bus.manager.consumers.list('EVENTS').next())[0]?.name,
    { what: 'the consumer' },
  );
  await bus.manager.consumers.delete('EVENTS', consumer);
  await publish(9, 'b');
  expect(texts(await reading)).toEqual(['a', 'b']);
});

test('a lane whose stream is replaced under it stops rather than mix the two', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const [seq = 0] = await publish(10, 'a');
  const lane = readLane(bus, { partition: 10, afterSeq: 0, maxMessages: 10, signal });
  expect(texts((await lane.next()).value ?? [])).toEqual(['a']);
  await bus.manager.streams.delete('EVENTS');
  await ensureStream(bus, EVENTS);
  // A message with the very sequence the lane stands at.
  while ((await lastSeqOf(bus, 10)) < seq) await publish(10, 'other');
  await expect(lane.next()).rejects.toMatchObject({ reason: 'LANE_GAP' });
});
