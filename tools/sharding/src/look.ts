import type { MongoClient } from 'mongodb';
import type { Found } from './plan';
import { namespaceOf } from './plan';
import { SHARDED } from './shard-keys';

const SAMPLE = 20_000;

/** Whether it is a mongos, and of how many shards. Any other server has none. */
export async function countShards(client: MongoClient): Promise<number | undefined> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  if (hello['msg'] !== 'isdbgrid') return undefined;
  const { shards } = await admin.command({ listShards: 1 });
  return (shards as unknown[]).length;
}

/** Looks which collections hold documents, and at the accounts of a sample of the events. Changes nothing. */
export async function look(client: MongoClient): Promise<Found> {
  const filled = new Set<string>();
  for (const sharded of SHARDED) {
    const collection = client.db(sharded.database).collection(sharded.collection);
    if ((await collection.findOne({}, { projection: { _id: 1 } })) !== null) {
      filled.add(namespaceOf(sharded));
    }
  }
  const sample = await client
    .db('metering')
    .collection('segments')
    .aggregate<{ _id: { o: string; a: string } }>([
      { $sample: { size: SAMPLE } },
      { $group: { _id: { o: '$o', a: '$a' } } },
      { $sort: { '_id.o': 1, '_id.a': 1 } },
    ])
    .toArray();
  const accounts = sample.map(({ _id: { o, a } }) => ({ organisationId: o, accountId: a }));
  return { accounts, filled };
}
