// Runs before every command of package.json, on plain Node: checks the Node version and installs the packages
// of package-lock.json when they are missing or of another lock. With --generate it also generates the contracts, with
// --build those and the bundles of the services, from Nx's cache where nothing changed; help needs no services. Not
// where the caller says that all is BUILT, as tests do, beside which nothing may be written anew. Talks on stderr, so
// that stdout stays the command's.
//
// Then it becomes the program that it was given, with its arguments: node setup.mjs [--build] PROGRAM [ARGUMENT]...
// It ends with npm, also where that is killed and nobody passes a signal on.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath, pathToFileURL } from 'node:url';

const parent = process.ppid;
const npm = npmBehind(parent);
const root = fileURLToPath(new URL('..', import.meta.url));

const words = process.argv.slice(2);
const step = words[0]?.startsWith('--') ? words.shift() : undefined;
const [program, ...given] = words;
const asksForHelp = given.includes('--help') || given.includes('-h');

const { engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
if (!admits(engines.node, process.versions.node)) {
  fail(`Node ${process.versions.node} is not among those that work here: ${engines.node}.`);
}

const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');
const stamp = `${root}node_modules/.installed-lock`;
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing packages (npm ci), about half a minute…\n');
  // The shell finds npm.cmd on Windows; nothing here comes from outside.
  const install = spawnSync('npm ci --no-progress --loglevel=error', {
    cwd: root,
    shell: true,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'development' },
  });
  if (install.status !== 0)
    fail('npm ci failed; its message is above. Is the npm registry reachable?');
  writeFileSync(stamp, lock);
}

if (process.env.BUILT !== 'true') {
  if (step === '--build' && !asksForHelp) {
    process.stderr.write('Building the services…\n');
    make('run-many -t build -p tag:type:app');
  } else if (step !== undefined) make('run @billingrails/contracts:generate');
}
if (program !== undefined) await become(`${root}${program}`);

/** Runs a program of TypeScript in this process, which is told to end when whoever asked for it has died. */
async function become(file) {
  const watch = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 1000);
  watch.unref();
  process.argv = [process.execPath, file, ...given];
  await import('tsx');
  await import(pathToFileURL(file).href);
}

/** npm runs scripts by a shell, which outlives it. Undefined where the parent is none of those, or nothing can tell. */
function npmBehind(shell) {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', `${shell}`], { encoding: 'utf8' });
  const [, pid] = /^\s*(\d+) .*tools\/setup\.mjs/.exec(stdout ?? '') ?? [];
  return pid && Number(pid);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Runs targets of Nx; shows what they say where they fail. */
function make(targets) {
  const made = spawnSync(`npx nx ${targets} --output-style=static`, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', CI: '1' },
  });
  if (made.status !== 0) fail(`${made.stdout}${made.stderr}\nThe build failed; see above.`);
}

/** Whether a version is in a range of alternatives, each `^1.2.3` (this major) or `>=1.2.3`; missing parts are zero. */
function admits(range, version) {
  const [major, minor, patch] = version.split('.').map(Number);
  return range.split('||').some((alternative) => {
    const [, operator, numbers] =
      /^(\^|>=)([\d.]+)$/.exec(alternative.trim()) ?? fail(`engines: ${range}`);
    const [wantedMajor, wantedMinor = 0, wantedPatch = 0] = numbers.split('.').map(Number);
    if (major !== wantedMajor) return operator === '>=' && major > wantedMajor;
    return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
