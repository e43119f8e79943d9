// Bundles the app in the current folder into one self-contained ESM file, dist/apps/<app>/main.mjs. Tests name the
// programs they run, and a folder for them, as 0.mjs, 1.mjs …: node bundle.mjs FOLDER ENTRY...
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const [folder, ...entries] = process.argv.slice(2);
const outDir = folder ?? join(root, 'dist/apps', basename(process.cwd()));
mkdirSync(outDir, { recursive: true });
await build({
  entryPoints:
    folder === undefined
      ? ['src/main.ts']
      : entries.map((entry, index) => ({ in: entry, out: String(index) })),
  outdir: outDir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
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
