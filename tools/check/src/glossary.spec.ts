import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
const shortNames = glossary.slice(glossary.indexOf('## Short field names'));
const told = [...shortNames.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);

/** The short names of the fields of a document, also of those inside it. */
function shortFieldsOf(declaration: string): string[] {
  const code = declaration.replace(/\/\*\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(/(?<=[{;]\s*|\n\s*)([a-z]{1,2})\??:/g)].map(([, name = '']) => name);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => join(folder, name));
}

const DOCUMENTS =
  /^(?:export )?interface (?:\w+Doc|StateFields|DecimalPair)\b[^{]*(\{[\s\S]*?\n\})/gm;

test('the glossary has every short field name in the documents of metering, and no other', () => {
  const used = sourceFiles(join(root, 'apps/metering/src')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(DOCUMENTS)].flatMap(([, body = '']) =>
      shortFieldsOf(body),
    ),
  );
  expect([...new Set(used)].sort()).toEqual([...told].sort());
});

test('a short field name has one meaning', () => {
  expect(told.filter((name, index) => told.indexOf(name) !== index)).toEqual([]);
  expect(shortNames).not.toContain('⚠');
});

/** The lines of a folder's documents that declare fields. */
function documentFields(folder: string): string[] {
  return sourceFiles(join(root, folder, 'src'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(ALL_DOCUMENTS)])
    .flatMap(([, body = '']) => body.split('\n'))
    .filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line));
}

const ALL_DOCUMENTS =
  /^(?:export )?(?:interface|type) (?:\w+Doc|StateFields|DecimalPair)\b([\s\S]*?(?:\n\}|;\n(?=\n)))/gm;

test('every service stores instants in one way, as dates', () => {
  const folders = [
    'apps/metering',
    'apps/billing',
    'apps/invoicing',
    'apps/webhooks',
    'apps/access',
    'libs/mongo',
  ];
  for (const folder of folders) {
    const fields = documentFields(folder);
    expect(fields.filter((line) => /Ms\??:/.test(line))).toEqual([]);
    expect(fields.filter((line) => /: Date\b/.test(line)).length).toBeGreaterThan(1);
  }
});
