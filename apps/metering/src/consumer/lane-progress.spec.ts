import { unavailable } from '@billingrails/errors';
import { MongoServerError } from 'mongodb';
import { LaneProgress } from './lane-progress';

test('a lane stands since it began its messages, however often it fails, until it moves', () => {
  let nowMs = 1_000;
  const lanes = new LaneProgress(() => nowMs);
  lanes.begun(3);
  nowMs = 2_000;
  lanes.begun(3);
  lanes.failed(7, new TypeError('x'));
  expect(lanes.standing.get(3)).toEqual({ sinceMs: 1_000, reason: 'APPLYING' });
  lanes.failed(3, unavailable('DATABASE_UNAVAILABLE', 'It does not answer.', 1_000));
  nowMs = 3_000;
  lanes.failed(3, new MongoServerError({ code: 112, codeName: 'WriteConflict' }));
  expect(lanes.standing.get(3)).toEqual({ sinceMs: 1_000, reason: 'WriteConflict' });
  expect(lanes.standing.get(7)).toEqual({ sinceMs: 2_000, reason: 'TypeError' });
  lanes.moved(3);
  expect([...lanes.standing.keys()]).toEqual([7]);
});
