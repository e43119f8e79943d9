import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { LintedText } from './lint-texts';

const root = resolve(__dirname, '../../..');
const pureFile = 'apps/billing/src/bills/domain/a-decision.ts';
const anyFile = 'apps/billing/src/rpc/a-service.ts';
const useCaseFile = 'apps/billing/src/bills/use-cases/a.ts';
const goldenFile = 'tools/goldens/src/a.ts';
const libFile = 'libs/money/src/a-part.ts';
const specFile = 'apps/billing/src/rpc/a.spec.ts';

/** What the repository's own rules say about texts as if they lay at these paths. One process for all: it starts Nx. */
function lint(texts: readonly LintedText[]): string[][] {
  refreshGraph();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tools/check/src/lint-texts.ts'],
    {
      cwd: root,
      input: JSON.stringify(texts),
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false', CI: '1' },
    },
  );
  if (status !== 0) throw new Error(`The linter did not run: ${stderr}`);
  return JSON.parse(stdout) as string[][];
}

/** The rule about boundaries reads the graph that Nx left, which is of another day where only this file is run. */
function refreshGraph(): void {
  const nx = resolve(root, 'node_modules/nx/dist/bin/nx.js');
  const { status, stderr } = spawnSync(process.execPath, [nx, 'show', 'projects'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', CI: '1' },
  });
  if (status !== 0) throw new Error(`Nx did not run: ${stderr}`);
}

const uses = (from: string) => `import { x } from '${from}';\nexport const y = x;\n`;
const does = (expression: string) => `export const y = ${expression};\n`;

const noIo = 'no-restricted-imports';
const boundary = '@nx/enforce-module-boundaries';
const haste = 'no-restricted-syntax';
const handwriting = 'no-restricted-syntax';

/** What, where, the text, and the rule that must refuse it. */
const forbidden: [string, string, string, string][] = [
  ['the database in a decision', pureFile, uses('mongodb'), noIo],
  ['the database in a pure lib', libFile, uses('mongodb'), noIo],
  ['the bus in a decision', pureFile, uses('nats'), noIo],
  ['a generated contract in a decision', pureFile, uses('@billingrails/contracts/x'), noIo],
  ['RPC in a decision', pureFile, uses('@connectrpc/connect'), noIo],
  ['a platform lib in a decision', pureFile, uses('@billingrails/mongo'), noIo],
  ['test servers in a decision', pureFile, uses('@billingrails/testing'), noIo],
  ['files in a decision', pureFile, uses('node:fs'), noIo],
  ['files by the old name', pureFile, uses('fs'), noIo],
  ['promised files', pureFile, uses('node:fs/promises'), noIo],
  ['the network', pureFile, uses('node:net'), noIo],
  ['timers', pureFile, uses('node:timers/promises'), noIo],
  ['a measured clock', pureFile, uses('node:perf_hooks'), noIo],
  ['random bytes', pureFile, "export { randomBytes } from 'node:crypto';\n", noIo],
  ['the clock', pureFile, does('Date.now()'), 'no-restricted-properties'],
  ['the clock in a pure lib', libFile, does('Date.now()'), 'no-restricted-properties'],
  ['the clock as a date', pureFile, does('new Date()'), 'no-restricted-syntax'],
  ['the clock as a text', pureFile, does('Date()'), 'no-restricted-syntax'],
  ['the clock of Temporal', pureFile, does('Temporal.Now.instant()'), 'no-restricted-syntax'],
  ['the clock for measuring', pureFile, does('performance.now()'), 'no-restricted-globals'],
  ['the clock behind globalThis', pureFile, does('globalThis.Date'), 'no-restricted-globals'],
  ['a timer', pureFile, does('setTimeout(y, 1)'), 'no-restricted-globals'],
  ['dice', pureFile, does('Math.random()'), 'no-restricted-properties'],
  ['a random id', pureFile, does('crypto.randomUUID()'), 'no-restricted-globals'],
  ['a float read', pureFile, does("parseFloat('0.1')"), 'no-restricted-globals'],
  ['a float read by Number', pureFile, does("Number.parseFloat('1')"), 'no-restricted-properties'],
  ['the environment', pureFile, does('process.env'), 'no-restricted-globals'],
  ['a call', pureFile, does("fetch('http://x')"), 'no-restricted-globals'],
  ['a call of the runtime in a use case', useCaseFile, uses('@connectrpc/connect'), noIo],
  ['a message in a use case', useCaseFile, uses('@billingrails/contracts/x'), noIo],
  ['an app in a use case', useCaseFile, uses('@billingrails/metering'), noIo],
  ['an app by name', anyFile, uses('@billingrails/metering'), noIo],
  ['an app by a path behind its name', anyFile, uses('@billingrails/metering/src/config'), noIo],
  ['an app by a relative path', anyFile, uses('../../../metering/src/config'), boundary],
  ['an app from a lib', 'libs/rpc/src/a.ts', uses('@billingrails/ingest/src/config'), noIo],
  ['the inside of a lib', anyFile, uses('@billingrails/money/src/decimal'), noIo],
  ['a lib by a relative path', anyFile, uses('../../../../libs/money/src/index'), boundary],
  ['a platform lib from a pure one', libFile, uses('@billingrails/mongo'), boundary],
  ['a pure lib from the contracts', 'libs/contracts/src/a.ts', uses('@billingrails/ids'), boundary],
  ['a third service in the goldens', goldenFile, uses('../../../apps/ingest/src/config'), boundary],
  ['a wait with an end of its own', specFile, "waitFor(f, { what: 'x', timeoutMs: 5 });\n", haste],
  ['a test with an end of its own', specFile, "test('x', f, 5);\n", haste],
  ['a table of tests with an end', specFile, "test.each([1])('x', f, 5);\n", haste],
  ['a hook with an end of its own', specFile, 'beforeAll(f, 5);\n', haste],
  ['an end for a file', specFile, 'jest.setTimeout(5);\n', haste],
  ['a stopwatch', specFile, 'expect(performance.now() - 1).toBeLessThan(5);\n', haste],
  ['a wide comment', anyFile, `// ${'word '.repeat(24)}\nexport const y = 1;\n`, 'max-len'],
  ['a private field', anyFile, 'export class A {\n  private readonly b = 1;\n}\n', handwriting],
  ['a private method', pureFile, 'export class A {\n  private b(): void {}\n}\n', handwriting],
  ['a constant in small letters', anyFile, 'export const waitMs = 5;\n', handwriting],
  ['a computed constant in small letters', pureFile, 'const waitMs = -5 * 60;\n', handwriting],
  ['a log message as a sentence', anyFile, "logger.info({ a }, 'Closed it.');\n", handwriting],
  ['a tool from an app', anyFile, uses('@billingrails/chaos'), boundary],
];

