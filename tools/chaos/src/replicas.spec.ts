import { MongoClient } from 'mongodb';
import { howMany, seededRandom, waitFor } from '@billingrails/testing';
import { startPlatform, type Platform } from '@billingrails/stack';
import { seed, underLoad } from './under-load';
import { createLoadMeter } from './usage';
import { differencesFound } from './verify';

const random = seededRandom(seed);

let platform: Platform;
let database: MongoClient;

afterEach(async () => {
  await database?.close();
  await platform?.stop();
});

test.each([2, 3].slice(0, howMany(1, 2)))(
  '%s metering replicas, all but one killed at random again and again, under load: usage equals the oracle, and verification finds no difference',
  async (count) => {
    platform = await startPlatform({ replicas: { metering: count } });
    database = await MongoClient.connect(platform.stack.mongodbUrl);
    const meter = await createLoadMeter(platform);
    const movedMs: number[] = [];
    const accounts = await underLoad(platform, meter, async () => {
      const replicas = [...platform.services.replicas.metering];
      const survivor = Math.floor(random() * count);
      const killed = replicas.filter((_, index) => index !== survivor);
      const busy = await busyPartitions();
      await Promise.all(killed.map((replica) => replica.kill()));
      const atKill = await appliedSeqs();
      const startMs = performance.now();
      await waitFor(
        async () => {
          const now = await appliedSeqs();
          return busy.every(
            (partition) => (now.get(partition) ?? 0) > (atKill.get(partition) ?? 0),
          );
        },
        { what: 'every partition to move on without the killed replicas' },
      );
      movedMs.push(performance.now() - startMs);
      for (const replica of killed) await replica.restart();
    });
    console.log(
      `after each kill every busy partition went on within ${movedMs.map((ms) => `${Math.round(ms)} ms`).join(', ')}`,
    );
    expect(await differencesFound(platform, meter, accounts)).toEqual([]);
  },
);

/** How far each partition is applied. */
async function appliedSeqs(): Promise<Map<number, number>> {
  const partitions = database
    .db('metering')
    .collection<{ _id: number; appliedSeq: number }>('partitions');
  return new Map(
    (await partitions.find().toArray()).map(({ _id, appliedSeq }) => [_id, appliedSeq]),
  );
}

/** The partitions that the load's accounts are in. */
async function busyPartitions(): Promise<number[]> {
  return [...(await appliedSeqs())].filter(([, seq]) => seq > 0).map(([partition]) => partition);
}
