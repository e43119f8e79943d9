import {
  makeTemporaryFolder,
  removeTemporaryFolder,
  startMongo,
  startNats,
  type Cluster,
  type NatsCluster,
} from '@billingrails/servers';

export interface TestServersOptions {
  /** Starts MongoDB. */
  readonly mongo?: boolean;
  /** Starts NATS with JetStream. */
  readonly nats?: boolean;
  /** Of each; 1 by default, 3 for a replica set and a JetStream cluster. */
  readonly nodes?: 1 | 3;
}

/** Real servers of a test file's own. Asking for one that was not started throws. */
export class TestServers {
  readonly #folder: string;
  readonly #mongo: Cluster | undefined;
  readonly #nats: NatsCluster | undefined;

  constructor(folder: string, mongo: Cluster | undefined, nats: NatsCluster | undefined) {
    this.#folder = folder;
    this.#mongo = mongo;
    this.#nats = nats;
  }

  /** `kill()` is kill -9, `restart()` brings it back on its data and port; `nodes` has the same for each node. */
  get mongo(): Cluster {
    return started(this.#mongo, 'mongo');
  }

  get nats(): NatsCluster {
    return started(this.#nats, 'nats');
  }

  /** As MONGODB_URL has it. */
  get mongodbUrl(): string {
    return this.mongo.url;
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
    await Promise.all([this.#mongo?.kill(), this.#nats?.kill()]);
    removeTemporaryFolder(this.#folder);
  }
}

/**
 * Starts real servers on free ports with data in a temporary folder; for `beforeAll`, with `stop()` in `afterAll`. They
 * end with the test's process, however it ends. About 0.5 s for MongoDB and 0.1 s for NATS.
 */
export async function startServers(options: TestServersOptions): Promise<TestServers> {
  const dir = makeTemporaryFolder();
  const nodes = options.nodes ?? 1;
  const [mongo, nats] = await Promise.allSettled([
    options.mongo ? startMongo({ dir, nodes }) : undefined,
    options.nats ? startNats({ dir, nodes }) : undefined,
  ]);
  if (mongo.status === 'fulfilled' && nats.status === 'fulfilled') {
    return new TestServers(dir, mongo.value, nats.value);
  }
  for (const outcome of [mongo, nats]) {
    if (outcome.status === 'fulfilled') await outcome.value?.kill();
  }
  removeTemporaryFolder(dir);
  throw mongo.status === 'rejected' ? mongo.reason : (nats as PromiseRejectedResult).reason;
}

function started<T>(server: T | undefined, name: string): T {
  if (server === undefined) throw new Error(`startServers was called without { ${name}: true }.`);
  return server;
}
