import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { programName } from './builds';
import { errorText } from '../errors';
import { findOnPath } from './path-search';
import { showGrowth } from './progress';
import { run } from './run';
import { SourceUnavailable, type Context } from './source';

/**
 * What is fetched where no wheel fits. Both sources verify what they deliver: by MD5, and by Go's checksum database.
 */
export const FALLBACK_VERSIONS = { mongod: '7.0.28', 'nats-server': '2.15.1' } as const;

/**
 * Downloads the official build of mongod for this system into the folder. Returns its path; throws SourceUnavailable.
 */
export async function fetchOfficialMongod(folder: string, context: Context): Promise<string> {
  const version = FALLBACK_VERSIONS.mongod;
  const what = `Fetching MongoDB ${version} from mongodb.org`;
  const stopShowing = showGrowth(what, folder, undefined, context.report);
  try {
    // Loaded only here: hardly anyone gets this far, and each test file would pay for it.
    const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary');
    const found = await MongoBinary.getPath({ version, downloadDir: folder, checkMD5: true });
    // It may lie in that package's own cache, which is not ours to move.
    const copy = join(folder, programName('mongod', process.platform));
    copyFileSync(found, copy);
    return copy;
  } catch (error) {
    throw new SourceUnavailable(`download of MongoDB ${version}: ${errorText(error)}`);
  } finally {
    stopShowing();
  }
}

/** Compiles nats-server with Go into the folder. Returns its path; throws SourceUnavailable. */
export async function buildNatsServer(folder: string, context: Context): Promise<string> {
  const target = `github.com/nats-io/nats-server/v2@v${FALLBACK_VERSIONS['nats-server']}`;
  const go = findOnPath('go', context.env);
  if (go === undefined)
    throw new SourceUnavailable(`go install ${target}: there is no go on the PATH`);
  context.report(`Compiling ${target} (go install), about half a minute …`);
  const result = await run(go, ['install', target], { env: { ...context.env, GOBIN: folder } });
  if (result.status !== 0) {
    throw new SourceUnavailable(`go install ${target}: ${result.output.trim().slice(-500)}`);
  }
  return join(folder, programName('nats-server', process.platform));
}
