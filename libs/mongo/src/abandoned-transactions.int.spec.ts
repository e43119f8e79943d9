import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { connectMongo, type Mongo } from './connect';
import { inTransaction } from './transaction';

interface Counter {
  _id: string;
  value: number;
}

const logger = createLogger({ service: 'test', level: 'silent' });
let servers: TestServers;
let mongo: Mongo;

beforeAll(async () => {
  servers = await startServers({ mongo: true, alone: true });
  mongo = await connectMongo({ url: servers.mongodbUrl, database: 'billing', logger });
  // The server alone would end them after this: never, as far as tests go.
  await mongo.client
    .db('admin')
    .command({ setParameter: 1, transactionLifetimeLimitSeconds: 86_400 });
  await counters().insertOne({ _id: 'one', value: 0 });
});

afterAll(async () => {
  await mongo?.close();
  await servers?.stop();
});

test('what a killed process had locked is free although the server still waits for it, without its writes', async () => {
  await killInsideTransaction('billingrails-billing');
  await waitFor(() => add(1), { what: 'the lock to be gone' });
  expect((await counters().findOne({ _id: 'one' }))?.value).toBe(1);
});

test("another service's transactions are left alone", async () => {
  await killInsideTransaction('billingrails-other');
  await waitFor(async () => (await idleTransactions()).some((ms) => ms > 5_000), {
    what: "the other service's transaction to be older than ours may become",
  });
});

test('a transaction that was ended while its process hung is run again, whole', async () => {
  await counters().insertOne({ _id: 'two', value: 0 });
  let attempts = 0;
  await inTransaction(mongo, async (session) => {
    attempts += 1;
    await counters().updateOne({ _id: 'two' }, { $inc: { value: 1 } }, { session });
    if (attempts === 1) {
      await waitFor(async () => (await idleTransactions('billingrails-billing')).length === 0, {
        what: 'the idle transaction to be ended',
      });
    }
  });
  expect(attempts).toBe(2);
  expect((await counters().findOne({ _id: 'two' }))?.value).toBe(1);
});

test('a transaction that is continued is left alone, however long its pauses are together', async () => {
  await counters().insertOne({ _id: 'three', value: 0 });
  let attempts = 0;
  await inTransaction(
    mongo,
    async (session) => {
      attempts += 1;
      let updates = 0;
      const add = async () => {
        await counters().updateOne({ _id: 'three' }, { $inc: { value: 1 } }, { session });
        updates += 1;
      };
      await add();
      // Each look at its idle time is another of its pauses, until they are more than one alone may be.
      await waitFor(
        async () => {
          const [idleMs = 0] = await idleTransactions('billingrails-billing');
          await add();
          return idleMs > 6_000;
        },
        { what: 'the pauses to add up' },
      );
      expect(updates).toBeGreaterThan(10);
    },
    { timeoutMs: 60_000 },
  );
  expect(attempts).toBe(1);
});

function counters() {
  return mongo.db.collection<Counter>('counters');
}

async function add(value: number): Promise<boolean> {
  const options = { timeoutMs: 500 };
  return await inTransaction(
    mongo,
    async (session) => {
      await counters().updateOne({ _id: 'one' }, { $inc: { value } }, { session });
      return true;
    },
    options,
  ).catch(() => false);
}

/** For how long each open transaction has been idle, in milliseconds. */
async function idleTransactions(appName = 'billingrails-other'): Promise<number[]> {
  const found = await mongo.client
    .db('admin')
    .aggregate<{ transaction?: { timeInactiveMicros: unknown } }>(
      [
        { $currentOp: { idleSessions: true } },
        { $match: { type: 'idleSession', appName, transaction: { $exists: true } } },
      ],
      { readConcern: { level: 'local' } },
    )
    .toArray();
  return found.map(({ transaction }) => Number(transaction?.timeInactiveMicros) / 1_000);
}

/** A process of its own writes inside a transaction and is then killed. */
async function killInsideTransaction(appName: string): Promise<void> {
  const program = `
    const { MongoClient } = require('mongodb');
    MongoClient.connect(process.argv[1], { appName: process.argv[2] }).then(async (client) => {
      const session = client.startSession();
      session.startTransaction();
      const counters = client.db('billing').collection('counters');
      await counters.updateOne({ _id: 'one' }, { $set: { value: 100 } }, { session });
      console.log('open');
    });`;
  const child = spawn(process.execPath, ['-e', program, servers.mongodbUrl, appName], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
