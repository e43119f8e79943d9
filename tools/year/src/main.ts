import { Command, InvalidArgumentError } from 'commander';
import { countFrom, parseTool, runTool, startPlatform } from '@billingrails/stack';
import { runYear, type RunOptions } from './run-year';

/** Simulated years begin in 2025, and events are not sent ahead of the real time. */
const MONTHS_MAX = 22;

const command = new Command()
  .name('npm run year --')
  .description(
    'Plays a simulated year on a test clock through the whole platform, generated from a seed, with two replicas of billing ' +
      'that are killed at random, and compares every invoice line with another computation. Ends with one JSON line; what ' +
      'is different is told on stderr.',
  )
  .option('--seed <n>', 'what the year is generated from', countFrom, 1)
  .option('--accounts <n>', 'how many accounts there are', upTo(1000), 50)
  .option('--months <n>', 'how long the year is', upTo(MONTHS_MAX), 12)
  .option(
    '--only <accounts>',
    'play these of the accounts alone, and those that pay for them, to see a difference of theirs again: account-005,watched-001',
    (text: string) => text.split(','),
  );

/** Differences that are told whole; of a common cause there may be thousands. */
const SHOWN = 50;
const KILLS_OF_A_MONTH = 1;

/** Reads a count that is not beyond what makes sense. */
function upTo(most: number): (text: string) => number {
  return (text) => {
    const count = countFrom(text);
    if (count > most) throw new InvalidArgumentError(`It is more than ${most}.`);
    return count;
  };
}

async function year(): Promise<void> {
  await parseTool(command);
  const options = command.opts<Pick<RunOptions, 'seed' | 'accounts' | 'months' | 'only'>>();
  const report = (text: string) => process.stderr.write(`${text}\n`);
  report('Starting MongoDB, NATS and the services…');
  // What a killed replica was told is found soon.
  const env = { ALERT_LOOK_MS: '5000' };
  const platform = await startPlatform({ replicas: { billing: 2 }, env });
  try {
    const kills = options.months * KILLS_OF_A_MONTH;
    const { result, differences } = await runYear(platform, { ...options, kills, report });
    for (const difference of differences.slice(0, SHOWN)) report(JSON.stringify(difference));
    if (differences.length > 0) process.exitCode = 1;
    console.log(JSON.stringify(result));
  } finally {
    await platform.stop();
  }
}

await runTool(year);
