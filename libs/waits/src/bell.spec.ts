import { Bell, rest } from './bell';

const NEVER_MS = 2 ** 40;

test('a ring ends the wait under way', async () => {
  const bell = new Bell();
  const waiting = bell.wait(NEVER_MS);
  bell.ring();
  await waiting;
});

test('a ring while nobody waits ends the next wait, and only that', async () => {
  const bell = new Bell();
  bell.ring();
  bell.ring();
  await bell.wait();
  let ended = false;
  const second = bell.wait().then(() => (ended = true));
  await new Promise(setImmediate);
  expect(ended).toBe(false);
  bell.ring();
  await second;
});

test('a wait ends after its time', async () => {
  await new Bell().wait(0);
  await rest(1);
});

test('a wait that is aborted, before or meanwhile, ends without an error and leaves no listener', async () => {
  const before = AbortSignal.abort();
  await rest(NEVER_MS, before);
  const controller = new AbortController();
  const remove = jest.spyOn(controller.signal, 'removeEventListener');
  const waiting = rest(NEVER_MS, controller.signal);
  controller.abort();
  await waiting;
  expect(remove).toHaveBeenCalledTimes(1);
});
