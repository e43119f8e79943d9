import type { Db, IndexDirection, Document } from 'mongodb';
import { LEASES } from './lease';
import { OUTBOX_INDEXES } from './outbox';
import { REQUEST_INDEXES } from './idempotency';

/** An index that must exist. Without `key`, only the collection must. */
export interface IndexSpec {
  readonly collection: string;
  /** Fields in order; a unique index must contain the shard key. */
  readonly key?: Readonly<Record<string, IndexDirection>>;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: Document;
  /** Documents vanish this many seconds after the Date in the (single) key field. */
  readonly expireAfterSeconds?: number;
}

const NAMESPACE_EXISTS = 48;
const INDEX_OPTIONS_CONFLICT = 85;

/**
 * Creates the collections and indexes that are missing: those named, and those of this library. Run it at start,
 * before serving; several replicas may do so at once. A changed time to live is applied to the existing index;
 * any other difference from an existing index of the same key throws, since changing it needs a person's decision.
 */
export async function ensureIndexes(db: Db, specs: readonly IndexSpec[]): Promise<void> {
  const all: readonly IndexSpec[] = [
    ...REQUEST_INDEXES,
    ...OUTBOX_INDEXES,
    { collection: LEASES },
    ...specs,
  ];
  for (const collection of new Set(all.map((spec) => spec.collection))) {
    const indexes = all.filter((spec) => spec.collection === collection && spec.key !== undefined);
    if (indexes.length > 0) await createIndexes(db, collection, indexes);
    else await createCollection(db, collection);
  }
}

/** Made beforehand, because a transaction that creates its collection collides with others that do the same. */
async function createCollection(db: Db, collection: string): Promise<void> {
  try {
    await db.createCollection(collection);
  } catch (error) {
    if (codeOf(error) !== NAMESPACE_EXISTS) throw error;
  }
}

/** In one command, which makes the collection as well; one by one where one is there and differs. */
async function createIndexes(
  db: Db,
  collection: string,
  specs: readonly IndexSpec[],
): Promise<void> {
  const indexes = specs.map(({ collection: _, key = {}, ...options }) => ({ key, ...options }));
  try {
    await db.collection(collection).createIndexes(indexes);
  } catch (error) {
    if (codeOf(error) !== INDEX_OPTIONS_CONFLICT) throw error;
    for (const spec of specs) await createIndex(db, spec);
  }
}

async function createIndex(db: Db, { collection, key, ...options }: IndexSpec): Promise<void> {
  if (key === undefined) return;
  try {
    await db.collection(collection).createIndex(key, options);
  } catch (error) {
    const { expireAfterSeconds } = options;
    if (codeOf(error) !== INDEX_OPTIONS_CONFLICT || expireAfterSeconds === undefined) throw error;
    await db.command({
      collMod: collection,
      index: { keyPattern: key, expireAfterSeconds },
    });
    await db.collection(collection).createIndex(key, options);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
