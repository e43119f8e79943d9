import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const rating = 'libs/rating/src';

/** A copy of libs/rating inside the checkout, where its imports are found. */
let folder: string;
beforeEach(() => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'dist/price-kinds-'));
  cpSync(join(root, rating), join(folder, rating), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface NewKind {
  /** Under the checkout's folder. */
  readonly file: string;
  /** The last member of its union. */
  readonly last: string;
  readonly added: string;
}

/** The files of libs/rating and of the services which do not compile once these kinds are in their unions. */
function brokenFiles(kinds: readonly NewKind[]): string[] {
  for (const { file, last, added } of kinds) {
    const content = readFileSync(join(folder, file), 'utf8');
    expect(content).toContain(last);
    writeFileSync(join(folder, file), content.replace(last, last.replace(';', `\n  | ${added};`)));
  }
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      paths: {
        '@billingrails/rating': [`./${rating}/index.ts`],
        '@billingrails/rating/testing': [`./${rating}/testing/samples.ts`],
      },
    },
    include: [rating, ...['billing', 'invoicing'].map((app) => join(root, 'apps', app, 'src'))],
    exclude: [`${folder}/**/*.spec.ts`, `${root}/apps/**/*.spec.ts`],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript-7/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = [...stdout.matchAll(/^(\S.*?)\(\d+,\d+\): error/gm)].map(([, path]) => path ?? '');
  const copied = `${relative(root, folder)}/`;
  return [...new Set(files.map((path) => path.replace(copied, '')))].sort();
}

// Both at once, as it is the compiler that takes long.
test('a price model or a kind of step that is only in its union does not compile, in the files that CONTRIBUTING names', () => {
  const kinds = [
    {
      file: 'libs/rating/src/models/registry.ts',
      last: '  | DynamicPrice;',
      added: "{ readonly kind: 'unheardOf' }",
    },
    {
      file: 'libs/rating/src/steps/registry.ts',
      last: '  | SpreadStep;',
      added: "(Omit<AmountOffStep, 'kind'> & { readonly kind: 'unheardOf' })",
    },
  ];
  const files = brokenFiles(kinds);
  expect(files).toEqual([
    'apps/billing/src/bills/contract/bill.ts',
    'apps/billing/src/catalogue/contract/fee.ts',
    'apps/invoicing/src/invoices/contract/invoice.ts',
    'apps/invoicing/src/rendering/views/step-views.ts',
    'apps/invoicing/src/testing/bill-part-message.ts',
    'libs/rating/src/models/registry.ts',
    'libs/rating/src/steps/registry.ts',
    'libs/rating/src/testing/samples.ts',
  ]);
  const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  for (const each of files) expect(contributing).toContain(`\`${each}\``);
});
