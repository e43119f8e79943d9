import { MongoError, type ClientSession } from 'mongodb';
import { DomainError } from '@billingrails/errors';
import { startServers, type TestServers } from '@billingrails/testing';
import { ensureIndexes, inTransaction, type Mongo } from './index';
import { connectTestMongo } from './test-mongo';

interface Counter {
  _id: string;
  value: number;
}

let servers: TestServers;
let mongo: Mongo;

beforeAll(async () => {
  servers = await startServers({ mongo: true });
  mongo = await connectTestMongo(servers, 'transaction_test');
  await ensureIndexes(mongo.db, [{ collection: 'counters' }]);
});

afterAll(async () => {
  await mongo.close();
  await servers.stop();
});

/** Reads, then writes what it read plus one: loses an update whenever two run at once without isolation. */
async function increment(session: ClientSession, _id: string): Promise<void> {
  const counters = mongo.db.collection<Counter>('counters');
  const value = (await counters.findOne({ _id }, { session }))?.value ?? 0;
  await counters.updateOne({ _id }, { $set: { value: value + 1 } }, { session, upsert: true });
}

const valueOf = async (_id: string) =>
  (await mongo.db.collection<Counter>('counters').findOne({ _id }))?.value;

test('what collides is run again whole, so that no update is lost', async () => {
  const writers = Array.from({ length: 20 }, () =>
    inTransaction(mongo, (session) => increment(session, 'collision')),
  );
  await Promise.all(writers);
  expect(await valueOf('collision')).toBe(20);
});

test('an error of the body undoes its writes and is thrown as it is', async () => {
  const refused = new DomainError('precondition', 'REQUEST_INVALID', 'Refused.');
  const attempt = inTransaction(mongo, async (session) => {
    await increment(session, 'refused');
    throw refused;
  });
  await expect(attempt).rejects.toBe(refused);
  expect(await valueOf('refused')).toBeUndefined();
});

test('a lost answer to the commit repeats the commit alone', async () => {
  let runs = 0;
  await inTransaction(mongo, async (session) => {
    runs += 1;
    await increment(session, 'commit');
    const commit = session.commitTransaction.bind(session);
    let lost = false;
    session.commitTransaction = async () => {
      await commit();
      if (lost) return;
      lost = true;
      const error = new MongoError('connection lost after the commit');
      error.addErrorLabel('UnknownTransactionCommitResult');
      throw error;
    };
  });
  expect(runs).toBe(1);
  expect(await valueOf('commit')).toBe(1);
});

test('an endless collision ends at the timeout as stale', async () => {
  const held = mongo.client.startSession();
  held.startTransaction();
  await increment(held, 'held');
  const attempt = inTransaction(mongo, (session) => increment(session, 'held'), { timeoutMs: 300 });
  await expect(attempt).rejects.toMatchObject({ kind: 'stale', reason: 'WRITE_CONFLICT' });
  await held.abortTransaction();
  await held.endSession();
});
