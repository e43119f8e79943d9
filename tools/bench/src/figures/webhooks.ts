import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { detailsOf, runScript } from '../run-script';

const REACH = 100;

/** From a change that is told to the webhook that is taken; the baseline is bare posts by the same client. */
export const webhooks: Figure = {
  name: 'webhooks',
  description: 'webhooks a second to one endpoint and to twenty, beside bare posts',
  async measure({ sizes }: Bench): Promise<Measured[]> {
    const { rounds, webhooks: deliveries } = sizes;
    const printed = await runScript('apps/webhooks', 'bench/bench.ts', [
      ...['--rounds', String(rounds), '--deliveries', String(deliveries)],
    ]);
    return printed.map((figure) => {
      const { name, value, unit, baseline, ratio } = figure;
      return {
        ...{ name: `webhooks, ${name}`, value, unit, baseline, ratio },
        ...{ reach: `≥ ${REACH}`, reached: value >= REACH, details: detailsOf(figure) },
      };
    });
  },
};
