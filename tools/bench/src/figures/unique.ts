import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { monthOf } from '../load/history';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { percentile, tenths } from '../statistics';

const LIMIT_MS = 100;

/** The distinct values of one account in a month: exactly as many as there are. */
export const unique: Figure = {
  name: 'unique',
  description: 'distinct values of one account in a month, exactly',
  async measure(bench: Bench): Promise<Measured[]> {
    const { clients, history } = await bench.platform();
    const measured: Measured[] = [];
    const queries = Math.ceil(bench.sizes.queries / 10);
    for (const size of bench.sizes.uniqueValues) {
      const account = await history.accountWith(size);
      progress(`${shortCount(size)} distinct values`);
      const tookMs: number[] = [];
      let value = '';
      for (let n = 0; n < queries; n += 1) {
        const startMs = performance.now();
        const { rows } = await clients.usage.queryUsage(monthOf(account, 'users'));
        tookMs.push(performance.now() - startMs);
        value = rows[0]?.value ?? '';
        if (value !== String(size))
          throw new Error(`Of ${size} distinct values, ${value} are counted.`);
      }
      const slowest = tenths(Math.max(...tookMs));
      measured.push({
        ...{
          name: `unique, ${shortCount(size)} values in a month, slowest`,
          value: slowest,
          unit: 'ms',
        },
        ...{
          baseline: null,
          ratio: null,
          reach: `exact, < ${LIMIT_MS}`,
          reached: slowest < LIMIT_MS,
        },
        details: { counted: value, p50_ms: tenths(percentile(tookMs, 0.5)), samples: queries },
      });
    }
    return measured;
  },
};
