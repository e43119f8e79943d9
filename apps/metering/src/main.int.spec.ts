import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundled, startServers, waitFor, type TestServers } from '@billingrails/testing';

const [main] = bundled('src/main.ts');
let servers: TestServers;
const children: ChildProcess[] = [];

beforeEach(async () => {
  servers = await startServers({ mongo: true, nats: true, alone: true });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await servers.stop();
});

/** Starts metering as operators do; `lines` fills with what it writes. */
function startProcess(): { lines: string[]; stop: () => Promise<number | null> } {
  const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], PORT: '0', MONGODB_URL, NATS_URL },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr])
    createInterface(output).on('line', (line) => lines.push(line));
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    return child.exitCode;
  };
  return { lines, stop };
}

test.each([
  ['MongoDB', 'mongo'],
  ['NATS', 'nats'],
] as const)('%s away when it starts is waited for, and then it serves', async (name, server) => {
  await servers[server].kill();
  const { lines, stop } = startProcess();
  const saying = (text: string) => lines.find((line) => line.includes(text));
  await waitFor(() => saying(`"waiting_for":"${name}"`), { what: 'metering to wait' });
  expect(saying('"msg":"listening"')).toBeUndefined();
  await servers[server].restart();
  await waitFor(() => saying('"msg":"listening"'), { what: 'metering to serve' });
  expect(lines.join('\n')).not.toContain('"stack"');
  expect(await stop()).toBe(0);
});

test('told to end while it waits, it ends at once', async () => {
  await servers.nats.kill();
  const { lines, stop } = startProcess();
  await waitFor(() => lines.some((line) => line.includes('"waiting_for"')), {
    what: 'metering to wait',
  });
  expect(await stop()).toBe(0);
});
