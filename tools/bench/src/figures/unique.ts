import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { monthOf } from '../load/history';
import { askUsage } from '../load/usage-caller';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { percentile, tenths } from '../statistics';

const LIMIT_MS = 100;

/** The distinct values of one account in a month: exactly as many as there are. */
export const unique: Figure = {
  name: 'unique',
  description: 'distinct values of one account in a month, exactly',
  async measure(bench: Bench): Promise<Measured[]> {
    const platform = await bench.platform();
    const measured: Measured[] = [];
    const queries = Math.ceil(bench.sizes.queries / 10);
    for (const size of bench.sizes.uniqueValues) {
      const account = await platform.history.accountWith(size);
      progress(`${shortCount(size)} distinct values`);
      const answers = await askUsage(platform, monthOf(account, 'users'), queries);
      const tookMs = answers.map((answer) => answer.tookMs);
      const values = new Set(answers.map(({ answer: { rows } }) => rows[0]?.value ?? ''));
      const value = [...values].join();
      if (value !== String(size))
        throw new Error(`Of ${size} distinct values, ${value} are counted.`);
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
