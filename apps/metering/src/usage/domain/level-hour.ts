import { aggregationOf, type Sample, type UsageState } from '../../domain/aggregation';
import { compareOrigins } from '../../domain/aggregation/origin';

/**
 * An hour of time_weighted_sum as it is kept. A state does not tell what was held between two of its events, so the
 * last ones are kept one by one: those that come a little late find their place among them.
 */
export interface LevelHour {
  readonly settled: UsageState;
  /** In order of time, all after what is settled. */
  readonly recent: readonly Sample[];
}

/** How many events are kept one by one at most, and how many stay when there are more. */
const RECENT_MAX = 32;
const RECENT_KEPT = 16;

const { ofEvents, merge } = aggregationOf('time_weighted_sum');

export const NO_LEVELS: LevelHour = { settled: ofEvents([]), recent: [] };

/** What the whole hour comes to. */
export function levelStateOf({ settled, recent }: LevelHour): UsageState {
  return merge([settled, ofEvents(recent)]);
}

/** An hour that is known as a whole. */
export function settledLevels(settled: UsageState): LevelHour {
  return { settled, recent: [] };
}

/**
 * The hour with more events; undefined where one lies between those that are settled, so that its events must be read.
 */
export function withLevels(
  { settled, recent }: LevelHour,
  samples: readonly Sample[],
): LevelHour | undefined {
  const firstMs = settled.held?.firstMs ?? -Infinity;
  const lastMs = settled.origin?.timestampMs ?? -Infinity;
  const before = samples.filter(({ timestampMs }) => timestampMs < firstMs);
  const after = samples.filter(({ timestampMs }) => timestampMs > lastMs);
  if (before.length + after.length < samples.length) return undefined;
  const together = [...recent, ...after].sort(compareOrigins);
  const from = together.length > RECENT_MAX ? startOfRecent(together) : 0;
  return {
    settled: merge([ofEvents(before), settled, ofEvents(together.slice(0, from))]),
    recent: together.slice(from),
  };
}

/** Events of one instant stay together: a later one of it may decide between them. */
function startOfRecent(samples: readonly Sample[]): number {
  let from = samples.length - RECENT_KEPT;
  while (samples[from]?.timestampMs === samples[from - 1]?.timestampMs) from += 1;
  return Math.min(from, samples.length);
}
