import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runningPrograms, stopRunning } from '@billingrails/stack';
import { makeTemporaryFolder } from '@billingrails/servers';
import { waitFor } from '@billingrails/testing';

const root = join(__dirname, '../../..');
const data = makeTemporaryFolder();

afterAll(async () => {
  await stopRunning(data);
  rmSync(data, { recursive: true, force: true });
});

test.each([
  // Of npm alone, as a supervisor does: the quickstart's spec ends all of it at once, as Ctrl-C in a terminal.
  ['npm start --', 'SIGTERM'],
  // Then nobody passes anything on.
  ['npm run cli -- dev', 'SIGKILL'],
] as const)('%s leaves nothing running when npm ends by %s', async (command, signal) => {
  const [program, ...words] = command.split(' ');
  const npm = spawn(program ?? '', [...words, '--data', data], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = printedBy(npm);
  await waitFor(() => printed().includes('Ctrl-C stops'), { what: 'the platform to run' }).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${printed()}`);
    },
  );
  expect(runningPrograms(data).map(({ name }) => name)).toContain('gateway');
  npm.kill(signal);
  await waitFor(() => runningPrograms(data).length === 0, { what: 'all to stop' });
});

/** All that a process has printed. It is read on, as who cannot print waits. */
function printedBy(child: ChildProcess): () => string {
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => (printed += String(text)));
  return () => printed;
}
