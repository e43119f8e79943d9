import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guardProcess, releaseProcess } from './guardian';
import { isRunning, type PidRecord } from './pid-file';

/** A process that was started, here or by another process. */
export interface Running {
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** How it ended, as in "killed by SIGKILL"; only of interest when it has. */
  readonly ending: () => string;
  readonly signal: (signal: 'SIGTERM' | 'SIGKILL') => void;
  /** Resolves to true when it has ended, to false when it still runs after `timeoutMs`. */
  readonly waitForEnd: (timeoutMs: number) => Promise<boolean>;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly logFile: string;
  readonly detached: boolean;
}

/** Starts a process. Throws when there is no such program. */
export async function spawnProcess(options: SpawnOptions): Promise<Running> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  try {
    // A process group of its own: Ctrl-C reaches only the parent, which then stops its children in order.
    const child = spawn(options.command, options.args, {
      stdio: ['ignore', log, log],
      env: options.env ?? process.env,
      detached: true,
      windowsHide: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return follow(child, options.detached);
  } finally {
    closeSync(log);
  }
}

function follow(child: ChildProcess, detached: boolean): Running {
  const pid = child.pid ?? 0;
  let ending: string | undefined;
  if (detached) child.unref();
  else guardProcess(pid);
  const ended = new Promise<true>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = signal ? `killed by ${signal}` : `exit code ${code}`;
      if (!detached) releaseProcess(pid);
      resolve(true);
    });
  });
  return {
    pid,
    isRunning: () => ending === undefined,
    ending: () => ending ?? '',
    signal: (signal) => void child.kill(signal),
    waitForEnd: (timeoutMs) => within(ended, timeoutMs),
  };
}

/** Takes over a process that another process started. */
export function adoptProcess(record: PidRecord): Running {
  const stillRuns = () => isRunning(record);
  return {
    pid: record.pid,
    isRunning: stillRuns,
    ending: () => 'not seen from here',
    signal(signal) {
      // Between the look and the signal is no time for the pid to become another's.
      if (stillRuns()) process.kill(record.pid, signal);
    },
    async waitForEnd(timeoutMs) {
      const deadlineMs = performance.now() + timeoutMs;
      while (stillRuns()) {
        if (performance.now() >= deadlineMs) return false;
        await pause(20);
      }
      return true;
    },
  };
}

async function within(ended: Promise<true>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const outcome = await Promise.race([ended, late]);
  clearTimeout(timer);
  return outcome;
}
