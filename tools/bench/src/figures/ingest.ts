import type { Bench } from '../bench';
import type { Figure, Measured } from '../figure';
import { detailsOf, runScript, type PrintedFigure } from '../run-script';

/** Batches and single events, over gRPC and Connect JSON; the baseline is the bare publication of the same bytes. */
export const ingest: Figure = {
  name: 'ingest',
  description: 'ingest alone, beside the bare atomic publication of the same bytes',
  async measure({ sizes }: Bench): Promise<Measured[]> {
    const { rounds, seconds } = sizes;
    const printed = await runScript('apps/ingest', 'bench/bench.ts', [
      ...['--rounds', String(rounds), '--seconds', String(Math.min(seconds, 5))],
    ]);
    return printed.map(measuredOf);
  },
};

function measuredOf(printed: PrintedFigure): Measured {
  const { name, value, unit, baseline, ratio } = printed;
  const single = name.startsWith('single');
  return {
    ...{ name: `ingest, ${name}`, value, unit, baseline, ratio },
    reach: single ? '≥ 5,000' : 'ratio ≥ 0.5 and > 10,000',
    reached: single ? value >= 5_000 : ratio >= 0.5 && value > 10_000,
    details: detailsOf(printed),
  };
}
