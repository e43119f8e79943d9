import type { Bucket } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { createHash } from 'node:crypto';
import { announcementOf, type Announcement } from '../domain/announcement';
import { metersOf, type MeteredName } from '../store/meters';

/** A message of the broker has at most 1 MiB. */
const BYTES_MAX = 512 * 1024;

/** What telling ingest about definitions needs. */
export interface EventDefinitionsContext {
  readonly mongo: Mongo;
  /** The KV bucket `event_definitions`, which ingest follows. */
  readonly bucket: Bucket;
  readonly logger: Logger;
}

/** Tells ingest about one event name now. A failure is logged only: the job tells it later. */
export async function announceName(
  context: EventDefinitionsContext,
  name: MeteredName,
): Promise<void> {
  try {
    await tellName(context, name);
  } catch (error) {
    context.logger.warn({ err: error }, 'event definition not told; it will be within a minute');
  }
}

/** A name that any event name can have, since the bucket's own names allow few characters. */
export function bucketKeyOf({ organisationId, eventName }: MeteredName): string {
  return createHash('sha256').update(`${organisationId}\0${eventName}`).digest('hex');
}

/** Tells what the meters of a name say, unless ingest knows it. Two tellers at once end with the newer. */
export async function tellName(
  { mongo, bucket }: EventDefinitionsContext,
  name: MeteredName,
): Promise<void> {
  const key = bucketKeyOf(name);
  for (;;) {
    // The entry is read before the meters, so that it is replaced only by what is newer than it.
    const entry = await bucket.get(key);
    const meters = await metersOf(mongo.db, undefined, name.organisationId, name.eventName);
    const announcement = announcementOf(meters);
    if (announcement === undefined) return;
    const value = toValue(announcement);
    // Written only where it differs: every write wakes all who follow.
    if (entry?.value !== undefined && value.equals(entry.value)) return;
    if ((await bucket.putIf(key, value, entry?.revision)) !== undefined) return;
  }
}

/** Without the numbers where they are too much for a message: what is none is then found when it is counted. */
function toValue(announcement: Announcement): Buffer {
  const value = written(announcement);
  return value.byteLength <= BYTES_MAX ? value : written({ ...announcement, numbers: [] });
}

function written({ organisationId, eventName, accountProperty, numbers }: Announcement): Buffer {
  const entry = {
    organisation_id: organisationId,
    event_name: eventName,
    account_property: accountProperty,
    numbers: numbers.map(({ fromMs, toMs, ...number }) => ({
      ...number,
      ...(Number.isFinite(fromMs) && { from_ms: fromMs }),
      ...(Number.isFinite(toMs) && { to_ms: toMs }),
    })),
  };
  return Buffer.from(JSON.stringify(entry));
}
