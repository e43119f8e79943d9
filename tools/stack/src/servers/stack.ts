import {
  findBinary,
  StackError,
  startMongo,
  startNats,
  type Cluster,
  type NatsCluster,
  type Program,
  type Report,
} from '@billingrails/servers';
import { checkMongo, checkNats } from './external';
import { withLock } from './lock';
import { planStart } from './stack-ports';
import { readState, writeState } from './state';

export interface StackOptions {
  /** Data, logs and state; made when missing. */
  readonly dataDir: string;
  /** Of each server: 1 or 3. By default as the data folder was made with, or 1. */
  readonly nodes?: number;
  /** The usual ports (27017, 4222, 8222) where they are free, which is the default, or only free ones. */
  readonly ports?: 'usual' | 'free';
  /** The servers outlive this process. By default they die with it. */
  readonly detached?: boolean;
  /** Of this process by default. MONGODB_URL and NATS_URL name servers to use instead of starting any. */
  readonly env?: NodeJS.ProcessEnv;
  /** Memory of each mongod for its cache, in GiB; the least it accepts by default. */
  readonly cacheGib?: number;
  /** Hears of downloads; stderr by default. */
  readonly report?: Report;
}

/** MongoDB and NATS, started here, found running, or named by the environment. */
export class Stack {
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  /** Undefined for a NATS of the environment that names none. */
  readonly natsMonitorUrl: string | undefined;
  /** Of each server; 1 for servers of the environment. */
  readonly nodes: number;
  readonly #mongo: Cluster | undefined;
  readonly #nats: NatsCluster | undefined;

  constructor(env: NodeJS.ProcessEnv, mongo: Cluster | undefined, nats: NatsCluster | undefined) {
    this.#mongo = mongo;
    this.#nats = nats;
    this.mongodbUrl = mongo?.url ?? env['MONGODB_URL'] ?? '';
    this.natsUrl = nats?.url ?? env['NATS_URL'] ?? '';
    this.natsMonitorUrl = nats ? nats.monitorUrl : env['NATS_MONITOR_URL'];
    this.nodes = nats?.nodes.length ?? 1;
  }

  /** To kill and restart. Throws StackError when the environment names the server. */
  get mongo(): Cluster {
    return ours(this.#mongo, 'MONGODB_URL');
  }

  /** To kill and restart. Throws StackError when the environment names the server. */
  get nats(): NatsCluster {
    return ours(this.#nats, 'NATS_URL');
  }

  /** Whether any server was started by this call, and not found running or named by the environment. */
  get startedHere(): boolean {
    return this.#nodes().some((node) => node.startedHere);
  }

  /** Stops the servers that were started by this call; the others stay as they were. */
  async stop(): Promise<void> {
    const own = this.#nodes().filter((node) => node.startedHere);
    const results = await Promise.allSettled(own.map((node) => node.stop()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }

  #nodes(): Program[] {
    return [...(this.#nats?.nodes ?? []), ...(this.#mongo?.nodes ?? [])];
  }
}

/**
 * Brings up MongoDB and NATS and resolves when both answer. Where they run already on this data folder, they are taken
 * over; nodes that died are started again on their data. Throws StackError, with nothing left running.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const env = options.env ?? process.env;
  const [mongodbUrl, natsUrl] = [env['MONGODB_URL'], env['NATS_URL']];
  await Promise.all([mongodbUrl && checkMongo(mongodbUrl), natsUrl && checkNats(natsUrl)]);
  if (mongodbUrl && natsUrl) return new Stack(env, undefined, undefined);
  const find = { env, ...(options.report ? { report: options.report } : {}) };
  const mongod = mongodbUrl ? undefined : await findBinary('mongod', find);
  const natsServer = natsUrl ? undefined : await findBinary('nats-server', find);
  return withLock(options.dataDir, () => startLocal(options, env, { mongod, natsServer }));
}

interface Binaries {
  readonly mongod: string | undefined;
  readonly natsServer: string | undefined;
}

async function startLocal(
  options: StackOptions,
  env: NodeJS.ProcessEnv,
  { mongod, natsServer }: Binaries,
): Promise<Stack> {
  const { dataDir: dir, detached = false, cacheGib } = options;
  const plan = await planStart(dir, readState(dir), {
    nodes: options.nodes,
    ports: options.ports ?? 'usual',
  });
  writeState(dir, plan);
  const memory = cacheGib === undefined ? {} : { cacheGib };
  const [mongo, nats] = await Promise.allSettled([
    mongod
      ? startMongo({ dir, binary: mongod, detached, ports: plan.mongo, ...memory })
      : undefined,
    natsServer ? startNats({ dir, binary: natsServer, detached, ports: plan.nats }) : undefined,
  ]);
  const stack = new Stack(env, valueOf(mongo), valueOf(nats));
  const failure = [mongo, nats].find((outcome) => outcome.status === 'rejected');
  if (!failure) return stack;
  await stack.stop();
  throw failure.reason;
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T | undefined {
  return outcome.status === 'fulfilled' ? outcome.value : undefined;
}

function ours<T>(server: T | undefined, variable: string): T {
  if (server !== undefined) return server;
  throw new StackError(
    `The server that ${variable} names is not ours to kill or restart.`,
    `Unset ${variable}.`,
  );
}
