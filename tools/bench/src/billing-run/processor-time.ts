import { readFileSync } from 'node:fs';
import type { Platform } from '@billingrails/stack';

/** Linux counts the time of processes in these. */
const TICKS_A_SECOND = 100;

/** The processor time that each service, and MongoDB, has taken so far, in seconds; nothing where /proc is missing. */
export function processorSeconds({ services, stack }: Platform): Record<string, number> {
  const programs = { ...services.replicas, mongod: stack.mongo.nodes };
  const seconds: Record<string, number> = {};
  for (const [name, replicas] of Object.entries(programs))
    for (const { pid } of replicas) {
      const ticks = pid === undefined ? undefined : ticksOf(pid);
      if (ticks !== undefined) seconds[name] = (seconds[name] ?? 0) + ticks / TICKS_A_SECOND;
    }
  return seconds;
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
