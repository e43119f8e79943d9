import type { Bucket } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import { createHash } from 'node:crypto';
import type { Mongo } from '@billingrails/mongo';
import { accountMappings, type AccountMapping } from '../store/meters';
import { repeat, type Job } from './repeat';

const INTERVAL_MS = 60_000;

/** What telling ingest about account mappings needs. */
export interface AccountMappingsContext {
  readonly mongo: Mongo;
  /** The KV bucket `account_mappings`, which ingest follows. */
  readonly bucket: Bucket;
  readonly logger: Logger;
}

/**
 * Writes every account mapping that the bucket lacks, at the start and then each minute: whatever was committed and
 * not told, because the process or the broker ended in between, is told then.
 */
export function startAccountMappings({ mongo, bucket, logger }: AccountMappingsContext): Job {
  const work = async (): Promise<'done'> => {
    const told = new Set<string>();
    for await (const mapping of accountMappings(mongo.db)) {
      const key = bucketKeyOf(mapping);
      if (told.has(key)) continue;
      told.add(key);
      await tell(bucket, mapping);
    }
    return 'done';
  };
  return repeat('account mappings', INTERVAL_MS, work, logger);
}

/** Tells one mapping now. A failure is logged only: the job tells it later. */
export async function announceMapping(
  { bucket, logger }: AccountMappingsContext,
  mapping: AccountMapping,
): Promise<void> {
  try {
    await tell(bucket, mapping);
  } catch (error) {
    logger.warn({ err: error }, 'account mapping not told; it will be within a minute');
  }
}

/** A name that any event name can have, since the bucket's own names allow few characters. */
export function bucketKeyOf({ organisationId, eventName }: AccountMapping): string {
  return createHash('sha256').update(`${organisationId}\0${eventName}`).digest('hex');
}

async function tell(bucket: Bucket, mapping: AccountMapping): Promise<void> {
  const key = bucketKeyOf(mapping);
  const value = Buffer.from(
    JSON.stringify({
      organisation_id: mapping.organisationId,
      event_name: mapping.eventName,
      event_property: mapping.accountProperty,
    }),
  );
  // Written only where it differs: every write wakes all who follow.
  const entry = await bucket.get(key);
  if (entry?.value === undefined || !value.equals(entry.value)) await bucket.put(key, value);
}
