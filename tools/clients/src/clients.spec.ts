import { fromBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema } from '@bufbuild/protobuf/wkt';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { missingFor } from './build-library';
import { quickstartOf } from './conformance/quickstart';
import { LANGUAGES } from './languages';

const root = resolve(__dirname, '../../..');
const templates = readdirSync(join(root, 'proto/clients')).filter((name) => name.endsWith('.yaml'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands in for a plugin: keeps what buf hands it, and generates nothing. */
function recorderOf(file: string): string {
  const script = join(folder, 'recorder.cjs');
  writeFileSync(
    script,
    `const fs = require('node:fs');
     // The plugins of a template run side by side, so each writes a file of its own, which becomes the last one's.
     const own = process.argv[2] + process.pid;
     fs.writeFileSync(own, fs.readFileSync(0));
     fs.renameSync(own, process.argv[2]);
     process.stdout.write(Buffer.from([0x10, 0x01]));`,
  );
  return `local: ${JSON.stringify([process.execPath, script, file])}\n    strategy: all`;
}

test('there is a library for each language, and for no other', () => {
  expect(readdirSync(join(root, 'clients')).sort()).toEqual([...LANGUAGES].sort());
});

test.each(LANGUAGES)(
  'the README of %s has a quickstart of about ten lines that can be run',
  (name) => {
    const code = quickstartOf(readFileSync(join(root, 'clients', name, 'README.md'), 'utf8'));
    const bare = /^(import|use|from|package|const .* = require|[ \t]*[)}\]]+;?$|\s*$)/;
    const lines = code.split('\n').filter((line) => !bare.test(line));
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(20);
  },
);

test.each(templates)(
  '%s hands every plugin the public contracts: nothing of the bus, nothing of others, no rules',
  (name) => {
    const recorded = join(folder, `${name}.bin`);
    const template = readFileSync(join(root, 'proto/clients', name), 'utf8')
      .replaceAll(/(?:local|protoc_builtin): .*/g, recorderOf(recorded))
      .replaceAll(/ +protoc_path: .*\n/g, '');
    const file = join(folder, name);
    writeFileSync(file, template);
    const plugins = template.match(/- local:/g)?.length ?? 0;
    expect(template.match(/exclude_types: \['buf\.validate\.\*\*'\]/g)).toHaveLength(plugins);
    execFileSync(
      join(root, 'node_modules/.bin/buf'),
      ['generate', '--template', file, '-o', folder],
      { cwd: join(root, 'proto') },
    );
    const request = fromBinary(CodeGeneratorRequestSchema, readFileSync(recorded));
    const packages = request.fileToGenerate.map((path) => path.split('/').slice(0, 2).join('/'));
    const expected = readdirSync(join(root, 'proto/billingrails'))
      .filter((each) => each !== 'bus')
      .map((each) => `billingrails/${each}`);
    // TypeScript's runtime is the only one that does not bring the details of errors.
    const details = name === 'typescript.gen.yaml' ? ['google/rpc'] : [];
    expect([...new Set(packages)].sort()).toEqual([...expected, ...details]);
    const others = request.protoFile
      .map((each) => each.name)
      .filter((each) => /^buf|rpc/.test(each));
    expect(others).toEqual(details.map((each) => `${each}/error_details.proto`));
  },
);

test('a toolchain that is not there is named with what brings it, never passed over', () => {
  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    expect(missingFor('python', root)).toEqual([
      'python3 (Python 3.10 or newer, with its module venv)',
    ]);
    expect(missingFor('typescript', root)).toEqual([]);
  } finally {
    process.env['PATH'] = path;
  }
});
