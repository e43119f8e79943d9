import { Command } from 'commander';
import { dataFolder, parseTool, runTool, startPlatform } from '@billingrails/stack';
import { commandLines, curlLine, describePlatform } from './describe';
import { progress } from './progress';

const command = new Command()
  .name('npm start --')
  .description(
    'Runs the whole platform on this machine until Ctrl-C: MongoDB, NATS and the services.',
  )
  .option('--data <folder>', 'where it keeps its data between runs', '.data/start');

async function start(): Promise<void> {
  await parseTool(command);
  const dataDir = dataFolder(command.opts<{ data: string }>().data);
  progress.step('Starting MongoDB, NATS and the services…');
  const platform = await startPlatform({ dataDir });
  console.log(describePlatform(platform, platform.key, dataDir));
  const commands = ['events list --account acct_67890', 'audit list'];
  console.log(
    `\nSend an event:\n\n${curlLine(platform, platform.key)}\n\n` +
      `${commandLines(platform, platform.key, commands)}\n\nCtrl-C stops it all; the data stays.`,
  );

  await stopAsked();
  progress.step('Stopping…');
  await platform.stop();
}

/** Ctrl-C comes twice, from the terminal and from npm: a second signal does not cut the stopping short. */
async function stopAsked(): Promise<void> {
  // Node stays up for as long as its children run, so a signal is all that is waited for.
  const keepAlive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
  });
  clearInterval(keepAlive);
}

await runTool(start);
