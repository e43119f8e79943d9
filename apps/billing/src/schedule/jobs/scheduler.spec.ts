import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
import { startScheduler, type SchedulerOptions } from './scheduler';

const logger = createLogger({ service: 'test', level: 'silent' });

const start = (
  options: Pick<SchedulerOptions<number>, 'take' | 'work'> & {
    concurrency?: number;
    pollMs?: number;
  },
) => startScheduler({ name: 'test', concurrency: 3, pollMs: 60_000, logger, ...options });

/** Takes 1, 2, … up to `count`, then nothing. */
function countTo(count: number): () => Promise<number | undefined> {
  let taken = 0;
  return () => Promise.resolve(taken < count ? (taken += 1) : undefined);
}

test('works on everything that is due, never on more than its share at the same time', async () => {
  const done: number[] = [];
  let [running, most] = [0, 0];
  const scheduler = start({
    take: countTo(20),
    async work(item) {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done.push(item);
    },
  });
  await waitFor(() => done.length === 20, { what: 'all to be done' });
  expect(most).toBe(3);
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  await scheduler.stop();
});

test.each([
  [2, false],
  [3, true],
])(
  'of %i places, while two are taken, what works is told that there is room: %s',
  async (concurrency, room) => {
    const told: boolean[] = [];
    let both = (): void => undefined;
    const working = new Promise<void>((resolve) => (both = resolve));
    const scheduler = start({
      concurrency,
      take: countTo(2),
      async work(item, hasRoom) {
        if (item === 2) setImmediate(both);
        await working;
        told.push(hasRoom());
      },
    });
    await waitFor(() => told.length === 2, { what: 'both' });
    await scheduler.stop();
    expect(told).toContain(room);
  },
);

test('what holds one place leaves the others free', async () => {
  const done: number[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const scheduler = start({
    take: countTo(10),
    async work(item) {
      if (item === 1) await held;
      done.push(item);
    },
  });
  await waitFor(() => done.length === 9, { what: 'the others' });
  release();
  await scheduler.stop();
  expect(done).toHaveLength(10);
});

test('a nudge is seen at once, also one that comes while it looks', async () => {
  let looks = 0;
  const scheduler = start({
    take() {
      looks += 1;
      if (looks === 2) scheduler.nudge();
      return Promise.resolve(undefined);
    },
    work: () => Promise.resolve(),
  });
  scheduler.nudge();
  await waitFor(() => looks === 3, { what: 'the nudge that came while it looked' });
  scheduler.nudge();
  await waitFor(() => looks === 4, { what: 'the nudge that came while it waited' });
  await scheduler.stop();
});

test('when looking fails it looks again, and goes on', async () => {
  let looks = 0;
  const done: number[] = [];
  const take = countTo(1);
  const scheduler = start({
    pollMs: 1,
    take() {
      looks += 1;
      return looks === 1 ? Promise.reject(new Error('The database is away.')) : take();
    },
    work: (item) => Promise.resolve(void done.push(item)),
  });
  await waitFor(() => done.length === 1, { what: 'work after the failure' });
  await scheduler.stop();
});

test('stopping takes nothing more and waits for what is under way', async () => {
  const done: number[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let taken = 0;
  const scheduler = start({
    concurrency: 1,
    take: () => Promise.resolve((taken += 1)),
    async work(item) {
      await held;
      done.push(item);
    },
  });
  await waitFor(() => taken === 1, { what: 'the first' });
  const stopped = scheduler.stop();
  release();
  await stopped;
  expect([taken, done]).toEqual([1, [1]]);
});
