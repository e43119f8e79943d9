import { MongoClient } from 'mongodb';
import { setTimeout as delay } from 'node:timers/promises';
import { howMany, seededRandom, waitFor } from '@billingrails/testing';
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

type Kill = () => Promise<void>;

/**
 * What is killed and when. `npm test` has the first two; what the others kill is also killed beside their own projects'
 * tests.
 */
const KILLS: readonly [string, Kill][] = [
  [
    'metering killed before a commit, again and again',
    async () => {
      await waitFor(async () => (await openTransactions()) > 0, {
        what: 'an open transaction',
        intervalMs: 1,
      });
      platform.services.metering.kill();
      await platform.services.metering.restart();
    },
  ],
  [
    'the database killed at random instants',
    async () => {
      await delay(random() * 100);
      platform.stack.mongo.kill();
      await platform.stack.mongo.restart();
    },
  ],
  [
    'metering killed right after a commit, before the next read',
    async () => {
      await nextCommit();
      platform.services.metering.kill();
      await platform.services.metering.restart();
    },
  ],
  [
    'ingest killed at random instants',
    async () => {
      await delay(random() * 100);
      platform.services.ingest.kill();
      await platform.services.ingest.restart();
    },
  ],
  [
    'the broker killed at random instants',
    async () => {
      await delay(random() * 100);
      platform.stack.nats.kill();
      await platform.stack.nats.restart();
    },
  ],
];

test.each(KILLS.slice(0, howMany(2, KILLS.length)))(
  '%s, under load: every acknowledged event counts once, as the oracle says',
  async (_what, kill) => {
    await underLoad(platform, meter, kill);
  },
);

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
