import { MinKey, type Document } from 'mongodb';
import { SHARDED, type ShardedCollection } from './shard-keys';

/** What is known of the data that is there. */
export interface Found {
  /** Accounts of the events that are stored, in order; empty in a new cluster. */
  readonly accounts: readonly { readonly organisationId: string; readonly accountId: string }[];
  /** `metering.event_keys` and so on: those that hold documents. */
  readonly filled: ReadonlySet<string>;
}

/** A command to the admin database of a mongos, and what it is for. */
export interface PlannedCommand {
  readonly command: Document;
  readonly because: string;
}

/** All commands, in order: each collection's key, then its splits, so that the balancer has something to move. */
export function planSharding(
  shards: number,
  chunksPerShard: number,
  found: Found,
): PlannedCommand[] {
  const chunks = shards * chunksPerShard;
  return SHARDED.flatMap((sharded) => [
    { command: shardCommand(sharded, chunks, found), because: sharded.because },
    ...splitPoints(found.accounts, chunks).flatMap(({ organisationId, accountId }) =>
      splitCommands(sharded, organisationId, accountId),
    ),
  ]);
}

/** Accounts that part the given ones (in order) into so many parts of about the same size. */
export function splitPoints<T>(accounts: readonly T[], parts: number): T[] {
  const points = Array.from({ length: parts - 1 }, (_, index) =>
    Math.floor(((index + 1) * accounts.length) / parts),
  );
  return [...new Set(points)].filter((at) => at > 0).flatMap((at) => accounts[at] ?? []);
}

function shardCommand(sharded: ShardedCollection, chunks: number, { filled }: Found): Document {
  const { key } = sharded;
  const name = namespaceOf(sharded);
  const isHashed = Object.values(key).includes('hashed');
  // A hashed key is split evenly from the start, but only while there is nothing to split.
  const initial = isHashed && !filled.has(name) ? { numInitialChunks: chunks } : {};
  return { shardCollection: name, key, ...initial };
}

function splitCommands(
  sharded: ShardedCollection,
  organisationId: string,
  accountId: string,
): PlannedCommand[] {
  if (sharded.splitAt === undefined) return [];
  const at = sharded.splitAt(organisationId, accountId);
  const middle = Object.fromEntries(
    Object.keys(sharded.key).map((field) => [field, at[field] ?? new MinKey()]),
  );
  return [{ command: { split: namespaceOf(sharded), middle }, because: 'a part of the accounts' }];
}

/** As commands name it. */
export function namespaceOf({ database, collection }: ShardedCollection): string {
  return `${database}.${collection}`;
}
