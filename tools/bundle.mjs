// Bundles the app in the current folder into one self-contained ESM file, dist/apps/<app>/main.mjs. Others name the
// programs they bundle, and a folder for them, as 0.mjs, 1.mjs …, or by names: node bundle.mjs FOLDER [NAME=]ENTRY...
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { thinMap } from './thin-map.mjs';

const root = new URL('..', import.meta.url).pathname;
const [folder, ...entries] = process.argv.slice(2);
const outDir = folder ?? join(root, 'dist/apps', basename(process.cwd()));
mkdirSync(outDir, { recursive: true });
await build({
  entryPoints:
    folder === undefined
      ? ['src/main.ts']
      : entries.map((entry, index) => {
          const [file, name = String(index)] = entry.split('=').reverse();
          return { in: file, out: name };
        }),
  outdir: outDir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // Services alone run with their maps.
  sourcemap: folder === undefined ? 'linked' : false,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages inside an ESM bundle still call require.
  banner: {
    js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  },
  // Optional peers of mongodb that nobody installs here; it catches their absence.
  external: [
    'mongodb-client-encryption',
    'kerberos',
    '@mongodb-js/zstd',
    'snappy',
    'aws4',
    'socks',
    'gcp-metadata',
    '@aws-sdk/credential-providers',
  ],
});

if (folder === undefined) {
  const mapFile = join(outDir, 'main.mjs.map');
  const isOwn = (source) => !source.includes('/node_modules/');
  const map = thinMap(JSON.parse(readFileSync(mapFile, 'utf8')), isOwn);
  writeFileSync(mapFile, JSON.stringify(map));

  // Files that packages read while they run are laid beside the bundle, where these look for them: the app's
  // package.json names a file of a package and the place it goes to.
  const { bundledFiles = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const [from, to] of Object.entries(bundledFiles)) {
    cpSync(packageFile(from), join(outDir, to));
  }
}

/** A path that begins with a package's name, as a file of where it is installed. */
function packageFile(path) {
  const folders = createRequire(join(process.cwd(), 'package.json')).resolve.paths(path);
  const files = folders.map((folder) => join(folder, path));
  return files.find((file) => existsSync(file)) ?? files[0];
}
