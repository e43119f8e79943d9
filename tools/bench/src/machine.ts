import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { findBinary } from '@billingrails/servers';
import { tenths } from './statistics';

/** On what and of what was measured. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly platform: string;
  readonly node: string;
  readonly mongod: string;
  readonly natsServer: string;
  /** Of the last minute: above zero, others used the machine before. */
  readonly loadAverage: number;
  /** With "+" when the checkout had changes that are not committed. */
  readonly commit: string;
  readonly time: string;
}

/** Looks at this machine and this checkout. */
export async function describeMachine(): Promise<Machine> {
  const versionOf = async (server: 'mongod' | 'nats-server') =>
    /\d+\.\d+\.\d+/.exec(execFileSync(await findBinary(server), ['--version']).toString())?.[0] ??
    '';
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    mongod: await versionOf('mongod'),
    natsServer: await versionOf('nats-server'),
    loadAverage: tenths(loadavg()[0] ?? 0),
    commit: describeCommit(),
    time: new Date().toISOString(),
  };
}

function describeCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    // The sources may have come without their history.
    return 'unknown';
  }
}
