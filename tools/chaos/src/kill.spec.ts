import { MongoClient } from 'mongodb';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom, waitFor } from '@billingrails/testing';
import { startPlatform, type Platform } from '@billingrails/stack';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { seed, underLoad } from './under-load';
import { createLoadMeter } from './usage';

const random = seededRandom(seed);

let platform: Platform;
let database: MongoClient;
let meter: Meter;

beforeEach(async () => {
  platform = await startPlatform();
  database = await MongoClient.connect(platform.stack.mongodbUrl);
  meter = await createLoadMeter(platform);
});

afterEach(async () => {
  await database?.close();
  await platform?.stop();
});

test('metering killed before a commit, again and again, under load: usage equals the oracle', async () => {
  await underLoad(platform, meter, async () => {
    await waitFor(async () => (await openTransactions()) > 0, {
      what: 'an open transaction',
      intervalMs: 1,
    });
    platform.services.metering.kill();
    await platform.services.metering.restart();
  });
});

test('metering killed right after a commit, before the next read, under load: usage equals the oracle', async () => {
  await underLoad(platform, meter, async () => {
    await nextCommit();
    platform.services.metering.kill();
    await platform.services.metering.restart();
  });
});

test('ingest killed at random instants, under load: every acknowledged event counts once', async () => {
  await underLoad(platform, meter, async () => {
    await delay(random() * 100);
    platform.services.ingest.kill();
    await platform.services.ingest.restart();
  });
});

test('the broker killed at random instants, under load: every acknowledged event counts once', async () => {
  await underLoad(platform, meter, async () => {
    await delay(random() * 100);
    platform.stack.nats.kill();
    await platform.stack.nats.restart();
  });
});

test('the database killed at random instants, under load: every acknowledged event counts once', async () => {
  await underLoad(platform, meter, async () => {
    await delay(random() * 100);
    platform.stack.mongo.kill();
    await platform.stack.mongo.restart();
  });
});

async function openTransactions(): Promise<number> {
  const status = await database.db('admin').command({ serverStatus: 1 });
  return Number(status['transactions']?.currentOpen ?? 0);
}

/** Resolves as soon as a lane's commit is visible. */
async function nextCommit(): Promise<void> {
  const changes = database.db('metering').collection('partitions').watch();
  await changes.next();
  await changes.close();
}
