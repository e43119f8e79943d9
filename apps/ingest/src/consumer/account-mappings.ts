import { openBucket } from '@billingrails/bus';
import type { Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import { z } from 'zod';
import { AccountMappings } from '../domain/account-mapping';
import type { AccountMapping } from '../domain/account-mapping';

const bucketName = 'account_mappings';

const entrySchema = z.object({
  organisation_id: z.string().min(1),
  event_name: z.string().min(1),
  event_property: z.string(),
});

/** The mappings as they are now, until closed. */
export interface FollowedMappings {
  readonly mappings: AccountMappings;
  close(): Promise<void>;
}

/**
 * Follows the mappings that metering writes. Resolves when all there are have arrived; what changes afterwards shows in
 * the same object. An entry that cannot be read is logged, and the one before it stays: to judge events by the last
 * known rule is better than by none.
 */
export async function followAccountMappings(bus: Bus, logger: Logger): Promise<FollowedMappings> {
  const mappings = new AccountMappings();
  const bucket = await openBucket(bus, bucketName);
  return new Promise((resolve) => {
    const watch = bucket.watchAll(
      ({ key, value }) => {
        if (value === undefined) return mappings.remove(key);
        const mapping = fromEntry(value);
        if (mapping === undefined) logger.error({ key }, 'account mapping cannot be read');
        else mappings.set(key, mapping);
      },
      () => resolve({ mappings, close: () => watch.close() }),
    );
  });
}

function fromEntry(value: Uint8Array): AccountMapping | undefined {
  try {
    const entry = entrySchema.parse(JSON.parse(Buffer.from(value).toString()));
    return {
      organisationId: entry.organisation_id,
      eventName: entry.event_name,
      eventProperty: entry.event_property,
    };
  } catch {
    return undefined;
  }
}
