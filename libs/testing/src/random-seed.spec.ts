import fc from 'fast-check';
import { randomSeed } from './random-seed';

const random = () => 0.5;

test.each([
  ['CI=true: always the same', { CI: 'true' }, 20_261_128],
  ['CI=1, as well', { CI: '1' }, 20_261_128],
  ['without CI: another each time', {}, 2 ** 30],
  ['npm run chaos: another each time', { CI: 'true', CHAOS: 'true' }, 2 ** 30],
  ['the one that is given, before all', { CI: 'true', CHAOS: 'true', RANDOM_SEED: '-7' }, -7],
])('the seed of a run with %s', (_run, env, seed) => {
  expect(randomSeed(env, random)).toBe(seed);
});

test('a seed that is no whole number is refused', () => {
  expect(() => randomSeed({ RANDOM_SEED: 'x' })).toThrow('RANDOM_SEED is a whole number, not x.');
});

test('fast-check throws by the seed of the run, in every file that imports it', () => {
  const seen = new Set<number>();
  const given = fc.readConfigureGlobal()?.seed;
  for (const run of [1, 2]) {
    const details = fc.check(
      fc.property(fc.nat(), (n) => void seen.add(n)),
      { numRuns: 20 * run },
    );
    expect(details.seed).toBe(given);
  }
  const [first] = fc.sample(fc.nat(), {
    numRuns: 1,
    ...(given === undefined ? {} : { seed: given }),
  });
  expect(seen).toContain(first);
  if (['true', '1'].includes(process.env['CI'] ?? '') && !process.env['RANDOM_SEED']) {
    expect(given).toBe(20_261_128);
  }
});
