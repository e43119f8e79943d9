import { readFileSync } from 'node:fs';
import type { Platform } from '@billingrails/stack';

/** Linux counts the time of processes in these. */
const TICKS_A_SECOND = 100;

/** The processor time of each service, MongoDB and NATS so far, in seconds; nothing where /proc is missing. */
export function processorSeconds({ services, stack }: Platform): Record<string, number> {
  const programs = { ...services.replicas, mongod: stack.mongo.nodes, nats: stack.nats.nodes };
  const seconds: Record<string, number> = {};
  for (const [name, replicas] of Object.entries(programs))
    for (const { pid } of replicas) {
      const ticks = pid === undefined ? undefined : ticksOf(pid);
      if (ticks !== undefined) seconds[name] = (seconds[name] ?? 0) + ticks / TICKS_A_SECOND;
    }
  return seconds;
}

/**
 * What has been taken since for one of so many things that were done: by each in microseconds, by all together in
 * milliseconds; nothing where /proc is missing.
 */
export function processorTimeOfOne(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): { each: Record<string, number>; all?: number } {
  const each: Record<string, number> = {};
  let us = 0;
  for (const [name, seconds] of Object.entries(after)) {
    const own = ((seconds - (before[name] ?? 0)) * 1_000_000) / count;
    each[name] = Math.round(own);
    us += own;
  }
  return us === 0 ? { each } : { each, all: Math.round(us / 10) / 100 };
}

function ticksOf(pid: number): number | undefined {
  try {
    // After the name, which stands in parentheses: the state, and 10 fields before user and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}
