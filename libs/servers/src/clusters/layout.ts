import { join, resolve } from 'node:path';
import type { ServerName } from '../binaries/builds';

/** The name of the replica set that the mongods of a folder are. */
export const REPLICA_SET = 'rs0';

/** Where one node of a cluster keeps all it has; `number` counts from 1. */
export function nodeFolder(dir: string, server: ServerName, number: number): string {
  return resolve(dir, `${server}-${number}`);
}

/** The file that says which process the node is. */
export function nodePidFile(dir: string, server: ServerName, number: number): string {
  return join(nodeFolder(dir, server, number), 'pid.json');
}
