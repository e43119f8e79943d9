import { fromBinary, toJson } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema } from '@bufbuild/protobuf/wkt';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LANGUAGES } from './languages';
import { missingFor, tryClient } from './try-client';

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
     fs.writeFileSync(process.argv[2], fs.readFileSync(0));
     process.stdout.write(Buffer.from([0x10, 0x01]));`,
  );
  return `local: ${JSON.stringify([process.execPath, script, file])}\n    strategy: all`;
}

test('there is a template and a program for each language, and for no other', () => {
  const expected = [...LANGUAGES].sort();
  expect(templates.map((name) => name.replace('.gen.yaml', '')).sort()).toEqual(expected);
  expect(readdirSync(join(root, 'clients')).sort()).toEqual(expected);
});

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
    expect([...new Set(packages)].sort()).toEqual(
      ['billing', 'common', 'ingest', 'invoicing', 'metering', 'webhooks'].map(
        (each) => `billingrails/${each}`,
      ),
    );
    const others = request.protoFile
      .map((each) => each.name)
      .filter((each) => /^buf|rpc/.test(each));
    expect(others).toEqual([]);
  },
);

test('the TypeScript client, made from its template, makes its request', () => {
  const tried = tryClient('typescript', root);
  if (tried.kind !== 'made') throw new Error(tried.programs.join());
  expect(toJson(IngestEventsRequestSchema, tried.request)).toEqual({
    events: [
      {
        eventName: 'api_call',
        idempotencyKey: 'call-1',
        properties: { billingrails_account_id: 'acct_acme', bytes: '12.5' },
      },
    ],
  });
});

test('a toolchain that is not there is named with what brings it, never passed over', () => {
  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    expect(missingFor('go', root)).toEqual(['go (Go 1.24 or newer, of https://go.dev/dl)']);
    expect(missingFor('java', root)).toHaveLength(2);
    expect(missingFor('typescript', root)).toEqual([]);
  } finally {
    process.env['PATH'] = path;
  }
});
