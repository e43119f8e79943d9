import {
  makeTemporaryFolder,
  removeTemporaryFolder,
  startMongo,
  startNats,
  type Cluster,
  type NatsCluster,
} from '@billingrails/servers';
import { takeSharedMongo, type SharedMongo } from './shared-mongo';

export interface TestServersOptions {
  /** Starts MongoDB. */
  readonly mongo?: boolean;
  /** Starts NATS with JetStream. */
  readonly nats?: boolean;
  /** Of each; 1 by default, 3 for a replica set and a JetStream cluster. */
  readonly nodes?: 1 | 3;
  /**
   * MongoDB anew, for who kills it, or changes its parameters. By default it may have served earlier files of the same
   * process; it is empty, and nobody else uses it.
   */
  readonly alone?: boolean;
}

/** Real servers of a test file's own. Asking for one that was not started throws. */
export class TestServers {
  readonly #folder: string;
  readonly #mongo: Cluster | SharedMongo | undefined;
  readonly #nats: NatsCluster | undefined;

  constructor(
    folder: string,
    mongo: Cluster | SharedMongo | undefined,
    nats: NatsCluster | undefined,
  ) {
    this.#folder = folder;
    this.#mongo = mongo;
    this.#nats = nats;
  }

  /** `kill()` is kill -9, `restart()` brings it back on its data and port; `nodes` has the same for each node. */
  get mongo(): Cluster {
    const mongo = started(this.#mongo, 'mongo');
    if ('release' in mongo)
      throw new Error('This MongoDB serves others: ask with { alone: true }.');
    return mongo;
  }

  get nats(): NatsCluster {
    return started(this.#nats, 'nats');
  }

  /** As MONGODB_URL has it. */
  get mongodbUrl(): string {
    return started(this.#mongo, 'mongo').url;
  }

  /** As NATS_URL has it: with three nodes, three addresses with commas between. */
  get natsUrl(): string {
    return this.nats.url;
  }

  /** As NATS_MONITOR_URL has it. */
  get natsMonitorUrl(): string {
    return this.nats.monitorUrl;
  }

  /** Ends the servers and removes their data. Close your own connections first. */
  async stop(): Promise<void> {
    // The data goes as well, so nothing is lost by not waiting for a clean end.
    await Promise.all([this.#mongo && end(this.#mongo), this.#nats?.kill()]);
    removeTemporaryFolder(this.#folder);
  }
}

/**
 * Real servers on free ports with data in a temporary folder; for `beforeAll`, with `stop()` in `afterAll`. They end
 * with the test's process, however it ends.
 */
export async function startServers(options: TestServersOptions): Promise<TestServers> {
  const dir = makeTemporaryFolder();
  const nodes = options.nodes ?? 1;
  const [mongo, nats] = await Promise.allSettled([
    options.mongo ? mongoFor(options, dir) : undefined,
    options.nats ? startNats({ dir, nodes }) : undefined,
  ]);
  if (mongo.status === 'fulfilled' && nats.status === 'fulfilled') {
    return new TestServers(dir, mongo.value, nats.value);
  }
  if (mongo.status === 'fulfilled' && mongo.value) await end(mongo.value);
  if (nats.status === 'fulfilled') await nats.value?.kill();
  removeTemporaryFolder(dir);
  throw mongo.status === 'rejected' ? mongo.reason : (nats as PromiseRejectedResult).reason;
}

async function mongoFor(
  { nodes = 1, alone = false }: TestServersOptions,
  dir: string,
): Promise<Cluster | SharedMongo> {
  const shared = nodes === 1 && !alone ? await takeSharedMongo() : undefined;
  return shared ?? (await startMongo({ dir, nodes }));
}

async function end(mongo: Cluster | SharedMongo): Promise<void> {
  if ('release' in mongo) mongo.release();
  else await mongo.kill();
}

function started<T>(server: T | undefined, name: string): T {
  if (server === undefined) throw new Error(`startServers was called without { ${name}: true }.`);
  return server;
}
