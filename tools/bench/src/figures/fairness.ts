import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { detailsOf, runScript } from '../run-script';

/** How often its p99 a quiet organisation may wait beside one that sends 20 times its share. */
const RATIO_MAX = 2;

/** A quiet organisation beside one that sends 20 times as much; the baseline is the quiet one alone. */
export const fairness: Figure = {
  name: 'fairness',
  description: 'ingest of a quiet organisation, alone and beside one that sends 20 times as much',
  async measure({ sizes }: Bench): Promise<Measured[]> {
    const { rounds, seconds } = sizes;
    const printed = await runScript('apps/ingest', 'bench/fairness.ts', [
      ...['--rounds', String(rounds), '--seconds', String(Math.min(seconds, 5))],
    ]);
    return printed.map((figure) => {
      const { name, value, unit, baseline, ratio } = figure;
      return {
        ...{ name: `quiet beside 20 times as much, ${name}, p99`, value, unit, baseline, ratio },
        ...{ reach: `ratio ≤ ${RATIO_MAX}`, reached: ratio <= RATIO_MAX },
        details: detailsOf(figure),
      };
    });
  },
};
