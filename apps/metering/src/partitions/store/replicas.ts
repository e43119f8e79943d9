import type { IndexSpec } from '@billingrails/mongo';
import type { Collection, Db } from 'mongodb';

const REPLICAS = 'replicas';
const FORGET_AFTER_SECONDS = 3600;

export const REPLICA_INDEXES: readonly IndexSpec[] = [
  { collection: REPLICAS, key: { heartbeatTime: 1 }, expireAfterSeconds: FORGET_AFTER_SECONDS },
];

/** A running process of this service. All times are the database's, so that clocks of replicas need not agree. */
interface ReplicaDoc {
  _id: string;
  heartbeatTime: Date;
}

function collection(db: Db): Collection<ReplicaDoc> {
  return db.collection<ReplicaDoc>(REPLICAS);
}

/** Says that a replica is alive, and returns all that said so within the last `ttlMs`, it included. */
export async function heartbeat(db: Db, replica: string, ttlMs: number): Promise<string[]> {
  await collection(db).updateOne({ _id: replica }, [{ $set: { heartbeatTime: '$$NOW' } }], {
    upsert: true,
  });
  const isAlive = { $gt: ['$heartbeatTime', { $subtract: ['$$NOW', ttlMs] }] };
  const docs = await collection(db).find({ $expr: isAlive }).sort({ _id: 1 }).toArray();
  return docs.map(({ _id }) => _id);
}

/** Says that a replica ends, so that the others take over at once. */
export async function leave(db: Db, replica: string): Promise<void> {
  await collection(db).deleteOne({ _id: replica });
}
