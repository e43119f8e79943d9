import {
  AggregationMethod,
  BackfillStatus,
  type Backfill,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import type { Clients } from '@billingrails/stack/clients';
import { ratioOf, type Figure, type Measured } from '../figure';
import { EventBatches } from '../load/event-batches';
import { lastMonth } from '../load/history';
import { liveRate, type LiveRate } from '../load/live-rate';
import { allMetered } from '../load/metered';
import { forSeconds, runLoad, untilGiven } from '../load/run-load';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { median } from '../statistics';

const EVENT_NAME = 'Stored before';
const LEAST = 0.7;

/** The rate of live traffic while a new profile counts earlier events; the baseline is the rate without that. */
export const backfill: Figure = {
  name: 'backfill',
  description: 'live traffic while earlier events are counted by a new profile',
  async measure(bench: Bench): Promise<Measured[]> {
    const { rounds, seconds, backfillEvents } = bench.sizes;
    const platform = await bench.platform();
    await store(platform, backfillEvents);
    const without: LiveRate[] = [];
    const during: LiveRate[] = [];
    const speeds: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`backfill, round ${round} of ${rounds}`);
      without.push(await liveRate(platform, forSeconds(seconds)));
      const meterId = await createMeter(platform.clients, round);
      const startMs = performance.now();
      const watch = watchBackfill(platform.clients, meterId);
      const goesOn = forSeconds(seconds);
      during.push(await liveRate(platform, () => goesOn() && !watch.complete));
      speeds.push((watch.doneCount * 1_000) / (performance.now() - startMs));
      await watch.ended;
    }
    const rate = (rates: LiveRate[]) =>
      Math.round(median(rates.map(({ meteredPerSecond }) => meteredPerSecond)));
    const [value, baseline] = [rate(during), rate(without)];
    const ratio = ratioOf(value, baseline);
    return [
      {
        name: `live traffic during the backfill of ${shortCount(backfillEvents)} events`,
        ...{ value, unit: 'ev/s', baseline, ratio, reach: `ratio ≥ ${LEAST}` },
        reached: ratio !== null && ratio >= LEAST,
        details: { backfilled_per_second: Math.round(median(speeds)) },
      },
    ];
  },
};

/** Sends events of a name that no meter looks at yet. */
async function store(platform: BenchPlatform, eventCount: number): Promise<void> {
  const { ingestUrl, key, clients, liveMeters } = platform;
  progress(`storing ${shortCount(eventCount)} events that nothing counts`);
  const batches = new EventBatches({
    ...{ eventNames: [EVENT_NAME], ...lastMonth(), keyPrefix: 'before' },
  });
  await runLoad({ ingestUrl, key, batches, goesOn: untilGiven(batches, eventCount) });
  await allMetered(clients, liveMeters[0]?.id ?? '');
}

async function createMeter({ meters }: Clients, round: number): Promise<string> {
  const { meter } = await meters.createMeter({
    name: `Counted later ${round}`,
    eventName: EVENT_NAME,
    profiles: [
      { code: 'count', name: 'Count', aggregationMethod: AggregationMethod.COUNT },
      {
        ...{ code: 'duration', name: 'Duration', aggregationProperty: 'duration' },
        aggregationMethod: AggregationMethod.SUM,
      },
    ],
  });
  return meter?.id ?? '';
}

/** Follows a backfill until it is complete. */
function watchBackfill({ meters }: Clients, meterId: string) {
  const watch = { complete: false, doneCount: 0, ended: Promise.resolve() };
  const follow = async () => {
    while (!watch.complete) {
      const { meter } = await meters.getMeter({ meterId });
      const progressOf: Backfill | undefined = meter?.profiles[0]?.backfill;
      watch.doneCount = Number(progressOf?.doneCount ?? 0n);
      watch.complete = progressOf?.status === BackfillStatus.COMPLETE;
      if (!watch.complete) await pause(200);
    }
  };
  watch.ended = follow();
  return watch;
}
