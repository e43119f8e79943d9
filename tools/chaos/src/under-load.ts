import { howMany, randomSeed, waitFor } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { startLoad } from './load';
import { expectedUsage } from './oracle';
import { usageByAccount } from './usage';

export const seed = randomSeed();
export const kills = Number(process.env['CHAOS_KILLS'] ?? howMany(1, 10));

/**
 * Kills again and again while events arrive. Then every acknowledged event is counted once: usage equals the oracle's.
 * Gives the accounts that had events.
 */
export async function underLoad(
  platform: Platform,
  meter: Meter,
  killOne: (round: number) => Promise<void>,
): Promise<string[]> {
  console.log(`RANDOM_SEED=${seed} CHAOS_KILLS=${kills}`);
  const load = startLoad(platform, seed);
  for (let round = 0; round < kills; round += 1) {
    const before = load.acknowledgedCount();
    await waitFor(() => load.acknowledgedCount() > before + howMany(200, 500), {
      what: 'progress of the load',
    });
    await killOne(round);
  }
  const { events, refused } = await load.stop();
  const usage = await usageByAccount(platform, meter);
  console.log(`${events.length} events acknowledged, ${refused} calls sent again`);
  expect(usage).toEqual(expectedUsage(events));
  return [...usage.keys()];
}
