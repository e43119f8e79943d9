import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { musicScenario } from '@billingrails/demo/scenario/music';
import { traceScenario } from '@billingrails/demo/scenario/trace';
import { checkoutFolder, parseTool, runTool, startPlatform } from '@billingrails/stack';
import { buildLibrary, missingFor, type Library } from './build-library';
import { conform, type Outcome } from './conformance/conformance';
import { LANGUAGES, type LanguageName } from './languages';

const command = new Command()
  .name('npm run clients --')
  .description(
    'Generates and builds the library of each language into dist/clients, and puts it to the conformance suite: a trace ' +
      'through the whole platform, whose ingest is killed meanwhile. A language whose toolchain is missing is named; with ' +
      'CI=true that is a failure.',
  )
  .option('--only <languages>', `some of ${LANGUAGES.join(', ')}, comma-separated`, languagesOf)
  .option('--trace <files>', 'CSV files as for the demo, comma-separated', (text) =>
    text.split(','),
  )
  .option('--build', 'build the libraries alone', false)
  .option('--json', 'print a line of JSON for each language', false);

/** Real traces lie beside the checkout where there are any. */
const TRACES = '../shared/data';

function languagesOf(text: string): LanguageName[] {
  const names = text.split(',');
  const unknown = names.filter((name) => !LANGUAGES.some((known) => known === name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`There is no library for ${unknown.join(', ')}.`);
  }
  return LANGUAGES.filter((known) => names.includes(known));
}

async function clients(): Promise<void> {
  await parseTool(command);
  const options = command.opts<{
    only?: LanguageName[];
    trace?: string[];
    build: boolean;
    json: boolean;
  }>();
  const root = checkoutFolder();
  const libraries: Library[] = [];
  const report = (outcome: Outcome) => {
    if (!outcome.ok) process.exitCode = 1;
    console.log(options.json ? JSON.stringify(outcome) : inWords(outcome));
  };
  for (const name of options.only ?? LANGUAGES) {
    const missing = missingFor(name, root);
    if (missing.length > 0) {
      console.error(`${name}: left out. This machine has no ${missing.join(', no ')}.`);
      if (process.env['CI'] === 'true') process.exitCode = 1;
      continue;
    }
    const startedMs = performance.now();
    libraries.push(await buildLibrary(name, root));
    console.error(`${name}: built in ${Math.round((performance.now() - startedMs) / 1_000)} s.`);
  }
  if (options.build || libraries.length === 0) return;
  const files = options.trace ?? tracesBeside(root);
  const scenario = files.length > 0 ? traceScenario(files) : musicScenario;
  const platform = await startPlatform();
  try {
    for (const library of libraries) report(await conform(library, platform, scenario));
  } finally {
    await platform.stop();
  }
}

function tracesBeside(root: string): string[] {
  const folder = join(root, TRACES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .map((file) => join(folder, file));
}

function inWords({ language, events, invoice_total, seconds, ok, problem }: Outcome): string {
  if (!ok) return `${language}: ${problem}`;
  return `${language}: ok, ${events} events, invoices of ${invoice_total}, in ${seconds} s.`;
}

await runTool(clients);
