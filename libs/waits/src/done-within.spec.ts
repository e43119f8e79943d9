import { isDoneWithin } from './done-within';

const NEVER_MS = 2 ** 40;

test('work that succeeds or fails in time is done', async () => {
  expect(await isDoneWithin(Promise.resolve(), NEVER_MS)).toBe(true);
  expect(await isDoneWithin(Promise.reject(new Error('fails')), NEVER_MS)).toBe(true);
});

test('work that goes on is not done, and its later failure hurts nobody', async () => {
  let fail = (): void => undefined;
  const work = new Promise((_resolve, reject) => (fail = () => reject(new Error('late'))));
  expect(await isDoneWithin(work, 1)).toBe(false);
  fail();
  await new Promise(setImmediate);
});
