import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  adoptProcess,
  nodePidFile,
  readPidFile,
  removePidFile,
  StackError,
  type PidRecord,
} from '@billingrails/servers';
import { servicesFolder } from './services/start-services';
import { readState } from './servers/state';

/** A program of the stack that runs, whoever started it. */
export interface RunningProgram extends PidRecord {
  readonly kind: 'service' | 'server';
  readonly pidFile: string;
}

/** A call to a service may last 30 s; the servers need less. */
const STOP_TIMEOUT_MS = 35_000;

/** What runs from a data folder: services first, then servers. */
export function runningPrograms(dataDir: string): RunningProgram[] {
  const services = servicesFolder(dataDir);
  const serviceFiles = existsSync(services)
    ? readdirSync(services).map((file) => join(services, file))
    : [];
  const indices = [...Array(readState(dataDir)?.nodes ?? 0).keys()];
  const serverFiles = (['nats-server', 'mongod'] as const).flatMap((server) =>
    indices.map((index) => nodePidFile(dataDir, server, index + 1)),
  );
  return [
    ...serviceFiles.flatMap((file) => runningOf('service', file)),
    ...serverFiles.flatMap((file) => runningOf('server', file)),
  ];
}

function runningOf(kind: RunningProgram['kind'], pidFile: string): RunningProgram[] {
  const record = readPidFile(pidFile);
  return record ? [{ ...record, kind, pidFile }] : [];
}

/**
 * Stops all that runs from a data folder, the services before the servers they use, and returns what that was. Throws
 * StackError, after a kill -9, when a program does not stop in time.
 */
export async function stopRunning(dataDir: string): Promise<RunningProgram[]> {
  const programs = runningPrograms(dataDir);
  for (const kind of ['service', 'server'] as const) {
    await Promise.all(programs.filter((program) => program.kind === kind).map(stopOne));
  }
  return programs;
}

async function stopOne(program: RunningProgram): Promise<void> {
  const running = adoptProcess(program);
  running.signal('SIGTERM');
  const ended = await running.waitForEnd(STOP_TIMEOUT_MS);
  if (!ended) running.signal('SIGKILL');
  removePidFile(program.pidFile);
  if (ended) return;
  throw new StackError(
    `${program.name} (pid ${program.pid}) did not stop within ${STOP_TIMEOUT_MS} ms of SIGTERM and was killed.`,
    'Whatever holds it up is a defect of that program: see its log.',
  );
}
