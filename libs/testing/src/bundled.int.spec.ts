import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { bundled } from './bundled';

test('a program is bundled into one file that runs by itself; one that is not there is named', () => {
  const [patience] = bundled('src/patience.ts');
  const { status } = spawnSync(process.execPath, [patience], { cwd: '/' });
  expect(status).toBe(0);
  expect(() => bundled('src/nowhere.ts')).toThrow('src/nowhere.ts');
});

test('a trace of a service tells lines and columns of our sources, and lines of packages', () => {
  const folder = makeTemporaryFolder();
  const built = join(process.cwd(), '../../dist/apps', basename(folder));
  const packaged = join(folder, 'node_modules/packaged');
  for (const place of [packaged, join(folder, 'src')]) mkdirSync(place, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(
    join(packaged, 'index.js'),
    'exports.call = (body) => [\n  body,\n].map(\n  (each) => 1 + each(),\n);\n',
  );
  writeFileSync(
    join(folder, 'src/main.ts'),
    `import { call } from 'packaged';\n\ntype Nothing = undefined;\nconst fail = (what: string) => {\n  throw new Error(what);\n};\ncall((): Nothing =>\n  fail('so'));\n`,
  );
  try {
    execFileSync(process.execPath, [join(process.cwd(), '../../tools/bundle.mjs')], {
      cwd: folder,
    });
    const program = join(built, 'main.mjs');
    // Colours would stand between a package's name and its file.
    const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', program], {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    expect(stderr).toContain('main.ts:5:9');
    expect(stderr).toContain('main.ts:8:3');
    expect(stderr).toContain('packaged/index.js:4:');
  } finally {
    removeTemporaryFolder(built);
    removeTemporaryFolder(folder);
  }
});
