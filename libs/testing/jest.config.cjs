// The one Jest configuration: in a project's folder for that project, in the checkout's for all of them at once, which
// start their processes, packages and servers once instead of once a project.
// ESM packages are transformed to CommonJS, which Jest loads without flags.
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const project = path.relative(root, process.cwd());

const FEW = 8;

const specsOf = (folder) =>
  fs
    .readdirSync(path.join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'));

const configOf = (folder) => ({
  rootDir: folder,
  runtime: path.join(__dirname, 'jest-runtime.cjs'),
  testEnvironment: path.join(__dirname, 'src/environment.ts'),
  moduleNameMapper: {
    // Generated code imports with extensions, as Node does.
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': path.join(__dirname, 'fast-check.cjs'),
    '^#fast-check$': require.resolve('fast-check'),
  },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  transform: {
    '^.+\\.m?[jt]sx?$': [
      require.resolve('@swc/jest'),
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(@billingrails|eta)/)'],
});

/** Every project whose tests `npm test` runs. */
const projects = () =>
  ['apps', 'libs', 'tools']
    .flatMap((group) =>
      fs.readdirSync(path.join(root, group)).map((name) => path.join(root, group, name)),
    )
    .filter((folder) => {
      const file = path.join(folder, 'package.json');
      if (!fs.existsSync(file)) return false;
      const { targets = {} } = JSON.parse(fs.readFileSync(file, 'utf8')).nx ?? {};
      return 'test' in targets || 'e2e' in targets;
    });

const isAll = project === '';

module.exports = {
  ...(isAll ? { rootDir: root, projects: projects().map(configOf) } : configOf(process.cwd())),
  testSequencer: path.join(__dirname, 'jest-sequencer.cjs'),
  // More than waits in a test may take together (src/patience.ts): no test ends for being slow.
  testTimeout: 1_500_000,
  // More than two cores: most of the time some wait for their servers. Few files are run in this process, as each
  // worker takes half a second to start.
  maxWorkers: isAll ? 5 : specsOf(process.cwd()).length > FEW ? 3 : 1,
  reporters: [
    'default',
    [
      path.join(__dirname, 'jest-count-reporter.cjs'),
      { file: path.join(root, 'dist/test-results', `${isAll ? 'all' : project}.json`) },
    ],
  ],
};
