import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../binaries/binaries';
import { Cluster, type ClusterOptions } from './cluster';
import { nodeFolder, nodePidFile, REPLICA_SET } from './layout';
import { choosePorts, LOOPBACK } from '../processes/ports';
import { Program } from '../processes/program';

export interface MongoOptions extends ClusterOptions {
  /** The port of each node; free ones by default. A port in use is an error. */
  readonly ports?: readonly number[];
  /** WiredTiger's cache of each node, in GiB; 0.25, the least it accepts, by default. */
  readonly cacheGib?: number;
}

const STOP_TIMEOUT_MS = 120_000;

/** Loaded when a server starts, with the driver: most that could start one do not. */
const replicaSet = () => import('./replica-set');

/** Starts mongod as a replica set and resolves when it has taken a majority write. Throws StackError. */
export async function startMongo(options: MongoOptions): Promise<Cluster> {
  const ports = options.ports ?? (await choosePorts(Array.from({ length: options.nodes ?? 1 })));
  const binary = options.binary ?? (await findBinary('mongod'));
  const programs = ports.map((port, index) => mongod(options, binary, port, index + 1));
  const cluster = new Cluster(programs, {
    url: `mongodb://${ports.map((port) => `${LOOPBACK}:${port}`).join(',')}/?replicaSet=${REPLICA_SET}`,
    ready: async (hopeless) => (await replicaSet()).assembleReplicaSet(ports, hopeless),
  });
  await cluster.start();
  return cluster;
}

function mongod(options: MongoOptions, binary: string, port: number, number: number): Program {
  const home = nodeFolder(options.dir, 'mongod', number);
  const dbPath = join(home, 'data');
  mkdirSync(dbPath, { recursive: true });
  return new Program({
    name: `mongod ${number}`,
    command: binary,
    args: mongodArguments(dbPath, port, options.cacheGib ?? 0.25),
    logFile: join(home, 'mongod.log'),
    pidFile: nodePidFile(options.dir, 'mongod', number),
    port,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    detached: options.detached ?? false,
    ready: async (program) => (await replicaSet()).awaitMember(port, program.hopeless),
  });
}

function mongodArguments(dbPath: string, port: number, cacheGib: number): string[] {
  return [
    ...['--dbpath', dbPath, '--bind_ip', LOOPBACK, '--port', String(port)],
    ...['--replSet', REPLICA_SET, '--wiredTigerCacheSizeGB', String(cacheGib)],
    // A primary told to stop would otherwise wait 15 s for a successor, also when all nodes stop together.
    ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=1000'],
    // Figures that it would gather every second for its makers' support: half of what it does while nobody asks.
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
  ];
}
