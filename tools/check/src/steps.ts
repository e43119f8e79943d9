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

/** Runs every step in order and returns how each ended. Their output goes to the terminal as it comes. */
export async function runSteps(): Promise<StepResult[]> {
  rmSync(resultsDir, { recursive: true, force: true });
  mkdirSync(resultsDir, { recursive: true });
  return [
    await check('formatting', 'prettier', ['--check', '--log-level', 'warn', '.']),
    await check(
      'contracts: format',
      'buf',
      ['format', '--diff', '--exit-code', '--path', 'billingrails'],
      'proto',
    ),
    await check('contracts: lint', 'buf', ['lint'], 'proto'),
    await contractsAgainstBaseline(),
    await nx('lint, types and build', ['lint-all', 'types-all', 'build']),
    await tests('tests'),
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
    'proto',
  );
}

function nx(
  name: string,
  targets: readonly string[],
  more: readonly string[] = [],
): Promise<StepResult> {
  return check(name, 'nx', [...nxArguments(targets, isCi(process.env)), ...more]);
}

/** What a project's tests left. */
type ProjectResult = TestCounts & {
  readonly failures: readonly TestFailure[];
  readonly slowest: readonly TimedTest[];
};

/**
 * Runs the tests of all projects, then adds up what each left, also when it came from the cache. What they build on was
 * made by the step before.
 */
async function tests(name: string): Promise<StepResult> {
  const result = await nx(name, ['test', 'e2e'], ['--exclude-task-dependencies']);
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

async function check(
  name: string,
  command: string,
  args: readonly string[],
  folder = '.',
): Promise<StepResult> {
  console.log(`\n== ${name}`);
  const startedMs = Date.now();
  const child = spawn(join(root, 'node_modules/.bin', command), args, {
    cwd: join(root, folder),
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, CI: '1', NX_DAEMON: 'false', RANDOM_SEED },
  });
  const status = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('exit', done);
  });
  return { name, ok: status === 0, ms: Date.now() - startedMs };
}
