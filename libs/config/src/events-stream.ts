import { z } from 'zod';
import { integer } from './pieces';

const MEBIBYTE = 1024 * 1024;

/**
 * What the environment asks of stream EVENTS. Every service that rests on the stream takes these into its schema:
 * whoever starts first makes the stream, and the others check it against what they were given.
 */
export const eventsStreamPieces = {
  /** How many partitions the stream gets when it is made, fixed from then on; unset: 16. */
  EVENTS_PARTITIONS: integer(1, 400).optional(),
  /** On how many brokers each event is stored; unset: 3 on a cluster, else 1. */
  EVENTS_REPLICAS: z
    .enum(['1', '3', '5'], { error: 'must be 1, 3 or 5' })
    .transform(Number)
    .optional(),
  /** What the stream may hold on disk, in bytes; full, it takes no more events. Unset: 4 GiB. */
  EVENTS_MAX_BYTES: integer(MEBIBYTE, 2 ** 49).optional(),
};

/** What the environment asked for, as options of `ensureStream`; what it leaves out is taken as the stream has it. */
export function eventsStreamOptions(config: {
  readonly EVENTS_PARTITIONS?: number | undefined;
  readonly EVENTS_REPLICAS?: number | undefined;
  readonly EVENTS_MAX_BYTES?: number | undefined;
}): { partitions?: number; replicas?: number; maxBytes?: number } {
  const { EVENTS_PARTITIONS, EVENTS_REPLICAS, EVENTS_MAX_BYTES } = config;
  return {
    ...(EVENTS_PARTITIONS !== undefined && { partitions: EVENTS_PARTITIONS }),
    ...(EVENTS_REPLICAS !== undefined && { replicas: EVENTS_REPLICAS }),
    ...(EVENTS_MAX_BYTES !== undefined && { maxBytes: EVENTS_MAX_BYTES }),
  };
}
