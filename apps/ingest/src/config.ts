import type { DurabilityOptions } from '@billingrails/bus';
import { eventsStreamPieces, integer, url, durationMs } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

/** The environment that ingest reads. */
export const configSchema = z.object({
  ...serviceSettings(7001),
  NATS_URL: url('nats', 'tls'),
  /** Where the broker's own settings can be seen; unset: what it says of its streams has to do. */
  NATS_MONITOR_URL: url('http', 'https').optional(),
  ...eventsStreamPieces,
  /** How many requests may wait for the broker before others are refused. */
  PENDING_REQUESTS_MAX: integer(1, 1_000_000).default(10_000),
  /** How many bytes of events may wait. One request can be 7 MiB. */
  PENDING_BYTES_MAX: integer(MEBIBYTE, 2 ** 33).default(64 * MEBIBYTE),
  /** The longest that a request waits for the broker, if its caller would wait longer. */
  COMMIT_PATIENCE_MS: durationMs(100, 30_000).default(10_000),
});

export type Config = z.output<typeof configSchema>;

/** Where the broker's durability can be seen. */
export function durabilityOptions({ NATS_MONITOR_URL }: Config): DurabilityOptions {
  return NATS_MONITOR_URL === undefined ? {} : { monitorUrl: NATS_MONITOR_URL };
}
