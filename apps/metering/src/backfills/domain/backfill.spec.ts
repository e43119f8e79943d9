import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import { segmentIdOf, type SegmentKey } from '../../events/domain/segment';
import { isBehindFence, isPassed, paceOf, type Backfill } from './backfill';

const backfill: Backfill = {
  id: 'mpf_1',
  organisationId: 'org_1' as OrganisationId,
  meterId: 'mtr_1' as MeterId,
  eventName: 'Song played',
  profiles: [1],
  fences: new Map([
    [0, 10],
    [1, 0],
  ]),
  position: undefined,
  doneCount: 0,
  totalCount: 100,
  complete: false,
  startTimeMs: undefined,
  moveTimeMs: undefined,
};

function segment(change: Partial<SegmentKey> = {}): SegmentKey {
  const accountId = 'acct_2' as AccountId;
  return { id: segmentIdOf(10, 3), partition: 0, accountId, firstMs: 5, lastMs: 9, ...change };
}

test('a segment is behind the fence up to its own partition’s sequence', () => {
  const { fences } = backfill;
  expect(isBehindFence(segment(), fences)).toBe(true);
  expect(isBehindFence(segment({ id: segmentIdOf(11, 0) }), fences)).toBe(false);
  expect(isBehindFence(segment({ partition: 1, id: segmentIdOf(1, 0) }), fences)).toBe(false);
  expect(isBehindFence(segment({ partition: 2, id: segmentIdOf(1, 0) }), fences)).toBe(false);
});

describe('profiles have looked at', () => {
  const { partition: _partition, ...position } = segment();
  const moved = { ...backfill, position };

  test.each<[string, boolean, Partial<SegmentKey>]>([
    ['the segment at the position', true, {}],
    ['one of an account before', true, { accountId: 'acct_1' as AccountId, lastMs: 99 }],
    ['one of an account after', false, { accountId: 'acct_3' as AccountId, lastMs: 1 }],
    ['one that ends before', true, { lastMs: 8, firstMs: 7 }],
    ['one that ends after', false, { lastMs: 10, firstMs: 1 }],
    ['one that begins before', true, { firstMs: 4, id: segmentIdOf(10, 4) }],
    ['one that begins after', false, { firstMs: 6, id: segmentIdOf(10, 2) }],
    ['one that was stored before', true, { id: segmentIdOf(10, 2) }],
    ['one that was stored after', false, { id: segmentIdOf(10, 4) }],
    ['one above the fence', true, { accountId: 'acct_3' as AccountId, id: segmentIdOf(11, 0) }],
  ])('%s: %s', (_what, passed, change) => {
    expect(isPassed(moved, segment(change))).toBe(passed);
  });

  test('nothing behind the fence at first, and everything at the end', () => {
    expect(isPassed(backfill, segment())).toBe(false);
    expect(isPassed({ ...backfill, complete: true }, segment())).toBe(true);
  });
});

test('the pace is that since the start, and tells the end', () => {
  expect(paceOf(backfill)).toBeUndefined();
  const moved = { ...backfill, startTimeMs: 1_000, moveTimeMs: 3_000, doneCount: 20 };
  expect(paceOf(moved)).toEqual({ eventsPerSecond: 10, estimatedEndMs: 11_000 });
  const complete = { ...moved, doneCount: 100, complete: true };
  expect(paceOf(complete)).toEqual({ eventsPerSecond: 50, estimatedEndMs: undefined });
});