const allowed: [string, string, string][] = [
  ['a pure lib in a decision', pureFile, uses('@billingrails/money')],
  ['hashing in a decision', pureFile, "export { createHash } from 'node:crypto';\n"],
  ['a given instant in a decision', pureFile, does('new Date(0)')],
  ['a file beside it of a Node name', pureFile, uses('./events')],
  ['the database in a store', 'apps/billing/src/bills/store/a.ts', uses('mongodb')],
  ['the clock in main.ts', 'apps/billing/src/main.ts', does('Date.now()')],
  ['a contract in a service', anyFile, uses('@billingrails/contracts/x')],
  ['a platform lib in a service', anyFile, uses('@billingrails/mongo')],
  [
    'a decision of a service in the goldens',
    goldenFile,
    uses('../../../apps/billing/src/catalogue/domain/fee'),
  ],
  [
    'what a constructor is given',
    anyFile,
    'export class A {\n  constructor(private readonly b: number) {}\n}\n',
  ],
  ['a constant in capitals', anyFile, 'export const WAIT_MS = 5 * 60;\n'],
  ['a constant in small letters of a test', specFile, "export const account = 'acct_1';\n"],
  ['a log message that begins with a name', anyFile, "parts.logger.info('MongoDB is back');\n"],
  ['a wait as long as all', specFile, "waitFor(f, { what: 'x' });\n"],
  ['a file in a spec of a decision', 'apps/billing/src/bills/domain/a.spec.ts', uses('node:fs')],
];

describe('the rules that lint runs', () => {
  let results: string[][] = [];
  beforeAll(() => {
    results = lint([...forbidden, ...allowed].map(([, path, text]) => ({ path, text })));
  });

  test.each(forbidden.map((each, index) => [...each, index] as const))(
    'refuse %s: in %s',
    (_what, _path, _text, rule, index) => {
      expect(results[index]).toContainEqual(expect.stringMatching(new RegExp(`^${rule}: `)));
    },
  );

  test.each(allowed.map((each, index) => [...each, forbidden.length + index] as const))(
    'allow %s: in %s',
    (_what, _path, _text, index) => {
      expect(results[index]).toEqual([]);
    },
  );
});
