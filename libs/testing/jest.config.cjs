// The one Jest configuration; every project runs it with its own --rootDir.
// ESM packages are transformed to CommonJS, which Jest loads without flags.
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const project = path.relative(root, process.cwd());
const specs = fs
  .readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.spec.ts'));

const FEW = 8;

module.exports = {
  rootDir: process.cwd(),
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
  // More than waits in a test may take together (src/patience.ts): no test ends for being slow.
  testTimeout: 1_500_000,
  // One more than two cores: most of the time some wait for their servers. Few files are run in this process, as each
  // worker takes half a second to start.
  maxWorkers: specs.length > FEW ? 3 : 1,
  reporters: [
    'default',
    [
      path.join(__dirname, 'jest-count-reporter.cjs'),
      { file: path.join(root, 'dist/test-results', `${project}.json`) },
    ],
  ],
};
