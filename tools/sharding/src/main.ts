import { Command } from 'commander';
import { BSON, MongoClient } from 'mongodb';
import { countShards, look } from './look';
import { planSharding } from './plan';

const options = new Command()
  .name('npm run sharding --')
  .description(
    'Shards the collections that grow, on the mongos of a sharded cluster, and splits them where the accounts of the ' +
      'stored events part evenly; the balancer then moves the parts. What is sharded already stays as it is, so it can be ' +
      'run again. docs/operations/sharding.md says what to expect.',
  )
  .requiredOption('--url <url>', 'the mongos: mongodb://…')
  .option('--chunks-per-shard <count>', 'parts of each collection for each shard', '16')
  .option(
    '--shards <count>',
    'with --dry-run on a server that is no mongos: for so many shards',
    '2',
  )
  .option('--dry-run', 'only print the commands, for mongosh', false)
  .parse()
  .opts<{ url: string; chunksPerShard: string; shards: string; dryRun: boolean }>();

const client = await MongoClient.connect(options.url, { serverSelectionTimeoutMS: 10_000 });
try {
  const shards = await countShards(client);
  if (shards === undefined && !options.dryRun) {
    throw new Error('That server is no mongos. --dry-run prints what would be asked of one.');
  }
  const found = await look(client);
  const plan = planSharding(
    shards ?? Number(options.shards),
    Number(options.chunksPerShard),
    found,
  );
  for (const { command, because } of plan) {
    console.log(`db.adminCommand(${BSON.EJSON.stringify(command)}) // ${because}`);
    if (!options.dryRun) await client.db('admin').command(command);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await client.close();
}
