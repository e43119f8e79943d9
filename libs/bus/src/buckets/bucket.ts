import { StorageType, type KV } from 'nats';
import { whileConnected, type Bus } from '../connect';
import { defaultReplicas } from '../streams/streams';
import { isWrongLastSequence } from '../api-errors';
import { watchBucket, type BucketEntry, type BucketWatch } from './bucket-watch';

export interface BucketOptions {
  /** Copies; default 3 on a cluster, else 1. Matters only when the bucket is made. */
  readonly replicas?: number;
}

/** A small, durable table that every replica of every service can follow. Keys are of [-/_=.A-Za-z0-9]. */
export interface Bucket {
  /** Resolves once it is durable. Returns the entry's revision, which grows with every change in the bucket. */
  put(key: string, value: Uint8Array): Promise<number>;
  /** As put, but only if the key has no value (or, given `revision`, exactly that one): else returns undefined. */
  putIf(key: string, value: Uint8Array, revision?: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
  get(key: string): Promise<BucketEntry | undefined>;
  keys(): Promise<string[]>;
  /**
   * Calls `handler` for every entry there is, then `onReady`, then `handler` for every change, in order, until closed.
   * After a reconnection all entries come again, so the handler must do nothing the second time. What it throws is
   * logged.
   */
  watchAll(handler: (entry: BucketEntry) => void, onReady: () => void): BucketWatch;
}

const TIMEOUT_MS = 5_000;

/** Opens a bucket, making it if it is missing: in files, one value a key. */
export async function openBucket(
  bus: Bus,
  name: string,
  options: BucketOptions = {},
): Promise<Bucket> {
  const replicas = options.replicas ?? defaultReplicas(bus);
  const store = await whileConnected(bus, () =>
    bus.jetstream.views.kv(name, {
      history: 1,
      storage: StorageType.File,
      replicas,
      // Reads ask the leader, so that who has written sees it.
      allow_direct: false,
      timeout: TIMEOUT_MS,
    }),
  );
  return {
    put: (key, value) => whileConnected(bus, () => store.put(key, value)),
    putIf: (key, value, revision) => putIf(bus, store, key, value, revision),
    delete: (key) => whileConnected(bus, () => store.delete(key)),
    get: async (key) => {
      const entry = await whileConnected(bus, () => store.get(key));
      if (entry === null || entry.operation !== 'PUT') return undefined;
      return { key, value: entry.value, revision: entry.revision };
    },
    keys: () =>
      whileConnected(bus, async () => {
        const keys: string[] = [];
        for await (const key of await store.keys()) keys.push(key);
        return keys;
      }),
    watchAll: (handler, onReady) => watchBucket(bus, name, handler, onReady),
  };
}

async function putIf(
  bus: Bus,
  store: KV,
  key: string,
  value: Uint8Array,
  revision: number | undefined,
): Promise<number | undefined> {
  try {
    return await whileConnected(bus, () =>
      revision === undefined ? store.create(key, value) : store.update(key, value, revision),
    );
  } catch (error) {
    if (isWrongLastSequence(error)) return undefined;
    throw error;
  }
}
