import { Command } from 'commander';
import { BSON, MongoClient, MongoError } from 'mongodb';
import { countFrom, errorText, parseTool, runTool, StackError } from '@billingrails/stack';
import { countShards, look } from './look';
import { planSharding } from './plan';

const command = new Command()
  .name('npm run sharding --')
  .description(
    'Shards the collections that grow, on the mongos of a sharded cluster, and splits them where the accounts of the ' +
      'stored events part evenly; the balancer then moves the parts. What is sharded already stays as it is, so it can be ' +
      'run again. docs/operations/sharding.md says what to expect.',
  )
  .requiredOption('--url <url>', 'the mongos: mongodb://…')
  .option('--chunks-per-shard <count>', 'parts of each collection for each shard', countFrom, 16)
  .option(
    '--shards <count>',
    'with --dry-run on a server that is no mongos: for so many shards',
    countFrom,
    2,
  )
  .option('--dry-run', 'only print the commands, for mongosh', false);

async function shard(): Promise<void> {
  await parseTool(command);
  const options = command.opts<{
    url: string;
    chunksPerShard: number;
    shards: number;
    dryRun: boolean;
  }>();
  const client = await connect(options.url);
  try {
    const shards = await countShards(client);
    if (shards === undefined && !options.dryRun) {
      const remedy = '--dry-run prints what would be asked of one.';
      throw new StackError('That server is no mongos.', remedy);
    }
    const found = await look(client);
    const plan = planSharding(shards ?? options.shards, options.chunksPerShard, found);
    for (const { command: asked, because } of plan) {
      console.log(`db.adminCommand(${BSON.EJSON.stringify(asked)}) // ${because}`);
      if (!options.dryRun) await client.db('admin').command(asked);
    }
  } catch (error) {
    if (!(error instanceof MongoError)) throw error;
    const remedy = 'What was done stays; run it again when that is mended.';
    throw new StackError(`The server refused: ${error.message}`, remedy, { cause: error });
  } finally {
    await client.close();
  }
}

async function connect(url: string): Promise<MongoClient> {
  try {
    return await MongoClient.connect(url, { serverSelectionTimeoutMS: 10_000 });
  } catch (error) {
    const remedy =
      'Give --url the address of a mongos that runs, such as mongodb://127.0.0.1:27017.';
    throw new StackError(`The server cannot be reached: ${errorText(error)}.`, remedy, {
      cause: error,
    });
  }
}

await runTool(shard);
