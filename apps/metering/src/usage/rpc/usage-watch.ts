import { create, equals, type MessageInitShape } from '@bufbuild/protobuf';
import {
  QueryUsageResponseSchema,
  type QueryUsageRequest,
  type QueryUsageResponse,
  type WatchUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, invalid } from '@billingrails/errors';
import { toTimestamp } from '@billingrails/rpc';
import { rest } from '@billingrails/waits';
import type { Positions } from '../../consumer/positions';
import { readUsageRequest, type UsageRequest } from './usage-request';

const INTERVAL_MS_MIN = 100;
const INTERVAL_MS_DEFAULT = 1_000;
/** Usage also changes where this process does not see it: by other replicas' lanes and by backfills. */
const LOOK_AGAIN_MS = 2_000;

/** What a watch asks for, checked. Throws `invalid`. */
export function readWatchRequest({ query, intervalMs }: WatchUsageRequest): {
  query: QueryUsageRequest;
  wanted: UsageRequest;
  intervalMs: number;
} {
  assert(query !== undefined, 'the contract requires a query');
  if (query.knownAt !== undefined) {
    throw invalid('USAGE_WATCH_INVALID', 'What was known at an instant does not change.', [
      { field: 'query.known_at', description: 'must be unset' },
    ]);
  }
  if (intervalMs !== 0 && intervalMs < INTERVAL_MS_MIN) {
    throw invalid('USAGE_WATCH_INVALID', 'The interval is too short.', [
      { field: 'interval_ms', description: `must be 0, or at least ${INTERVAL_MS_MIN}` },
    ]);
  }
  const wanted = readUsageRequest(query);
  return { query, wanted, intervalMs: intervalMs || INTERVAL_MS_DEFAULT };
}

/** What is watched, and how. */
export interface Watch {
  read(): Promise<MessageInitShape<typeof QueryUsageResponseSchema>>;
  readonly positions: Positions;
  /** Those that hold what the answer is made of. */
  readonly partitions: readonly number[];
  readonly intervalMs: number;
  readonly nowMs: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The answer, and again whenever it is another; between two answers is the interval or more. */
export async function* watch({ read, positions, partitions, intervalMs, nowMs, signal }: Watch) {
  let last: QueryUsageResponse | undefined;
  while (!signal.aborted) {
    const seen = positions.appliedSum(partitions);
    const readTime = toTimestamp(nowMs());
    const usage = create(QueryUsageResponseSchema, await read());
    if (last === undefined || !equals(QueryUsageResponseSchema, usage, last)) {
      last = usage;
      yield { usage, readTime };
    }
    await rest(intervalMs, signal);
    await positions.moved(partitions, seen, LOOK_AGAIN_MS, signal);
  }
}
