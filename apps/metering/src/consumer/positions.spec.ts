import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
import { Positions } from './positions';

const logger = createLogger({ service: 'test', level: 'silent' });

function positionsOf(read: () => Promise<ReadonlyMap<number, number>>) {
  let reads = 0;
  const positions = new Positions(() => {
    reads += 1;
    return read();
  }, logger);
  return { positions, reads: () => reads };
}

const nothing = async () => new Map<number, number>();

test('who waits for what is applied already does not wait', async () => {
  const { positions, reads } = positionsOf(nothing);
  positions.advance(1, 10);
  await positions.reached(new Map([[1, 10]]), 0);
  await positions.reached(new Map(), 0);
  expect(reads()).toBe(0);
});

test('who waits is told when the last of the partitions is there', async () => {
  const { positions } = positionsOf(nothing);
  let done = false;
  const waiting = positions
    .reached(
      new Map([
        [1, 10],
        [2, 20],
      ]),
      5_000,
    )
    .then(() => (done = true));
  positions.advance(1, 11);
  positions.advance(2, 19);
  await Promise.resolve();
  expect(done).toBe(false);
  positions.advance(2, 20);
  await waiting;
});

test('what other replicas applied is read by one poll for all, and only while somebody waits', async () => {
  let seq = 0;
  const { positions, reads } = positionsOf(async () => new Map([[3, (seq += 1)]]));
  const waiters = Array.from({ length: 100 }, () => positions.reached(new Map([[3, 4]]), 5_000));
  await Promise.all(waiters);
  expect(reads()).toBe(4);
});

test('who waits too long, or has gone, is refused, and nobody polls for them any more', async () => {
  const { positions, reads } = positionsOf(nothing);
  const unavailable = { kind: 'unavailable', reason: 'NOT_CAUGHT_UP' };
  const caller = new AbortController();
  const gone = positions.reached(new Map([[1, 1]]), 60_000, caller.signal);
  caller.abort();
  await expect(gone).rejects.toMatchObject(unavailable);
  const late = positions.reached(new Map([[1, 1]]), 40);
  await expect(late).rejects.toMatchObject(unavailable);
  await expect(positions.reached(new Map([[1, 1]]), 40, caller.signal)).rejects.toMatchObject(
    unavailable,
  );
  const before = reads();
  await positions.reached(new Map(), 0);
  expect(reads() - before).toBeLessThanOrEqual(1);
});

test('a poll that fails is tried again', async () => {
  let calls = 0;
  const { positions } = positionsOf(async () => {
    calls += 1;
    if (calls < 3) throw new Error('the database is away');
    return new Map([[1, 5]]);
  });
  await positions.reached(new Map([[1, 5]]), 5_000);
  await waitFor(() => calls === 3, { what: 'the third poll' });
});
