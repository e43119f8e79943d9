import { MongoServerError, type Db } from 'mongodb';
import { dateOf, msOf } from './instants';

export const LEASES = 'leases';

/** The right to do something alone until it expires. Clocks of replicas differ, so it saves work; what must be
 * unique is guarded by a unique document as well. */
export interface Lease {
  readonly name: string;
  readonly owner: string;
  readonly expireTimeMs: number;
  /** Grows with every change of owner: a write that carries it can refuse a former owner. */
  readonly term: number;
}

export interface LeaseRequest {
  readonly name: string;
  /** Unique to a process, such as an id made at its start. */
  readonly owner: string;
  readonly ttlMs: number;
  readonly nowMs: number;
}

interface LeaseDoc {
  _id: string;
  owner: string;
  expireTime: Date;
  term: number;
}

const DUPLICATE_KEY = 11000;

/**
 * Takes the lease if it is free, expired, or already the owner's (which renews it). `undefined` when somebody else
 * holds it. One atomic compare-and-set on owner and expiry: of many at once, one gets it.
 */
export async function acquireLease(db: Db, request: LeaseRequest): Promise<Lease | undefined> {
  const renewed = await renewLease(db, request);
  if (renewed !== undefined) return renewed;
  const { name, owner, ttlMs, nowMs } = request;
  try {
    const doc = await db
      .collection<LeaseDoc>(LEASES)
      .findOneAndUpdate(
        { _id: name, expireTime: { $lte: dateOf(nowMs) } },
        { $set: { owner, expireTime: dateOf(nowMs + ttlMs) }, $inc: { term: 1 } },
        { upsert: true, returnDocument: 'after' },
      );
    return doc === null ? undefined : fromDoc(doc);
  } catch (error) {
    // The upsert met a lease that has not expired: it is held.
    if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return undefined;
    throw error;
  }
}

/** Extends a lease that its owner still holds. `undefined` when it has expired or has gone to another. */
export async function renewLease(
  db: Db,
  { name, owner, ttlMs, nowMs }: LeaseRequest,
): Promise<Lease | undefined> {
  const doc = await db
    .collection<LeaseDoc>(LEASES)
    .findOneAndUpdate(
      { _id: name, owner, expireTime: { $gt: dateOf(nowMs) } },
      { $set: { expireTime: dateOf(nowMs + ttlMs) } },
      { returnDocument: 'after' },
    );
  return doc === null ? undefined : fromDoc(doc);
}

/** Gives the lease up at once, so that nobody needs to wait for its expiry. Harmless when it is no longer held. */
export async function releaseLease(db: Db, { name, owner, term }: Lease): Promise<void> {
  await db
    .collection<LeaseDoc>(LEASES)
    .updateOne({ _id: name, owner, term }, { $set: { expireTime: dateOf(0) } });
}

function fromDoc({ _id, owner, expireTime, term }: LeaseDoc): Lease {
  return { name: _id, owner, expireTimeMs: msOf(expireTime), term };
}
