import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Ends children and removes temporary folders when this process dies, in whatever way: also by kill -9, and inside
 * Jest, where exit handlers of tests never run. It is a second process that reads its orders from a pipe; the end of
 * the pipe is the end of this process. Started with the first order, it costs about 40 ms of one core; it ends when
 * there is nothing left to guard, because inside Jest each test file would have one of its own until all files are
 * through.
 */
const PROGRAM = `
const pids = new Set(), folders = new Set();
const orders = {
  '+pid': (v) => pids.add(Number(v)), '-pid': (v) => pids.delete(Number(v)),
  '+dir': (v) => folders.add(v), '-dir': (v) => folders.delete(v),
};
process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {});
const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (line) => orders[line.slice(0, 4)](JSON.parse(line.slice(4))));
lines.on('close', () => {
  for (const pid of pids) try { process.kill(pid, 'SIGKILL'); } catch {}
  for (const folder of folders)
    require('node:fs').rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
`;

let guardian: ChildProcess | undefined;
const guarded = new Set<number | string>();

function order(verb: '+pid' | '-pid' | '+dir' | '-dir', value: number | string): void {
  const isMore = verb.startsWith('+');
  if (guardian === undefined) {
    if (!isMore) return;
    guardian = spawn(process.execPath, ['-e', PROGRAM], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      windowsHide: true,
    });
    guardian.unref();
    // Lost guardian, lost guard: no reason to fail what it guards.
    guardian.on('error', () => undefined);
    guardian.stdin?.on('error', () => undefined);
    // A pipe to a child is a socket; it must not keep this process alive.
    if (guardian.stdin instanceof Socket) guardian.stdin.unref();
  }
  guardian.stdin?.write(`${verb}${JSON.stringify(value)}\n`);
  if (isMore) guarded.add(value);
  else guarded.delete(value);
  if (guarded.size > 0) return;
  guardian.stdin?.end();
  guardian = undefined;
}

/** From now on the process `pid` dies with this one. */
export const guardProcess = (pid: number): void => order('+pid', pid);

/** The process has ended; its pid may soon be another's. */
export const releaseProcess = (pid: number): void => order('-pid', pid);

/** From now on the folder is removed when this process dies. */
export const guardFolder = (folder: string): void => order('+dir', folder);

/** The folder is gone, or is to stay. */
export const releaseFolder = (folder: string): void => order('-dir', folder);
