import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/**
 * Apps meet in the contracts. By name nothing else refuses them: they export nothing that the Nx rule could look up.
 */
const foreignInsides = [
  {
    group: [
      'access-service',
      'ingest',
      'metering',
      'billing',
      'invoicing',
      'webhooks',
      'gateway',
      'console',
    ].flatMap((app) => [`@billingrails/${app}`, `@billingrails/${app}/**`]),
    message: 'Nothing imports an app: apps meet in the contracts.',
  },
  {
    group: ['@billingrails/*/src', '@billingrails/*/src/**'],
    message: 'Import a lib by its name: its inside may change.',
  },
];

/** What no pure code may touch: I/O, generated contracts, and of our own libs all but the pure ones. */
const impurePackages = [
  'mongodb',
  'nats',
  'pino',
  '@grpc/*',
  '@connectrpc/*',
  '@bufbuild/*',
  '@billingrails/*',
  ...['errors', 'ids', 'money', 'time', 'rating', 'filters', 'event-shapes'].map(
    (lib) => `!@billingrails/${lib}`,
  ),
];

/** Of Node's own modules pure code may hash and compare: the others do I/O, tell the time or roll dice. */
const impureModules = [
  ...builtinModules
    .filter((name) => name !== 'crypto' && name !== 'util')
    .flatMap((name) => [name, `node:${name}`])
    .map((name) => ({ name, message: 'Pure code does no I/O.' })),
  ...['crypto', 'node:crypto'].map((name) => ({
    name,
    allowImportNames: ['createHash', 'hash'],
    message: 'Pure code may hash; what is random is passed in.',
  })),
];

/** Floats would lose money; a clock or a die would make a decision impossible to repeat. */
const impureCalls = [
  ['Date', 'now', 'Pass the instant in (`now`, `asOf`).'],
  ['Math', 'random', 'Pass what is random in.'],
  ['Number', 'parseFloat', 'Quantities and money are Decimal.'],
].map(([object, property, message]) => ({ object, property, message }));

