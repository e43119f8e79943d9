import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
import { repeat } from './repeat';

const logger = createLogger({ service: 'test', level: 'silent' });
const NEVER_MS = 3_600_000;

test('runs at once, goes on while there is more, then rests until it is nudged', async () => {
  let runs = 0;
  const job = repeat('test', NEVER_MS, async () => ((runs += 1) < 3 ? 'more' : 'done'), logger);
  await waitFor(() => runs === 3, { what: 'three runs' });
  job.nudge();
  await waitFor(() => runs === 4, { what: 'the nudged run' });
  await job.close();
  expect(runs).toBe(4);
});

test('a nudge during a run is not lost', async () => {
  let runs = 0;
  const job = repeat(
    'test',
    NEVER_MS,
    async () => {
      runs += 1;
      await Promise.resolve();
      if (runs === 1) job.nudge();
      return 'done';
    },
    logger,
  );
  await waitFor(() => runs === 2, { what: 'the second run' });
  await job.close();
});

test('a run that fails is tried again, and closing waits for a run under way', async () => {
  let runs = 0;
  let ended = false;
  const job = repeat(
    'test',
    1,
    async (signal) => {
      runs += 1;
      if (runs < 3) throw new Error('fails');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return 'done';
    },
    logger,
  );
  await waitFor(() => runs === 3, { what: 'the third run' });
  await job.close();
  expect(ended).toBe(true);
});
