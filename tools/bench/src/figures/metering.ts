import { NODE_FLAGS } from '@billingrails/stack';
import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { detailsOf, runScript } from '../run-script';

const LEAST = 0.7;

/**
 * The lanes alone, two profiles an event; the baseline is the bare write of the very documents, without a transaction.
 */
export const metering: Figure = {
  name: 'metering',
  description: 'the lanes alone, beside a bare write of the very documents',
  async measure({ sizes }: Bench): Promise<Measured[]> {
    const measured: Measured[] = [];
    for (const spread of ['live', 'month']) {
      const args = [spread, String(sizes.laneEvents)];
      for (const printed of await runScript(
        'apps/metering',
        'bench/lanes.ts',
        args,
        NODE_FLAGS.metering,
      )) {
        const { name, value, unit, baseline, ratio } = printed;
        measured.push({
          ...{ name, value, unit, baseline, ratio },
          ...{ reach: `ratio ≥ ${LEAST}`, reached: ratio >= LEAST, details: detailsOf(printed) },
        });
      }
    }
    return measured;
  },
};