/** Who may import whom. `allow` are imports that no other rule of the boundaries looks at. */
const boundaries = (allow) => [
  'error',
  {
    allow,
    depConstraints: [
      { sourceTag: 'type:pure', onlyDependOnLibsWithTags: ['type:pure'] },
      { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:contracts'] },
      {
        sourceTag: 'type:platform',
        onlyDependOnLibsWithTags: ['type:pure', 'type:contracts', 'type:platform', 'type:testing'],
      },
      {
        sourceTag: 'type:app',
        onlyDependOnLibsWithTags: ['type:pure', 'type:contracts', 'type:platform', 'type:testing'],
      },
      {
        sourceTag: 'type:testing',
        onlyDependOnLibsWithTags: ['type:tool', 'type:pure', 'type:contracts', 'type:platform'],
      },
      {
        sourceTag: 'type:tool',
        onlyDependOnLibsWithTags: [
          'type:tool',
          'type:pure',
          'type:contracts',
          'type:platform',
          'type:testing',
        ],
      },
      ...['access', 'ingest', 'metering', 'billing', 'invoicing', 'webhooks', 'gateway'].map(
        (scope) => ({
          sourceTag: `scope:${scope}`,
          onlyDependOnLibsWithTags: [`scope:${scope}`, 'scope:shared'],
        }),
      ),
      { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
    ],
  },
];

/** One handwriting, as far as a rule can see it. */
const handwriting = [
  {
    selector:
      "PropertyDefinition[accessibility='private'], MethodDefinition[accessibility='private'][kind!='constructor']",
    message:
      'A private member is written #name; only what a constructor is given is private readonly.',
  },
  {
    selector:
      "CallExpression[callee.property.name=/^(debug|info|warn|error|fatal)$/]:matches([callee.object.name='logger'], [callee.object.property.name='logger']) > Literal[value=/^[A-Z][a-z]+(?![A-Za-z])|[.]$/]",
    message:
      'A log message begins with a small letter, unless with a name, and ends without a full stop.',
  },
];

const constantOf = (init) =>
  `:matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind='const'] > VariableDeclarator[id.name=/^[a-z]/]${init}`;

/** What is fixed for a whole file is seen to be so. In tests such values are the story's, not limits. */
const constants = [
  "[init.type='Literal']:not([init.regex])",
  "[init.type='UnaryExpression']",
  "[init.type='BinaryExpression']:not(:has(CallExpression))",
].map((init) => ({
  selector: constantOf(init),
  message: 'A constant of a file that is a number, text or truth value is written UPPER_CASE.',
}));

/** Tests hold on a machine of any speed: waits end on conditions, and libs/testing has the one end for all of them. */
const haste = [
  [
    "CallExpression[callee.name='waitFor'] > ObjectExpression > Property[key.name='timeoutMs']",
    'Wait as long as all tests do (PATIENCE_MS).',
  ],
  [
    'CallExpression[callee.name=/^(test|it)$/][arguments.length>2]',
    'A test has no end of its own.',
  ],
  [
    "CallExpression[callee.type='CallExpression'][callee.callee.object.name=/^(test|it)$/][arguments.length>2]",
    'A test has no end of its own.',
  ],
  [
    'CallExpression[callee.name=/^(before|after)(All|Each)$/][arguments.length>1]',
    'A hook has no end of its own.',
  ],
  [
    "MemberExpression[object.name='jest'][property.name='setTimeout']",
    'libs/testing/jest.config.cjs has the one end for all tests.',
  ],
  [
    "CallExpression[callee.property.name=/^toBeLess/] CallExpression[callee.object.name='performance']",
    'How fast something is depends on the machine: assert what happens, or how much work it is.',
  ],
].map(([selector, message]) => ({ selector, message }));

export default tseslint.config(
  // What is made while others run may be gone before it is read: the site's build keeps its pages in .temp.
  { ignores: ['**/dist/**', '**/gen/**', '**/.nx/**', '**/.data/**', '**/.temp/**', '**/*.cjs'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-imports': ['error', { patterns: foreignInsides }],
      eqeqeq: 'error',
      // One process runs many test files.
      'no-extend-native': 'error',
      'no-restricted-syntax': ['error', ...handwriting, ...constants],
      // Comments alone: code is as wide as Prettier makes it.
      'max-len': ['error', { code: 10_000, comments: 120, ignoreUrls: true }],
    },
  },
  {
    files: [
      '**/src/**/domain/**/*.ts',
      '**/libs/{money,time,ids,errors,rating,filters,event-shapes}/src/**/*.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: impureModules,
          patterns: [
            ...foreignInsides,
            {
              group: impurePackages,
              message: 'Pure code does no I/O and knows no contract or database.',
            },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: 'Quantities and money are Decimal.' },
        { name: 'setTimeout', message: 'Pure code has no clock.' },
        { name: 'setInterval', message: 'Pure code has no clock.' },
        { name: 'setImmediate', message: 'Pure code has no clock.' },
        { name: 'performance', message: 'Pure code has no clock.' },
        { name: 'crypto', message: 'Pass what is random in.' },
        { name: 'globalThis', message: 'Pure code knows only what it is given.' },
        { name: 'process', message: 'Only main.ts reads the environment.' },
        { name: 'fetch', message: 'Pure code does no I/O.' },
      ],
      'no-restricted-properties': ['error', ...impureCalls],
      'no-restricted-syntax': [
        'error',
        ...handwriting,
        ...constants,
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Pass the instant in.',
        },
        { selector: "CallExpression[callee.name='Date']", message: 'Pass the instant in.' },
        {
          selector: "MemberExpression[object.name='Temporal'][property.name='Now']",
          message: 'Pass the instant in.',
        },
      ],
    },
  },
  {
    files: ['**/src/**/use-cases/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...foreignInsides,
            {
              group: ['@connectrpc/*', '@bufbuild/*', '@billingrails/contracts/**'],
              message:
                'A use case takes and gives domain values: an RPC, a consumer and a job call the same one.',
            },
          ],
        },
      ],
    },
  },
  {
    // The goldens join the pure halves of two services, which nothing else may: neither is started.
    files: ['**/tools/goldens/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries([
        '../../../apps/billing/**',
        '../../../apps/invoicing/**',
      ]),
    },
  },
  {
    files: ['**/*.spec.ts'],
    ignores: ['libs/testing/src/wait-for.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...handwriting, ...haste] },
  },
  {
    files: ['**/*.mjs'],
    rules: { 'no-restricted-exports': 'off' },
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
