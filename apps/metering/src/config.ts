import type { DurabilityOptions } from '@billingrails/bus';
import { durationMs, eventsStreamPieces, integer, url } from '@billingrails/config';
import { parseId } from '@billingrails/ids';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The environment that metering reads. */
export const configSchema = z.object({
  ...serviceSettings(7002),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('metering'),
  NATS_URL: url('nats', 'tls'),
  /** Where the broker's own settings can be seen; unset: what it says of its streams has to do. */
  NATS_MONITOR_URL: url('http', 'https').optional(),
  ...eventsStreamPieces,
  /** How long messages stay in the stream after they were applied; what is not applied stays. 7 days. */
  EVENTS_RETENTION_MS: durationMs(MINUTE_MS, 366 * DAY_MS).default(7 * DAY_MS),
  /**
   * For how many whole UTC days raw events are kept; unset: for ever. At least 40: a month in a zone of half hours
   * needs them at its first edge when it is billed. docs/operations/retention.md says what cannot be done without them.
   */
  RAW_EVENTS_RETENTION_DAYS: integer(40, 36_500).optional(),
  /** How many events one transaction applies; the message that reaches this is its last. */
  CHUNK_EVENTS: integer(1, 10_000).default(2_000),
  /** Likewise in bytes. The keys of a chunk go into one query, which must stay below the 16 MiB that MongoDB takes. */
  CHUNK_BYTES: integer(1, 8 * MEBIBYTE).default(8 * MEBIBYTE),
  /** How many lanes of this process write at the same time. */
  LANES_AT_ONCE: integer(1, 64).default(2),
  /** The organisation that sees quarantined messages that do not show whose they are; unset: none does. */
  OPERATOR_ORGANISATION_ID: z
    .string()
    .transform((text) => parseId('org', text))
    .refine((id) => id !== undefined, { error: 'must be the id of an organisation, "org_…"' })
    .optional(),
});

export type Config = z.output<typeof configSchema>;

/** Where the broker's durability can be seen. */
export function durabilityOptions({ NATS_MONITOR_URL }: Config): DurabilityOptions {
  return NATS_MONITOR_URL === undefined ? {} : { monitorUrl: NATS_MONITOR_URL };
}
