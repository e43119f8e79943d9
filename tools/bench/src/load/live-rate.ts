import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import type { EventBatches } from './event-batches';
import { allMetered } from './metered';
import { runLoad } from './run-load';

/** Live traffic, where it is sent, and the meters that count it. */
interface LiveTraffic {
  readonly key: string;
  readonly ingestUrl: string;
  readonly clients: Clients;
  readonly live: EventBatches;
  readonly liveMeters: readonly Meter[];
}

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
  { ingestUrl, key, live, clients, liveMeters }: LiveTraffic,
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
