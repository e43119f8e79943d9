import { Presets, SingleBar } from 'cli-progress';

/**
 * What the demo says while it works, on stderr, so that stdout holds the result alone. A bar where someone watches,
 * plain lines elsewhere.
 */
export const progress = {
  step(text: string): void {
    process.stderr.write(`${text}\n`);
  },
  bar(total: number): { advance(by: number): void; done(): void } {
    if (!process.stderr.isTTY) return linesEveryQuarter(total);
    const bar = new SingleBar(
      { format: '  {bar} {value}/{total} events, {eta_formatted} left', stream: process.stderr },
      Presets.shades_classic,
    );
    bar.start(total, 0);
    return { advance: (by) => bar.increment(by), done: () => bar.stop() };
  },
};

function linesEveryQuarter(total: number) {
  let sent = 0;
  let quarter = 0;
  return {
    advance(by: number) {
      sent += by;
      const reached = Math.floor((sent / Math.max(total, 1)) * 4);
      if (reached > quarter) progress.step(`  ${sent}/${total} events`);
      quarter = Math.max(quarter, reached);
    },
    done() {},
  };
}
