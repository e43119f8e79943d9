import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StackError } from '../errors';
import { lockHolder, tryLock } from './lock-file';

/** Everything here listens on loopback only. */
export const LOOPBACK = '127.0.0.1';

/**
 * Free ports are looked for below the range from which systems take the ports of outgoing connections (32768 on Linux,
 * 49152 elsewhere): a server killed and started again must find its port still free.
 */
const FREE_PORT_MIN = 20_000;
const FREE_PORT_MAX = 32_000;
const FREE_PORT_TRIES = 100;

const CLOSING_MAX_MS = 1_000;

/** Whether nobody listens on the port of the loopback address. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

/**
 * Whether the port is free, or becomes so within a second: a process that was killed is seen as gone a moment before
 * the system has closed what it listened on.
 */
export async function isPortFreeSoon(port: number): Promise<boolean> {
  const deadlineMs = performance.now() + CLOSING_MAX_MS;
  while (!(await isPortFree(port))) {
    if (performance.now() >= deadlineMs) return false;
    await pause(20);
  }
  return true;
}

/** Whether someone accepts connections on the port of the loopback address. */
export function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.setTimeout(1_000, () => settle(false));
  });
}

const CLAIMS = join(tmpdir(), 'billingrails-ports');

/**
 * Claims a port until it is released or this process ends, and returns whether it could be: of two that start at once
 * and find the same port free, one gets it. Without a claim the other would take the answers of the first one's server
 * for those of its own, which comes too late to listen. Binds those who claim; nobody else is kept from listening.
 */
export function claimPort(port: number): boolean {
  const file = join(CLAIMS, String(port));
  try {
    mkdirSync(CLAIMS, { recursive: true });
    // The second try is for the claim of a process that is gone, which the first one removes.
    return lockHolder(file) === process.pid || tryLock(file) || tryLock(file);
  } catch {
    // The folder is another user's. As good as it was without claims.
    return true;
  }
}

/** For when somebody listens on it, or nobody will. */
export function releasePort(port: number): void {
  const file = join(CLAIMS, String(port));
  try {
    if (lockHolder(file) === process.pid) rmSync(file, { force: true });
  } catch {
    // As above.
  }
}

async function canBeTaken(port: number): Promise<boolean> {
  if (!claimPort(port)) return false;
  const isFree = await isPortFree(port);
  if (!isFree) releasePort(port);
  return isFree;
}

/** A port that is free now and not among `taken`; claimed. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < FREE_PORT_TRIES; attempt += 1) {
    const port = randomInt(FREE_PORT_MIN, FREE_PORT_MAX);
    if (!taken.has(port) && (await canBeTaken(port))) return port;
  }
  throw new StackError(
    `No free port between ${FREE_PORT_MIN} and ${FREE_PORT_MAX} in ${FREE_PORT_TRIES} tries.`,
    'End programs that listen there.',
  );
}

/**
 * Chooses one port for each of `preferred`: itself when it is free, otherwise another. Those in `kept` are taken as
 * they are, for the servers that have them already. No port is given twice; those that are not kept are claimed.
 */
export async function choosePorts(
  preferred: readonly (number | undefined)[],
  kept: ReadonlySet<number> = new Set(),
): Promise<number[]> {
  const taken = new Set(kept);
  const chosen: number[] = [];
  for (const port of preferred) {
    const usable =
      port !== undefined && (kept.has(port) || (!taken.has(port) && (await canBeTaken(port))));
    const choice = usable ? port : await freePort(taken);
    taken.add(choice);
    chosen.push(choice);
  }
  return chosen;
}
