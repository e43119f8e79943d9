import { startServers, type TestServers } from '@billingrails/testing';
import {
  assertDurable,
  BILLING,
  CHANGES,
  ensureStream,
  EVENTS,
  lastSeqOf,
  partitionsOf,
  publishAllOnce,
  publishOnce,
  type Bus,
} from '../index';
import { connectTestBus } from '../testing/test-bus';

let servers: TestServers;
let bus: Bus;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
});

afterAll(async () => {
  await bus.close();
  await servers.stop();
});

beforeEach(async () => {
  for (const { config } of await bus.manager.streams.list().next()) {
    await bus.manager.streams.delete(config.name);
  }
});

test('services that start at the same time make one stream, with one anchor a partition', async () => {
  const buses = await Promise.all(Array.from({ length: 6 }, () => connectTestBus(servers)));
  await Promise.all(buses.map((each) => ensureStream(each, EVENTS)));
  await Promise.all(buses.map((each) => each.close()));
  const { state } = await bus.manager.streams.info('EVENTS', { subjects_filter: '>' });
  expect(state).toMatchObject({ messages: 16, first_seq: 1, last_seq: 16 });
  expect(Object.values(state.subjects ?? {})).toEqual(new Array(16).fill(1));
  const { subject } = await bus.manager.streams.getMessage('EVENTS', { seq: 8 });
  expect(subject).toBe('events.7');
  expect(await lastSeqOf(bus, 7)).toBe(0);
});

test('a service that died between making the stream and its anchors is made up for', async () => {
  await ensureStream(bus, EVENTS);
  const { config } = await bus.manager.streams.info('EVENTS');
  await bus.manager.streams.delete('EVENTS');
  await bus.manager.streams.add(config);
  await ensureStream(bus, EVENTS);
  expect((await bus.manager.streams.info('EVENTS')).state.messages).toBe(16);
});

test('the partitions are those the stream was made with, whatever is asked for later', async () => {
  await ensureStream(bus, EVENTS, { partitions: 4 });
  expect(await partitionsOf(bus)).toBe(4);
  await ensureStream(bus, EVENTS);
  await expect(ensureStream(bus, EVENTS, { partitions: 8 })).rejects.toThrow(
    'partitions is 4, must be 8',
  );
});

test('a stream with other settings is refused, naming each of them and what to do', async () => {
  await ensureStream(bus, EVENTS);
  await bus.manager.streams.update('EVENTS', { max_age: 3_600_000_000_000, max_msgs: 10_000 });
  const attempt = ensureStream(bus, EVENTS, { maxBytes: 1_000_000, replicas: 3 });
  await expect(attempt).rejects.toThrow(/max_age is 3600000000000, must be 0/);
  await expect(attempt).rejects.toThrow(/max_msgs is 10000, must be -1/);
  await expect(attempt).rejects.toThrow(/max_bytes is 4294967296, must be 1000000/);
  await expect(attempt).rejects.toThrow(/num_replicas is 1, must be 3/);
  await expect(attempt).rejects.toThrow(/nats stream edit EVENTS/);
});

test('a stream that somebody else made is refused', async () => {
  await bus.manager.streams.add({ ...EVENTS.config, name: 'EVENTS' });
  await expect(ensureStream(bus, EVENTS)).rejects.toThrow(/not made by this platform/);
});

test('a fact published again with its id is stored once', async () => {
  await ensureStream(bus, BILLING);
  const message = { subject: 'billing.bill_posted', data: Buffer.from('closed') };
  for (const messageId of ['per_1', 'per_1', 'per_2']) {
    await publishOnce(bus, { ...message, messageId });
  }
  expect((await bus.manager.streams.info('BILLING')).state.messages).toBe(2);
});

test('facts published together lie in their order, and those published before are stored once', async () => {
  await ensureStream(bus, BILLING);
  const messages = ['a', 'b', 'c', 'd'].map((messageId) => {
    return { subject: 'billing.bill_posted', data: Buffer.from(messageId), messageId };
  });
  await publishAllOnce(bus, messages.slice(1, 3));
  await publishAllOnce(bus, messages);
  await publishAllOnce(bus, messages.slice(0, 1));
  const stored = await Promise.all(
    [1, 2, 3, 4].map(async (seq) => {
      const message = await bus.manager.streams.getMessage('BILLING', { seq });
      return `${message.string()} ${message.header.get('Nats-Msg-Id')}`;
    }),
  );
  expect(stored).toEqual(['b b', 'c c', 'a a', 'd d']);
  expect((await bus.manager.streams.info('BILLING')).state.messages).toBe(4);
});

test('messages of several streams are published together, each in its own, in order', async () => {
  await ensureStream(bus, BILLING);
  await ensureStream(bus, CHANGES);
  const subjects = ['changes.invoice.paid', 'billing.bill_posted'];
  const messages = ['a', 'b', 'c', 'd', 'e'].map((messageId, index) => {
    return { subject: subjects[index % 2] ?? '', data: Buffer.from(messageId), messageId };
  });
  await publishAllOnce(bus, messages.slice(0, 2));
  await publishAllOnce(bus, messages);
  const storedIn = async (stream: string) => {
    const { state } = await bus.manager.streams.info(stream);
    const sequences = Array.from({ length: state.messages }, (_, index) => index + 1);
    const read = (seq: number) => bus.manager.streams.getMessage(stream, { seq });
    return (await Promise.all(sequences.map(read))).map((message) => message.string());
  };
  expect(await storedIn('CHANGES')).toEqual(['a', 'c', 'e']);
  expect(await storedIn('BILLING')).toEqual(['b', 'd']);
});

test('a full stream of changes drops its oldest, so that a reader that lags keeps nobody from publishing', async () => {
  await ensureStream(bus, CHANGES, { maxBytes: 1_000_000 });
  const messages = Array.from({ length: 40 }, (_, index) => {
    const data = Buffer.alloc(100_000, index);
    return { subject: 'changes.invoice.paid', data, messageId: `${index}` };
  });
  for (let from = 0; from < messages.length; from += 4)
    await publishAllOnce(bus, messages.slice(from, from + 4));
  const { state } = await bus.manager.streams.info('CHANGES');
  expect(state.last_seq).toBe(40);
  expect(state.messages).toBeLessThan(11);
});

test('a broker that syncs every write, with the stream as it must be, is durable', async () => {
  await ensureStream(bus, EVENTS);
  await assertDurable(bus, { monitorUrl: servers.natsMonitorUrl });
});

test('a missing or changed stream is not durable', async () => {
  const { natsMonitorUrl: monitorUrl } = servers;
  await expect(assertDurable(bus, { monitorUrl })).rejects.toThrow(/EVENTS does not exist/);
  await ensureStream(bus, EVENTS);
  await bus.manager.streams.update('EVENTS', { max_age: 3_600_000_000_000 });
  await expect(assertDurable(bus, { monitorUrl })).rejects.toThrow(/max_age .* must be 0/);
});
