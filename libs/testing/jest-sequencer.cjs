// Which test files run first, so that none is left to run alone in the end: the tools', which start whole services or
// compile much, then those with servers, then the rest; of each the larger first.
const { statSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

const rank = ({ path }) => {
  if (/[\\/]tools[\\/]/.test(path)) return 0;
  return path.endsWith('.int.spec.ts') ? 1 : 2;
};

module.exports = class extends Sequencer {
  sort(tests) {
    const sized = tests.map((test) => ({ test, rank: rank(test), size: statSync(test.path).size }));
    return sized.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }
};
