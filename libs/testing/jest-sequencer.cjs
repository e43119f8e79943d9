// Which test files run first, so that none is left to run alone in the end, and so that few whole platforms run at the
// same time: each is seven services and two servers, and five of them at once wait for each other longer than calls do.
const { statSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

/** The projects whose tests start whole platforms, those first that take longest. */
const WHOLE = ['year', 'chaos', 'e2e', 'sharding', 'clients', 'stack'];
/** Of all files beside which they run, how many have begun when the last of them begins. */
const SPREAD = 3 / 4;

const wholeRank = ({ path }) => WHOLE.indexOf(/[\\/]tools[\\/]([^\\/]+)/.exec(path)?.[1]);

/** Those with servers, and of tools, which may compile much, take longer than the rest. */
const rank = ({ path }) => (/[\\/]tools[\\/]|\.int\.spec\.ts$/.test(path) ? 0 : 1);

/** By rank, of each the larger first. */
const sorted = (tests, rankOf) =>
  tests
    .map((test) => ({ test, rank: rankOf(test), size: statSync(test.path).size }))
    .sort((a, b) => a.rank - b.rank || b.size - a.size)
    .map(({ test }) => test);

module.exports = class extends Sequencer {
  sort(tests) {
    const whole = sorted(
      tests.filter((test) => wholeRank(test) >= 0),
      wholeRank,
    );
    const others = sorted(
      tests.filter((test) => wholeRank(test) < 0),
      rank,
    );
    const beside = others.filter((test) => rank(test) === 0).length;
    const between = Math.floor((beside * SPREAD) / Math.max(1, whole.length));
    return [
      ...others.flatMap((test, index) => {
        const isNext = between > 0 && index % between === 0;
        return isNext ? [...whole.splice(0, 1), test] : [test];
      }),
      ...whole,
    ];
  }
};
