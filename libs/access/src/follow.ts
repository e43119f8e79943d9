import { openBucket, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import { decodeRecord } from './api-key';
import { KeyRing } from './key-ring';
import type { PrincipalLimits } from './limits';
import { ACCESS_KEYS } from './records';
import { tellUses } from './uses';

/** A key ring that follows the bucket until it is closed. */
export interface FollowedKeyRing extends Pick<KeyRing, 'authenticate'> {
  close(): Promise<void>;
}

/**
 * Resolves once every key that exists now is known, then follows: a new key works, and a revoked one stops working, as
 * soon as the change arrives. While the bus is away, what was known last holds. Tells which keys are used.
 * `defaults` are the limits of those that have none of their own.
 */
export async function followAccessKeys(
  bus: Bus,
  logger: Logger,
  defaults?: PrincipalLimits,
): Promise<FollowedKeyRing> {
  const ring = new KeyRing(Date.now, defaults);
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const watch = await new Promise<{ close(): Promise<void> }>((ready) => {
    const opened = bucket.watchAll(
      ({ key, value }) => {
        const record = value && decodeRecord(value);
        if (value && !record) logger.error({ hash: key }, 'unreadable key record: refused');
        ring.set(key, record);
      },
      () => queueMicrotask(() => ready(opened)),
    );
  });
  const telling = tellUses(bus, ring);
  return {
    authenticate: (secret, organisationHeader) => ring.authenticate(secret, organisationHeader),
    async close() {
      telling.close();
      await watch.close();
    },
  };
}
