// Bundles the app in the current folder into one self-contained ESM file, dist/apps/<app>/main.mjs.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const outDir = join(root, 'dist/apps', basename(process.cwd()));
mkdirSync(outDir, { recursive: true });
await build({
  entryPoints: ['src/main.ts'],
  outfile: join(outDir, 'main.mjs'),
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
