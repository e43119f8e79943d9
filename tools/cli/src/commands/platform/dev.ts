import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError, EXIT } from '../../exit-codes';
import { leaf } from '../define';

/** What `npm start` runs: npm in between would survive this process, and with npm the platform. */
export const START = ['tools/setup.mjs', '--build', 'tools/demo/src/start.ts'];

/** Starts the whole platform of a checkout, as `npm start` does. */
export function dev(): Command {
  const command = leaf(
    'dev',
    'Starts the whole platform on this machine until Ctrl-C: MongoDB, NATS and the services of the checkout that the ' +
      'current folder lies in. Prints the addresses and a key. The same as `npm start`.',
    ['dev', 'dev --checkout ~/billingrails --data /tmp/billingrails'],
  )
    .option('--checkout <folder>', 'of Billingrails', '.')
    .option('--data <folder>', 'where it keeps its data between runs');
  return command.action(async () => {
    const { checkout, data } = command.opts<{ checkout: string; data?: string }>();
    const folder = checkoutAbove(resolve(checkout));
    const words = data === undefined ? START : [...START, '--data', resolve(data)];
    process.exitCode = await runNode(words, folder);
  });
}

function checkoutAbove(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isCheckout(folder)) return folder;
    if (folder !== dirname(folder)) continue;
    throw new CliError(
      `${from} lies in no checkout of Billingrails.`,
      'git clone https://github.com/billingrails/billingrails, then name it with --checkout; or run its docker-compose.yml.',
    );
  }
}

function isCheckout(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file) || !existsSync(join(folder, 'nx.json'))) return false;
  return (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'billingrails';
}

/** Ctrl-C reaches the child as well, which ends in its own time. */
function runNode(words: readonly string[], cwd: string): Promise<number> {
  const child = spawn(process.execPath, words, { cwd, stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code, signal) => done(code ?? (signal ? EXIT.interrupted : EXIT.fault)));
  });
}
