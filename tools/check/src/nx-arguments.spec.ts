import { isCi, nxArguments } from './nx-arguments';

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['', false],
  [undefined, false],
])('with CI=%s a run takes no cached result: %s', (CI, anew) => {
  const args = nxArguments(['test'], isCi({ CI }));
  expect(args.includes('--skip-nx-cache')).toBe(anew);
});
