import { unavailable } from '@billingrails/errors';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { Binary, Timestamp } from 'mongodb';
import {
  addToOutbox,
  countOutbox,
  ensureIndexes,
  inTransaction,
  startOutboxRelay,
  type Mongo,
  type OutboxMessage,
  type OutboxRelay,
} from './index';
import type { OldOutboxDoc } from './outbox';
import { connectTestMongo } from './test-mongo';

let servers: TestServers;
let mongo: Mongo;
let number = 0;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  servers = await startServers({ mongo: true });
});

beforeEach(async () => {
  mongo = await connectTestMongo(servers, `outbox_test_${(number += 1)}`);
  await ensureIndexes(mongo.db, [{ collection: 'changes' }]);
});

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
  await mongo.close();
});

afterAll(() => servers.stop());

async function add(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await inTransaction(mongo, (session) =>
      addToOutbox(mongo.db, session, { id, subject: 'billing.closed', data: Buffer.from(id) }),
    );
  }
}

function relay(
  publish: (message: OutboxMessage) => Promise<void>,
  options: { leaseTtlMs?: number; pollMs?: number } = {},
): OutboxRelay {
  const publishAll = async (messages: readonly OutboxMessage[]) => {
    for (const message of messages) await publish(message);
  };
  return relayTogether(publishAll, options);
}

function relayTogether(
  publish: (messages: readonly OutboxMessage[]) => Promise<void>,
  options: { leaseTtlMs?: number; pollMs?: number } = {},
): OutboxRelay {
  const started = startOutboxRelay(mongo, publish, { logger: mongo.logger, ...options });
  relays.push(started);
  return started;
}

const small = (id: string): OutboxMessage => {
  return { id, subject: 'billing.closed', data: Buffer.from(id) };
};

const waiting = () => mongo.db.collection('outbox').countDocuments();
const drained = () => waitFor(async () => (await waiting()) === 0, { what: 'an empty outbox' });

test('messages are published whole, in the order they were added, and then deleted', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `per_${index}`);
  await add(...ids);
  const published: OutboxMessage[] = [];
  relay(async (message) => void published.push(message));
  await drained();
  expect(published).toEqual(
    ids.map((id) => ({ id, subject: 'billing.closed', data: new Uint8Array(Buffer.from(id)) })),
  );
});

test('a message of a transaction that was undone is never published', async () => {
  const undone = inTransaction(mongo, async (session) => {
    await addToOutbox(mongo.db, session, { id: 'undone', subject: 's', data: Buffer.from('') });
    throw new Error('refused');
  });
  await expect(undone).rejects.toThrow('refused');
  await add('done');
  const published: string[] = [];
  relay(async ({ id }) => void published.push(id));
  await drained();
  expect(published).toEqual(['done']);
});

test('a nudge has a message sent long before the next look', async () => {
  const published: string[] = [];
  const { nudge } = relay(async ({ id }) => void published.push(id), { pollMs: 3_600_000 });
  await add('a');
  nudge();
  await waitFor(() => published.length === 1, { what: 'the first message' });
  await add('b');
  nudge();
  await waitFor(() => published.length === 2, { what: 'the second message' });
});

test('without a nudge, as from another replica, a message is sent at the next look', async () => {
  const published: string[] = [];
  relay(async ({ id }) => void published.push(id), { pollMs: 20 });
  await add('a');
  await drained();
  expect(published).toEqual(['a']);
});

test('while the bus is down nothing is lost or overtaken, and all is sent when it is back', async () => {
  let down = true;
  let refused = 0;
  const published: string[] = [];
  relay(async ({ id }) => {
    if (down) {
      refused += 1;
      throw unavailable('BROKER_UNAVAILABLE', 'Away.', 1_000);
    }
    published.push(id);
  });
  await add('a', 'b', 'c');
  await waitFor(() => refused >= 2, { what: 'two attempts' });
  expect(await waiting()).toBe(3);
  down = false;
  await drained();
  expect(published).toEqual(['a', 'b', 'c']);
});

test('what could not be published together is published again, whole, before what came after it', async () => {
  await add('a', 'b', 'c');
  const published: string[][] = [];
  let failures = 0;
  relayTogether(async (messages) => {
    if (failures < 1) {
      failures += 1;
      await add('d');
      throw new Error('lost');
    }
    published.push(messages.map(({ id }) => id));
  });
  await drained();
  expect(published.flat()).toEqual(['a', 'b', 'c', 'd']);
  expect(published[0]?.slice(0, 3)).toEqual(['a', 'b', 'c']);
});

