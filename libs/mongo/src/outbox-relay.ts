import { randomUUID } from 'node:crypto';
import type { Logger } from '@billingrails/log';
import { backOffMs, Bell, rest } from '@billingrails/waits';
import type { Mongo } from './connect';
import { acquireLease, releaseLease, type Lease } from './lease';
import {
  OUTBOX,
  outboxMessagesOf,
  type OldOutboxDoc,
  type OutboxDoc,
  type OutboxMessage,
} from './outbox';

export interface OutboxRelayOptions {
  readonly logger: Logger;
  /** Reads the time that leases expire by; default the system's clock. */
  readonly nowMs?: () => number;
  /** How long another replica waits when this one dies, in milliseconds; default 10 s. */
  readonly leaseTtlMs?: number;
  /** How often the outbox is looked at without a nudge, in milliseconds; default 1 s. */
  readonly pollMs?: number;
}

export interface OutboxRelay {
  /** Says that something was committed, so that it is sent now rather than at the next look. */
  nudge(): void;
  /** Ends after the messages under way. */
  close(): Promise<void>;
}

const LEASE = 'outbox-relay';
/** The most messages, and bytes, that are published together; one longer message goes alone. */
const CHUNK = 500;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** Documents read at once: where many wait, about as many as are published together. */
const READ_AT_ONCE = 25;
const RETRY = { firstMs: 200, maxMs: 10_000 };

/**
 * Publishes what the outbox holds, oldest first, some messages together, and deletes them once `publish` has resolved.
 * Any number of replicas may run it: a lease lets one at a time work. Nothing is skipped: while `publish` or the
 * database fails, it tries again with growing delay, for ever. A message may be published more than once (a crash
 * between acknowledgement and deletion, a lease outlived), so `publish` passes its id on and receivers tell by it.
 */
export function startOutboxRelay(
  mongo: Mongo,
  publish: (messages: readonly OutboxMessage[]) => Promise<void>,
  options: OutboxRelayOptions,
): OutboxRelay {
  const { logger, nowMs = Date.now, leaseTtlMs = 10_000, pollMs = 1_000 } = options;
  const owner = randomUUID();
  const bell = new Bell();
  const closing = new AbortController();
  const { signal } = closing;
  let lease: Lease | undefined;

  async function holdLease(): Promise<Lease | undefined> {
    const halfGone = lease === undefined || lease.expireTimeMs - nowMs() < leaseTtlMs / 2;
    if (!halfGone) return lease;
    const request = { name: LEASE, owner, ttlMs: leaseTtlMs, nowMs: nowMs() };
    lease = await acquireLease(mongo.db, request);
    return lease;
  }

  /** Sends one chunk; true when there may be more. */
  async function relayChunk(): Promise<boolean> {
    const outbox = mongo.db.collection<OutboxDoc | OldOutboxDoc>(OUTBOX);
    const chunk: OutboxMessage[] = [];
    const read: string[] = [];
    let bytes = 0;
    let more = false;
    const waiting = outbox.find().sort({ order: 1 }).limit(CHUNK).batchSize(READ_AT_ONCE);
    for await (const doc of waiting) {
      const messages = outboxMessagesOf(doc);
      bytes += messages.reduce((sum, { data }) => sum + data.byteLength, 0);
      const isFull = chunk.length + messages.length > CHUNK || bytes > CHUNK_BYTES_MAX;
      more = chunk.length > 0 && isFull;
      if (more) break;
      chunk.push(...messages);
      read.push(doc._id);
    }
    if (chunk.length === 0 || signal.aborted || (await holdLease()) === undefined) return false;
    await publish(chunk);
    await outbox.deleteMany({ _id: { $in: read } });
    return more || read.length === CHUNK;
  }

  async function work(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const more = (await holdLease()) !== undefined && (await relayChunk());
        failures = 0;
        if (!more) await bell.wait(pollMs, signal);
      } catch (error) {
        failures += 1;
        const delayMs = backOffMs(RETRY, failures);
        logger.warn({ error, failures, delayMs }, 'outbox not relayed; trying again');
        // A nudge does not make it fail more often.
        await rest(delayMs, signal);
      }
    }
    if (lease !== undefined) await releaseLease(mongo.db, lease).catch(() => undefined);
  }

  const done = work();
  return {
    nudge: () => bell.ring(),
    close: () => {
      closing.abort();
      return done;
    },
  };
}
