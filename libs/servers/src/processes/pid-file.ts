import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is left on disk of a started program, so that another process can find it again. */
export interface PidRecord {
  readonly pid: number;
  readonly name: string;
  readonly port: number;
  readonly args: readonly string[];
  /** See `ProgramOptions.identity`. */
  readonly identity: string;
}

export function writePidFile(file: string, record: PidRecord): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(record));
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

/** The record of a program that still runs; undefined when there is none, or the program is gone. */
export function readPidFile(file: string): PidRecord | undefined {
  let record: PidRecord;
  try {
    record = JSON.parse(readFileSync(file, 'utf8')) as PidRecord;
  } catch {
    // No file, or one cut off by a crash: then the program is not known to run.
    return undefined;
  }
  return isRunning(record) ? record : undefined;
}

/**
 * Whether the recorded program runs. A pid alone does not tell: after a crash or a reboot it may be another program's,
 * so its arguments must be the recorded ones too.
 */
export function isRunning(record: Pick<PidRecord, 'pid' | 'args'>): boolean {
  if (!Number.isInteger(record.pid) || record.pid <= 0) return false;
  const commandLine = commandLineOf(record.pid);
  return commandLine !== undefined && commandLine.includes(record.args.join(' '));
}

/** Program and arguments, with spaces between; undefined when there is no such process, or only its remains. */
function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    }
    if (process.platform === 'win32') {
      const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
      const output = execFileSync('powershell', ['-NoProfile', '-Command', query], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return output.replaceAll('"', '').trim() || undefined;
    }
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
