import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../binaries/binaries';
import { Cluster, type ClusterOptions } from './cluster';
import { nodeFolder, nodePidFile } from './layout';
import { natsConfig, type NatsPorts } from './nats-config';
import { choosePorts, LOOPBACK } from '../processes/ports';
import { Program } from '../processes/program';

export interface NatsOptions extends ClusterOptions {
  /** The ports of each node; free ones by default. A port in use is an error. */
  readonly ports?: readonly NatsPorts[];
}

/** A NATS server or cluster. */
export class NatsCluster extends Cluster {
  /** The monitoring address of the first node, such as http://127.0.0.1:8222. */
  readonly monitorUrl: string;

  constructor(nodes: readonly Program[], ports: readonly NatsPorts[]) {
    const urls = ports.map((port) => `nats://${LOOPBACK}:${port.client}`);
    const monitorUrls = ports.map((port) => `http://${LOOPBACK}:${port.monitor}`);
    super(nodes, {
      url: urls.join(','),
      ready: async (hopeless) => (await natsReady()).awaitJetStream(urls, monitorUrls, hopeless),
    });
    this.monitorUrl = monitorUrls[0] ?? '';
  }
}

const STOP_TIMEOUT_MS = 120_000;

/** Loaded when a server starts, with the client: most that could start one do not. */
const natsReady = () => import('./nats-ready');

/** Starts nats-server with JetStream and resolves when JetStream answers. Throws StackError. */
export async function startNats(options: NatsOptions): Promise<NatsCluster> {
  const ports = options.ports ?? (await freeNatsPorts(options.nodes ?? 1));
  const binary = options.binary ?? (await findBinary('nats-server'));
  const programs = ports.map((_, index) => natsServer(options, binary, ports, index));
  const cluster = new NatsCluster(programs, ports);
  await cluster.start();
  return cluster;
}

async function freeNatsPorts(nodes: number): Promise<NatsPorts[]> {
  const free = await choosePorts(Array.from({ length: nodes * 3 }));
  return Array.from({ length: nodes }, (_, index) => {
    const [client = 0, monitor = 0, route = 0] = free.slice(index * 3);
    return { client, monitor, route };
  });
}

function natsServer(
  options: NatsOptions,
  binary: string,
  ports: readonly NatsPorts[],
  index: number,
): Program {
  const number = index + 1;
  const home = nodeFolder(options.dir, 'nats-server', number);
  const own = ports[index] ?? { client: 0, monitor: 0, route: 0 };
  const configFile = join(home, 'nats-server.conf');
  mkdirSync(home, { recursive: true });
  writeFileSync(
    configFile,
    natsConfig({
      name: `nats-${number}`,
      storeDir: join(home, 'data'),
      own,
      routes: ports.length > 1 ? ports.map((port) => port.route) : [],
    }),
  );
  return new Program({
    name: `nats-server ${number}`,
    command: binary,
    args: ['--config', configFile],
    logFile: join(home, 'nats-server.log'),
    pidFile: nodePidFile(options.dir, 'nats-server', number),
    port: own.client,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    detached: options.detached ?? false,
    async ready(program) {
      const url = `http://${LOOPBACK}:${own.monitor}`;
      await (await natsReady()).awaitNode(url, ports.length > 1, program.hopeless);
    },
  });
}
