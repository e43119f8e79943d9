import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { checkoutFolder, countFrom, parseTool } from '@billingrails/stack';
import { Bench } from './bench';
import type { Measured } from './figure';
import { FIGURES } from './figures';
import { describeMachine } from './machine';
import { progress } from './progress';
import { lineOf, pageOf, tableOf } from './report';
import { sizesOf } from './sizes';

const names = FIGURES.map(({ name }) => name);
const command = new Command()
  .name('npm run bench --')
  .description(
    'Measures the platform on real servers, each figure by turns with a baseline in the same run, and prints a table. ' +
      `Takes about 20 minutes. Servers lie in temporary folders and end with it.\n\nFigures:\n${FIGURES.map(
        ({ name, description }) => `  ${name.padEnd(12)} ${description}`,
      ).join('\n')}`,
  )
  .option('--quick', 'small sizes, two minutes: shows that it works, not how fast it is', false)
  .option('--full', 'also the sizes of 10 M, about an hour more', false)
  .addOption(new Option('--only <figure>', 'only this one').choices(names))
  .option('--subscriptions <count>', 'of billing-run: how many end at one instant', countFrom)
  .option('--events <count>', 'of billing-run: how many each account has', countFrom)
  .option('--json', 'one JSON line for each figure on stdout, the table on stderr', false)
  .option('--write', 'write docs/benchmarks.md', false);
await parseTool(command);
const options = command.opts<{
  quick: boolean;
  full: boolean;
  only?: string;
  subscriptions?: number;
  events?: number;
  json: boolean;
  write: boolean;
}>();

const machine = await describeMachine();
const bench = new Bench(sizesOf(options));
const measured: Measured[] = [];
try {
  for (const figure of FIGURES) {
    if (options.only !== undefined && figure.name !== options.only) continue;
    progress(`${figure.name}: ${figure.description}`);
    try {
      const figures = await figure.measure(bench);
      measured.push(...figures);
      if (options.json) for (const one of figures) console.log(lineOf(one));
    } catch (error) {
      // The other figures are still worth having.
      process.exitCode = 1;
      console.error(`${figure.name} could not be measured:`, error);
    }
  }
} finally {
  await bench.close();
}
const table = tableOf(measured);
if (options.json) console.error(table);
else console.log(table);
if (options.write) {
  const asked = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const page = pageOf(measured, machine, asked);
  const file = join(checkoutFolder(), 'docs', 'benchmarks.md');
  writeFileSync(file, await format(page, { ...(await resolveConfig(file)), filepath: file }));
  progress('docs/benchmarks.md is written');
}
