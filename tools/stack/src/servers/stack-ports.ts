import {
  choosePorts,
  nodePidFile,
  readPidFile,
  StackError,
  type NatsPorts,
} from '@billingrails/servers';
import type { StackState } from './state';

const USUAL = { mongo: 27_017, client: 4222, monitor: 8222, route: 6222 };

/**
 * The ports for a start on this data folder: of a node that runs, those it has; otherwise those of the run before, or
 * the usual ones, as long as they are free. Throws StackError when the data was made for another number of nodes.
 */
export async function planStart(
  dataDir: string,
  before: StackState | undefined,
  wanted: { nodes?: number | undefined; ports: 'usual' | 'free' },
): Promise<Required<StackState>> {
  const nodes = agreedNodes(dataDir, before, wanted.nodes);
  const indices = [...Array(nodes).keys()];
  const usual = (first: number, index: number) =>
    wanted.ports === 'usual' ? first + index : undefined;
  const preferred = indices.flatMap((index) => [
    before?.mongo?.[index] ?? usual(USUAL.mongo, index),
    before?.nats?.[index]?.client ?? usual(USUAL.client, index),
    before?.nats?.[index]?.monitor ?? usual(USUAL.monitor, index),
    before?.nats?.[index]?.route ?? usual(USUAL.route, index),
  ]);
  const chosen = await choosePorts(preferred, portsInUse(dataDir, before, indices));
  const nodePorts = indices.map((index) => chosen.slice(index * 4, index * 4 + 4));
  return {
    nodes,
    mongo: nodePorts.map(([mongo = 0]) => mongo),
    nats: nodePorts.map(([_, client = 0, monitor = 0, route = 0]) => ({ client, monitor, route })),
  };
}

function agreedNodes(
  dataDir: string,
  before: StackState | undefined,
  wanted: number | undefined,
): number {
  if (before === undefined) return wanted ?? 1;
  if (wanted === undefined || wanted === before.nodes) return before.nodes;
  throw new StackError(
    `The data in ${dataDir} is that of ${before.nodes} node(s) of each server, and cannot be used by ${wanted}.`,
    `Give another folder with --data, start without --nodes, or delete ${dataDir} with all that is in it.`,
  );
}

/** Of the nodes that run. */
function portsInUse(
  dataDir: string,
  before: StackState | undefined,
  indices: readonly number[],
): Set<number> {
  const inUse = new Set<number>();
  for (const index of indices) {
    const mongod = readPidFile(nodePidFile(dataDir, 'mongod', index + 1));
    if (mongod) inUse.add(mongod.port);
    const nats: NatsPorts | undefined = before?.nats?.[index];
    if (nats && readPidFile(nodePidFile(dataDir, 'nats-server', index + 1))) {
      for (const port of Object.values(nats)) inUse.add(port);
    }
  }
  return inUse;
}
