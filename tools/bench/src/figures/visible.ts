import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import type { Figure, Measured } from '../figure';
import { liveRate } from '../load/live-rate';
import { allMetered } from '../load/metered';
import { forSeconds, runLoad } from '../load/run-load';
import { progress } from '../progress';
import { percentile, tenths } from '../statistics';

const HOUR_MS = 3_600_000;
const LIMIT_MS = 250;
/** Few enough to be nothing beside the load: a call for a single event costs as much as hundreds in batches. */
const PROBES_AT_ONCE = 2;
const BETWEEN_PROBES_MS = 100;

/** How long an accepted event takes to be in usage, while half of the full rate goes on. */
export const visible: Figure = {
  name: 'visible',
  description: 'accepted to visible in usage, at half of the full rate',
  async measure(bench: Bench): Promise<Measured[]> {
    const { seconds, rounds } = bench.sizes;
    const platform = await bench.platform();
    progress('accepted to visible: the full rate first');
    const { meteredPerSecond: full } = await liveRate(platform, forSeconds(seconds));
    const { ingestUrl, key, live: batches } = platform;
    const goesOn = forSeconds(seconds * rounds);
    progress(`accepted to visible, at ${Math.round(full / 2)} events a second`);
    const load = runLoad({ ingestUrl, key, batches, goesOn, eventsPerSecond: full / 2 });
    const probes = Array.from({ length: PROBES_AT_ONCE }, (_, n) => probe(platform, n, goesOn));
    const waitsMs = (await Promise.all(probes)).flat();
    const events = await load;
    await allMetered(platform.clients, platform.liveMeters[0]?.id ?? '');
    const [p50, p99] = [percentile(waitsMs, 0.5), percentile(waitsMs, 0.99)];
    return [
      {
        ...{ name: 'accepted to visible, p99', value: tenths(p99), unit: 'ms' },
        ...{ baseline: null, ratio: null, reach: `< ${LIMIT_MS}`, reached: p99 < LIMIT_MS },
        details: {
          p50_ms: tenths(p50),
          samples: waitsMs.length,
          events_per_second: Math.round(events / (seconds * rounds)),
        },
      },
    ];
  },
};

/** Sends an event, and asks for usage with its token as soon as it is accepted; again and again. */
async function probe(
  { clients, liveMeters }: BenchPlatform,
  number: number,
  goesOn: () => boolean,
): Promise<number[]> {
  const [meter] = liveMeters;
  const waitsMs: number[] = [];
  while (goesOn()) {
    const accountId = `acct_probe_${number}_${waitsMs.length}`;
    const { event, consistencyToken } = await clients.events.ingestEvent({
      eventName: meter?.eventName ?? '',
      properties: { billingrails_account_id: accountId, country: 'USA', duration: 1 },
    });
    const acceptedMs = performance.now();
    const timeMs = Number(event?.timestamp?.seconds ?? 0n) * 1_000;
    const { rows } = await clients.usage.queryUsage({
      ...{ meterId: meter?.id ?? '', profile: 'count', accountIds: [accountId], consistencyToken },
      startTime: timestampFromMs(timeMs - (timeMs % HOUR_MS)),
      endTime: timestampFromMs(timeMs - (timeMs % HOUR_MS) + HOUR_MS),
    });
    waitsMs.push(performance.now() - acceptedMs);
    await pause(BETWEEN_PROBES_MS);
    if (rows[0]?.value !== '1')
      throw new Error(`An accepted event is not in usage: ${rows[0]?.value}`);
  }
  return waitsMs;
}
