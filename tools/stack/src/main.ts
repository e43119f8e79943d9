import { Command, Option } from 'commander';
import { findBinary } from '@billingrails/servers';
import { defaultDataFolder } from './checkout';
import { keysCommand } from './keys/keys-command';
import { runningPrograms, stopRunning } from './running-stack';
import { startStack } from './servers/stack';
import { dataFolder, parseTool, runTool } from './tool';

const program = new Command()
  .name('npx tsx tools/stack/src/main.ts')
  .description(
    'MongoDB and NATS on a bare machine. Programs: MONGOD_BIN and NATS_SERVER_BIN, else new enough ones on PATH, else ' +
      'pinned builds, fetched once. With MONGODB_URL and NATS_URL set nothing is started: those are used.',
  );

const dataOption = () =>
  new Option('--data <folder>', 'data, logs and state').default(
    defaultDataFolder(),
    '.data/stack in the checkout',
  );

program
  .command('start')
  .description('starts both and leaves them running; a second start finds them')
  .addOption(
    new Option('--nodes <number>', 'of each server; by default as the data was made with').choices([
      '1',
      '3',
    ]),
  )
  .addOption(dataOption())
  .action(async (options: { nodes?: string; data: string }) => {
    const stack = await startStack({
      dataDir: dataFolder(options.data),
      detached: true,
      ...(options.nodes === undefined ? {} : { nodes: Number(options.nodes) }),
    });
    console.error(stack.startedHere ? 'Started.' : 'Runs already; nothing was started.');
    console.log(`MONGODB_URL='${stack.mongodbUrl}'\nNATS_URL='${stack.natsUrl}'`);
    if (stack.natsMonitorUrl) console.log(`NATS_MONITOR_URL='${stack.natsMonitorUrl}'`);
  });

program
  .command('stop')
  .description('stops what runs from the data folder, services first; the data stays')
  .addOption(dataOption())
  .action(async (options: { data: string }) => {
    const stopped = await stopRunning(options.data);
    console.log(
      stopped.length === 0
        ? `Nothing runs from ${options.data}.`
        : `Stopped ${stopped.map(({ name }) => name).join(', ')}.`,
    );
  });

program
  .command('status')
  .description('says what runs from the data folder; exit code 1 when nothing does')
  .addOption(dataOption())
  .action((options: { data: string }) => {
    const running = runningPrograms(options.data);
    for (const { name, pid, port } of running) console.log(`${name}: pid ${pid}, port ${port}`);
    if (running.length > 0) return;
    console.log(`Nothing runs from ${options.data}.`);
    process.exitCode = 1;
  });

program
  .command('fetch')
  .description('finds or fetches the programs and prints their paths; starts nothing')
  .action(async () => {
    for (const server of ['mongod', 'nats-server'] as const) {
      console.log(`${server}: ${await findBinary(server)}`);
    }
  });

program.addCommand(keysCommand(dataOption));

await runTool(() => parseTool(program));