test('messages of one transaction keep their order, and as many are published together as fit', async () => {
  const large = Buffer.alloc(900_000);
  const messages = Array.from({ length: 12 }, (_, index) => ({
    ...{ id: `m${index}`, subject: 's', data: index < 6 ? large : Buffer.from('small') },
  }));
  await inTransaction(mongo, (session) => addToOutbox(mongo.db, session, ...messages));
  const published: string[][] = [];
  relayTogether(async (together) => void published.push(together.map(({ id }) => id)));
  await drained();
  expect(published).toEqual([
    ['m0', 'm1', 'm2', 'm3'],
    ['m4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11'],
  ]);
});

test('messages of one transaction are few documents, and each of them is counted', async () => {
  const ids = Array.from({ length: 60 }, (_, index) => `m${index}`);
  await inTransaction(mongo, (session) => addToOutbox(mongo.db, session, ...ids.map(small)));
  await add('alone');
  expect(await waiting()).toBe(4);
  expect(await countOutbox(mongo.db)).toBe(61);
  const published: string[] = [];
  relayTogether(async (together) => void published.push(...together.map(({ id }) => id)));
  await drained();
  expect(published).toEqual([...ids, 'alone']);
  expect(await countOutbox(mongo.db)).toBe(0);
});

test('of many transactions as many messages are published together as a batch takes, none torn from its place', async () => {
  const ids: string[] = [];
  for (let transaction = 0; transaction < 30; transaction += 1) {
    const own = Array.from({ length: 40 }, (_, index) => `m${transaction}/${index}`);
    ids.push(...own);
    await inTransaction(mongo, (session) => addToOutbox(mongo.db, session, ...own.map(small)));
  }
  const published: string[][] = [];
  relayTogether(async (together) => void published.push(together.map(({ id }) => id)));
  await drained();
  expect(published.flat()).toEqual(ids);
  expect(Math.max(...published.map(({ length }) => length))).toBeLessThanOrEqual(500);
});

test('a message that an earlier version wrote, a document of its own, is counted and sent in its place', async () => {
  const old = { subject: 'billing.closed', data: new Binary(Buffer.from('old')) };
  const order = new Timestamp({ t: 1, i: 1 });
  await mongo.db.collection<OldOutboxDoc>('outbox').insertOne({ _id: 'old', order, ...old });
  await add('new');
  expect(await countOutbox(mongo.db)).toBe(2);
  const published: OutboxMessage[] = [];
  relay(async (message) => void published.push(message));
  await drained();
  expect(published.map(({ id, data }) => [id, Buffer.from(data).toString()])).toEqual([
    ['old', 'old'],
    ['new', 'new'],
  ]);
});

test('of several replicas one at a time relays, so that order holds', async () => {
  const published: string[] = [];
  const by = new Set<number>();
  for (const replica of [1, 2, 3]) {
    relay(
      async ({ id }) => {
        by.add(replica);
        published.push(id);
      },
      { pollMs: 20 },
    );
  }
  const ids = Array.from({ length: 50 }, (_, index) => `per_${index}`);
  await add(...ids);
  await drained();
  expect(published).toEqual(ids);
  expect(by.size).toBe(1);
});

test('when the replica that relays ends, another goes on at once', async () => {
  const published: string[] = [];
  const publish = async ({ id }: OutboxMessage) => void published.push(id);
  const first = relay(publish, { pollMs: 20, leaseTtlMs: 60_000 });
  await add('a');
  await drained();
  relay(publish, { pollMs: 20, leaseTtlMs: 60_000 });
  await first.close();
  await add('b');
  await drained();
  expect(published).toEqual(['a', 'b']);
});

test('when the replica that relays hangs, another takes over after its lease', async () => {
  const published: string[] = [];
  let hanging = false;
  let resume = (): void => undefined;
  const resumed = new Promise<void>((resolve) => (resume = resolve));
  relay(
    () => {
      hanging = true;
      return resumed;
    },
    { leaseTtlMs: 300, pollMs: 20 },
  );
  await add('a', 'b');
  await waitFor(() => hanging, { what: 'the first replica to hang' });
  relay(async ({ id }) => void published.push(id), { leaseTtlMs: 300, pollMs: 20 });
  await drained();
  expect(published).toEqual(['a', 'b']);
  resume();
});

test('a message too large for the bus is refused where it is added', async () => {
  const data = new Uint8Array(1_000_001);
  const attempt = inTransaction(mongo, (session) =>
    addToOutbox(mongo.db, session, { id: 'large', subject: 's', data }),
  );
  await expect(attempt).rejects.toThrow(/fits into a bus message/);
});
