// Jest's own way to load modules, which loads all of them anew for each test file, with what need not be done again in
// the same process: packages of others and generated contracts are loaded once, other code is compiled once. Our own
// modules still run anew for each file, so that none of their state is left for the next.
const { statSync } = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');
const { default: JestRuntime } = require('jest-runtime');

/** Of our own modules: generated contracts, and the compiled rules of their messages. */
const KEPT = ['contracts/src/', 'rpc/src/interceptors/validator.ts'].map(
  (place) => path.resolve(__dirname, '..') + path.normalize(`/${place}`),
);

/**
 * Packages that keep nothing from one caller to the next. Not those with pools or registries of their own: grpc-js,
 * prom-client, pino.
 */
const SHARED = new RegExp(
  `/node_modules/(${[
    '@bufbuild/(protobuf|protovalidate|cel)',
    '@connectrpc/(connect|connect-node)',
    'bson',
    'currency-codes',
    'decimal\\.js',
    'fast-check',
    'mongodb',
    'nats',
    'temporal-polyfill',
    'zod',
  ].join('|')})/`.replaceAll('/', `\\${path.sep}`),
);

/** By file: what it was transformed to, and that compiled. */
const codes = new Map();
const scripts = new Map();
/** By file of KEPT: what it exports. */
const kept = new Map();

class Runtime extends JestRuntime {
  constructor(...args) {
    super(...args);
    const { cjsLoader, executor, transformCache } = this;
    keepCodes(transformCache);
    keepScripts(executor);
    keepModules(cjsLoader);
  }
}

function keepCodes(cache) {
  const transform = cache.transform.bind(cache);
  cache.transform = (file, options) => {
    const { mtimeMs, size } = statSync(file);
    const known = codes.get(file);
    if (known?.mtimeMs === mtimeMs && known.size === size) {
      if (known.sourceMap !== undefined) cache.sourceMaps.set(file, known.sourceMap);
      return known.code;
    }
    const code = transform(file, options);
    codes.set(file, { mtimeMs, size, code, sourceMap: cache.sourceMaps.get(file) });
    return code;
  };
}

function keepScripts(executor) {
  const parameters = executor.injectedModuleParameters.join(',');
  const head = `(function(${parameters}){`;
  executor.compile = (code, filename) => {
    let known = scripts.get(filename);
    if (known?.code !== code) {
      // Columns are counted as if the head was not there.
      const options = { filename, columnOffset: -head.length };
      known = { code, script: new Script(`${head}${code}\n})`, options) };
      scripts.set(filename, known);
    }
    return known.script.runInThisContext();
  };
}

function keepModules(loader) {
  const load = loader.loadModule.bind(loader);
  loader.loadModule = (module, from, name, file, options, registry) => {
    if (SHARED.test(file)) {
      module.exports = requireShared(file);
    } else if (kept.has(file)) {
      module.exports = kept.get(file);
    } else {
      load(module, from, name, file, options, registry);
      if (KEPT.some((place) => file.startsWith(place))) kept.set(file, module.exports);
      return;
    }
    module.loaded = true;
  };
}

/** Globals in which a package keeps its settings stay as long as the package. */
function requireShared(file) {
  const before = new Set(Reflect.ownKeys(globalThis));
  const exported = require(file);
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!before.has(name)) Object.defineProperty(globalThis, name, { configurable: false });
  }
  return exported;
}

module.exports = { __esModule: true, default: Runtime };
