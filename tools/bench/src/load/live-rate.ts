import type { BenchPlatform } from '../bench-platform';
import { allMetered } from './metered';
import { runLoad } from './run-load';

/** What came of live traffic at full rate. */
export interface LiveRate {
  readonly events: number;
  /** From the first call until the last event was metered. */
  readonly meteredPerSecond: number;
  /** Until the last call was answered. */
  readonly acceptedPerSecond: number;
}

/** Sends live traffic as fast as it is taken, for as long as `goesOn`, and waits until all of it is metered. */
export async function liveRate(
  { ingestUrl, key, live, clients, liveMeters }: BenchPlatform,
  goesOn: () => boolean,
): Promise<LiveRate> {
  const startMs = performance.now();
  const events = await runLoad({ ingestUrl, key, batches: live, goesOn });
  const acceptedMs = performance.now() - startMs;
  await allMetered(clients, liveMeters[0]?.id ?? '');
  const meteredMs = performance.now() - startMs;
  return {
    events,
    meteredPerSecond: (events * 1_000) / meteredMs,
    acceptedPerSecond: (events * 1_000) / acceptedMs,
  };
}
