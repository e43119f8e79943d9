import type { Bench } from '../bench';
import { ratioOf, type Figure, type Measured } from '../figure';
import { liveRate, type LiveRate } from '../load/live-rate';
import { forSeconds } from '../load/run-load';
import { progress } from '../progress';
import { median } from '../statistics';

/** From the API until metered, sustained; the baseline is what a team would write by hand on PostgreSQL. */
export const wholePath: Figure = {
  name: 'whole-path',
  description:
    'API to metered, sustained, beside a hand-rolled PostgreSQL (insert and hourly rollup)',
  async measure(bench: Bench): Promise<Measured[]> {
    const { rounds, seconds } = bench.sizes;
    const platform = await bench.platform();
    const postgres = await bench.postgres();
    await liveRate(platform, forSeconds(2));
    await postgres?.measure(2);
    const ours: LiveRate[] = [];
    const byHand: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`whole path, round ${round} of ${rounds}`);
      if (postgres) byHand.push(await postgres.measure(seconds));
      ours.push(await liveRate(platform, forSeconds(seconds)));
    }
    const value = Math.round(median(ours.map(({ meteredPerSecond }) => meteredPerSecond)));
    const baseline = postgres ? Math.round(median(byHand)) : null;
    const ratio = ratioOf(value, baseline);
    const accepted = median(ours.map(({ acceptedPerSecond }) => acceptedPerSecond));
    return [
      {
        ...{ name: 'whole path, API to metered', value, unit: 'ev/s', baseline, ratio },
        reach: 'ratio ≥ 1',
        reached: ratio !== null && ratio >= 1,
        details: {
          accepted_per_second: Math.round(accepted),
          baseline_is: postgres
            ? `PostgreSQL ${await postgres.version()}, 16 connections, batches of 100`
            : 'not measured: no PostgreSQL on this machine',
        },
      },
    ];
  },
};
