import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runningPrograms } from '@billingrails/stack';
import { waitFor } from '@billingrails/testing';
import { playPage } from './page-commands';

const root = join(__dirname, '../../..');
const data = mkdtempSync(join(tmpdir(), 'billingrails-quickstart-'));

/** The README's address. */
const USUAL = 'http://127.0.0.1:7000';

let start: ChildProcess;
let printed = '';

beforeAll(async () => {
  // In a process group of its own, so that Ctrl-C reaches all of it as it does from a terminal.
  start = spawn('npm', ['start', '--silent', '--', '--data', data], { cwd: root, detached: true });
  start.stdout?.on('data', (text) => (printed += text));
  start.stderr?.on('data', (text) => (printed += text));
  await waitFor(() => printed.includes('Ctrl-C stops'), {
    what: 'npm start to print what to do with it',
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${printed}`);
  });
});

afterAll(() => {
  if (isRunning()) signalGroup('SIGKILL');
  rmSync(data, { recursive: true, force: true });
});

test("the README's quickstart works as it is written", async () => {
  const key = keyPrinted();
  const [send, createMeter, query, createKey] = quickstartCommands();
  const sent = await run(send, { BILLINGRAILS_KEY: key });
  expect(sent).toMatchObject({
    event: { idempotency_key: 'unique_event_id_12345', timestamp: '2023-10-01T12:00:00Z' },
  });
  const { meter } = await run(createMeter, { BILLINGRAILS_KEY: key });
  const meterId = (meter as { id: string }).id;
  const usage = await waitFor(
    async () => {
      const answer = await run(query, { BILLINGRAILS_KEY: key, METER_ID: meterId });
      return answer['partial'] ? undefined : answer;
    },
    { what: 'the events from before the meter to be counted' },
  );
  expect(usage['rows']).toEqual([
    {
      account_id: 'acct_67890',
      start_time: '2023-10-01T00:00:00Z',
      end_time: '2023-11-01T00:00:00Z',
      value: '240',
      event_count: '1',
    },
  ]);
  const { secret } = await run(createKey, { BILLINGRAILS_KEY: key });
  expect(secret).toMatch(/^br_live_/);
  const ofBackend = { BILLINGRAILS_KEY: String(secret) };
  const refused = () => run(query, { ...ofBackend, METER_ID: meterId }).catch(String);
  await waitFor(async () => String(await refused()).includes('SCOPE_MISSING'), {
    what: 'the new key to be known, and to be refused for its scope',
  });
});

test('the curl line that npm start prints works as it is printed', async () => {
  const line = printed.slice(printed.indexOf('curl'));
  const command = line.slice(0, line.indexOf("'\n", line.indexOf('{')) + 1);
  expect(await run(command, {})).toHaveProperty('event');
});

test('the command lines that npm start prints work as they are printed', async () => {
  const [, commands = ''] = /^By the command line.*\n((?: {2}.*\n)+)/m.exec(printed) ?? [];
  const script = `set -e\n${commands}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: root });
  expect(stdout).toContain('EVENT NAME');
});

test.each(['tutorial.md', ...recipes()])(
  'the commands of docs/%s work as they stand, and are answered as it says',
  async (page) => {
    const steps = await playPage([beginning(page), readPage(page)].join('\n'), {
      folder: data,
      env: { BILLINGRAILS_URL: addressPrinted(), BILLINGRAILS_KEY: keyPrinted() },
    });
    const shown = steps.filter(({ answer }) => answer !== undefined);
    expect(shown.length).toBeGreaterThan(0);
    for (const { answer = {}, printed: given } of shown) expect(given).toMatchObject(answer);
  },
);

test('npm start ends cleanly on Ctrl-C', async () => {
  const gateway = addressPrinted();
  signalGroup('SIGINT');
  await waitFor(() => !isRunning(), {
    what: 'npm start to end',
  });
  await expect(fetch(gateway)).rejects.toThrow();
  expect(runningPrograms(data)).toEqual([]);
});

function recipes(): string[] {
  return readdirSync(join(root, 'docs/recipes')).map((file) => `recipes/${file}`);
}

/** Recipes use the tutorial's functions. */
function beginning(page: string): string {
  return page === 'tutorial.md' ? '' : (readPage('tutorial.md').split('\n## 2. ')[0] ?? '');
}

function readPage(page: string): string {
  return readFileSync(join(root, 'docs', page), 'utf8');
}

function keyPrinted(): string {
  return /br_[\w-]{20,}/.exec(printed)?.[0] ?? '';
}

function isRunning(): boolean {
  return start.exitCode === null && start.signalCode === null;
}

function signalGroup(signal: NodeJS.Signals): void {
  if (start.pid !== undefined) process.kill(-start.pid, signal);
}

function quickstartCommands(): [string, string, string, string] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = readme.slice(
    readme.indexOf('<!-- quickstart'),
    readme.indexOf('## What is where'),
  );
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) =>
    block.replaceAll(USUAL, addressPrinted()),
  );
  const [send, createMeter, query, createKey] = blocks;
  if (!send || !createMeter || !query || !createKey)
    throw new Error('The README has no four quickstart commands.');
  return [send, createMeter, query, createKey];
}

/** The README has the usual port. Where another program has it, `npm start` takes a free one and says so. */
function addressPrinted(): string {
  return /^Running at +(http:\/\/\S+)/m.exec(printed)?.[1] ?? USUAL;
}

async function run(command: string, env: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], {
    env: { ...process.env, ...env },
  });
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  // An error's answer has a code, and no answer of these calls has one.
  if ('code' in answer) throw new Error(`${command}\nwas answered ${stdout}\n${printed}`);
  return answer;
}
