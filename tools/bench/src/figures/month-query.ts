import { UsageWindow } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import { ratioOf, type Figure, type Measured } from '../figure';
import { monthOf, type AccountHistory } from '../load/history';
import { askUsage } from '../load/usage-caller';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { percentile, tenths } from '../statistics';

const LIMIT_MS = 10;
const RATIO_MAX = 1.5;
const ROUNDS = 5;

/** A month by day, of accounts with ever more events; the baseline is the account with the fewest. */
export const monthQuery: Figure = {
  name: 'month-query',
  description: 'a month by day of one account, whatever the number of its events',
  async measure(bench: Bench): Promise<Measured[]> {
    const platform = await bench.platform();
    const accounts: AccountHistory[] = [];
    for (const size of bench.sizes.monthEvents) {
      accounts.push(await platform.history.accountWith(size));
    }
    const tookMs = new Map(accounts.map((account) => [account, [] as number[]]));
    for (const account of accounts) await ask(platform, account, bench.sizes.queries);
    for (let round = 1; round <= ROUNDS; round += 1) {
      progress(`month by day, round ${round} of ${ROUNDS}`);
      for (const [account, took] of tookMs) {
        took.push(...(await ask(platform, account, bench.sizes.queries)));
      }
    }
    const [[, ofFirst] = [undefined, []]] = tookMs;
    return [...tookMs].map(([{ eventCount }, took], index) => {
      const value = tenths(percentile(took, 0.99));
      const baseline = index === 0 ? null : tenths(percentile(ofFirst, 0.99));
      const ratio = ratioOf(value, baseline);
      return {
        ...{ name: `month by day, ${shortCount(eventCount)} events, p99`, value, unit: 'ms' },
        ...{
          baseline,
          ratio,
          reach: `< ${LIMIT_MS}${index === 0 ? '' : `, ratio ≤ ${RATIO_MAX}`}`,
        },
        reached: value < LIMIT_MS && (ratio ?? 0) <= RATIO_MAX,
        details: { p50_ms: tenths(percentile(took, 0.5)), samples: took.length },
      };
    });
  },
};

/** Asks so often, one after the other, and checks that nothing is missing. */
async function ask(
  platform: BenchPlatform,
  account: AccountHistory,
  times: number,
): Promise<number[]> {
  const query = { ...monthOf(account, 'duration'), window: UsageWindow.DAY };
  const answers = await askUsage(platform, query, times);
  return answers.map(({ tookMs, answer: { rows } }) => {
    const counted = rows.reduce((sum, { eventCount }) => sum + eventCount, 0n);
    if (counted !== BigInt(account.eventCount)) {
      throw new Error(`Of ${account.eventCount} events, ${counted} are in usage.`);
    }
    return tookMs;
  });
}
