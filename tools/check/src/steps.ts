import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { baselineOf } from './contract-baseline';
import { isCi, nxArguments } from './nx-arguments';
import { addCounts, type StepResult, type TestCounts, type TestFailure } from './summary';
import type { TimedTest } from './slowest';

const root = resolve(process.cwd());
const resultsDir = join(root, 'dist/test-results');
/** All steps believe that they judge a change; only where this run does are random cases the same every time. */
const RANDOM_SEED =
  process.env['RANDOM_SEED'] ??
  (isCi(process.env) ? '' : String(Math.floor(Math.random() * 2 ** 31)));

/** Runs every step and returns how each ended. Nothing is tested before all is built. */
export async function runSteps(): Promise<StepResult[]> {
  rmSync(resultsDir, { recursive: true, force: true });
  mkdirSync(resultsDir, { recursive: true });
  const [texts, code] = await Promise.all([
    textsInOrder(),
    nx('lint, types and build', ['lint-all', 'types-all', 'build']),
  ]);
  return [...texts, code, await tests('tests')];
}

/** What needs nothing that is built; one after the other, as the rest of the machine is busy with the build. */
async function textsInOrder(): Promise<StepResult[]> {
  return [
    await check('formatting', 'prettier', ['--check', '--log-level', 'warn', '.']),
    await check(
      'contracts: format',
      'buf',
      ['format', '--diff', '--exit-code', '--path', 'billingrails'],
      { folder: 'proto' },
    ),
    await check('contracts: lint', 'buf', ['lint'], { folder: 'proto' }),
    await contractsAgainstBaseline(),
  ];
}

async function contractsAgainstBaseline(): Promise<StepResult> {
  const baseline = baselineOf(root);
  const name = 'contracts: nothing broken';
  if (!baseline) {
    console.log(`\n== ${name}\nThis checkout has no earlier commit to compare with.`);
    return { name, ok: true };
  }
  return await check(
    name,
    'buf',
    ['breaking', '--against', `../.git#ref=${baseline},subdir=proto`],
    { folder: 'proto' },
  );
}

function nx(
  name: string,
  targets: readonly string[],
  options: CheckOptions & { readonly more?: readonly string[] } = {},
): Promise<StepResult> {
  const args = [...nxArguments(targets, isCi(process.env)), ...(options.more ?? [])];
  return check(name, 'nx', args, options);
}

/** What a project's tests left. */
type ProjectResult = TestCounts & {
  readonly failures: readonly TestFailure[];
  readonly slowest: readonly TimedTest[];
};

/**
 * Runs the tests of all projects, then adds up what each left, also when it came from the cache. What they build on was
 * made by the step before. Under CI, which takes nothing from a cache, one Jest runs all: it starts its processes,
 * their packages and servers once, not once a project.
 */
async function tests(name: string): Promise<StepResult> {
  const options = { isShownAtOnce: true, env: { BUILT: 'true' } };
  const result = isCi(process.env)
    ? await check(name, 'jest', ['-c', 'libs/testing/jest.config.cjs'], options)
    : await nx(name, ['test', 'e2e'], { ...options, more: ['--exclude-task-dependencies'] });
  const projects = resultFiles().map(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as ProjectResult,
  );
  return {
    ...result,
    counts: addCounts(projects),
    failures: projects.flatMap(({ failures }) => failures),
    slowest: projects.flatMap(({ slowest }) => slowest),
  };
}

/** One a project, in folders as the projects'. */
function resultFiles(): string[] {
  const files = readdirSync(resultsDir, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.json')).map((file) => join(resultsDir, file));
}

interface CheckOptions {
  /** From the checkout's; by default that. */
  readonly folder?: string;
  /** For what takes minutes. What runs beside others is shown when it has ended. */
  readonly isShownAtOnce?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

async function check(
  name: string,
  command: string,
  args: readonly string[],
  { folder = '.', isShownAtOnce = false, env = {} }: CheckOptions = {},
): Promise<StepResult> {
  const title = `\n== ${name}`;
  if (isShownAtOnce) console.log(title);
  const startedMs = Date.now();
  const output = isShownAtOnce ? 'inherit' : 'pipe';
  const child = spawn(join(root, 'node_modules/.bin', command), args, {
    cwd: join(root, folder),
    stdio: ['ignore', output, output],
    shell: process.platform === 'win32',
    env: { ...process.env, CI: '1', NX_DAEMON: 'false', RANDOM_SEED, ...env },
  });
  const shown: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => shown.push(chunk));
  }
  const status = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  if (!isShownAtOnce) {
    console.log(title);
    process.stdout.write(Buffer.concat(shown));
  }
  return { name, ok: status === 0, ms: Date.now() - startedMs };
}
