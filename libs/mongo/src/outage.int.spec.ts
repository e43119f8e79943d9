import { DomainError } from '@billingrails/errors';
import { halt, startServers, waitFor, type TestServers } from '@billingrails/testing';
import { connectMongo, ensureIndexes, inTransaction, mongoDomainError, type Mongo } from './index';
import { connectTestMongo } from './test-mongo';

let servers: TestServers;
let mongo: Mongo;

beforeAll(async () => {
  servers = await startServers({ mongo: true, alone: true });
  mongo = await connectTestMongo(servers, 'outage_test');
  await ensureIndexes(mongo.db, [{ collection: 'writes' }]);
});

afterAll(async () => {
  await mongo.close();
  await servers.stop();
});

const write = (_id: number) =>
  inTransaction(mongo, (session) =>
    mongo.db.collection<{ _id: number }>('writes').insertOne({ _id }, { session }),
  );

const outage = { kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE', retryAfterMs: 1_000 };

test('a database that is gone is unavailable, and is used again when it is back', async () => {
  await write(1);
  await servers.mongo.kill();
  const attempts: Promise<unknown>[] = [
    write(2),
    mongo.db.collection('writes').findOne({}),
    connectTestMongo(servers, 'outage_test'),
  ];
  for (const attempt of await Promise.allSettled(attempts)) {
    const error: unknown = attempt.status === 'rejected' ? attempt.reason : undefined;
    const known = error instanceof DomainError ? error : mongoDomainError(error);
    expect(known ?? error).toMatchObject(outage);
  }
  await servers.mongo.restart();
  await write(3);
  const kept = await mongo.db.collection('writes').find().toArray();
  expect(kept.map(({ _id }) => _id)).toEqual([1, 3]);
});

test('a database that hangs is unavailable', async () => {
  await write(10);
  const goOn = await halt(servers.mongo.nodes[0]?.pid);
  try {
    await expect(write(11)).rejects.toMatchObject(outage);
  } finally {
    goOn();
  }
  await waitFor(() => write(12), { what: 'a write afterwards' });
});

test('nothing acknowledged is lost, and nothing is run twice, when the database is killed while writing', async () => {
  const acknowledged: number[] = [];
  const refusals = new Set<unknown>();
  let stopped = false;
  const writing = (async () => {
    for (let id = 1_000; !stopped; id += 1) {
      await write(id).then(
        () => acknowledged.push(id),
        (error: unknown) => refusals.add(error instanceof DomainError ? error.kind : error),
      );
    }
  })();
  try {
    for (let kill = 1; kill <= 3; kill += 1) {
      const before = acknowledged.length;
      await waitFor(() => acknowledged.length > before + 10, { what: 'writes' });
      await servers.mongo.kill();
      await servers.mongo.restart();
    }
  } finally {
    stopped = true;
    await writing;
  }
  const docs = await mongo.db.collection<{ _id: number }>('writes').find().toArray();
  const stored = new Set(docs.map(({ _id }) => _id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  // No duplicate key: what had been committed was not run again.
  expect([...refusals].filter((kind) => kind !== 'unavailable')).toEqual([]);
});

test('an address where nobody answers is unavailable', async () => {
  const { logger } = mongo;
  const url = 'mongodb://127.0.0.1:1';
  await expect(connectMongo({ url, database: 'x', logger })).rejects.toMatchObject(outage);
});
