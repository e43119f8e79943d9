import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { monthOf } from '../load/history';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { percentile, tenths } from '../statistics';

const LIMIT_MS = 100;
const QUERIES = 50;

/** The distinct values of one account in a month: exactly as many as there are. */
export const unique: Figure = {
  name: 'unique',
  description: 'distinct values of one account in a month, exactly',
  async measure(bench: Bench): Promise<Measured[]> {
    const { clients, history } = await bench.platform();
    const measured: Measured[] = [];
    for (const size of bench.sizes.uniqueValues) {
      const account = await history.accountWith(size);
      progress(`${shortCount(size)} distinct values`);
      const tookMs: number[] = [];
      let value = '';
      for (let n = 0; n < QUERIES; n += 1) {
        const startMs = performance.now();
        const { rows } = await clients.usage.queryUsage(monthOf(account, 'users'));
        tookMs.push(performance.now() - startMs);
        value = rows[0]?.value ?? '';
        if (value !== String(size))
          throw new Error(`Of ${size} distinct values, ${value} are counted.`);
      }
      const p99 = tenths(percentile(tookMs, 0.99));
      measured.push({
        ...{ name: `unique, ${shortCount(size)} values in a month, p99`, value: p99, unit: 'ms' },
        ...{ baseline: null, ratio: null, reach: `exact, < ${LIMIT_MS}`, reached: p99 < LIMIT_MS },
        details: { counted: value, p50_ms: tenths(percentile(tookMs, 0.5)), samples: QUERIES },
      });
    }
    return measured;
  },
};
