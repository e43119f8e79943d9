import type { AccountId, OrganisationId } from '@billingrails/ids';
import fc from 'fast-check';
import type { ArrivedEvent } from './event';
import { SEGMENT_BYTES_MAX, segmentIdOf, segmentSeqOf, segmentsOf } from './segment';

const DAY_MS = 86_400_000;

function arrived(
  { account = 'acct_1', eventName = 'Song played', timestampMs = 0, byteCount = 1 },
  index: number,
): ArrivedEvent {
  return {
    event: {
      id: `org_1/k${index}`,
      organisationId: 'org_1' as OrganisationId,
      accountId: account as AccountId,
      eventName,
      key: `k${index}`,
      timestampMs,
      timestampAssigned: false,
      receiveTimeMs: 0,
      properties: new Uint8Array(),
    },
    place: { partition: 3, seq: 7, index },
    bytes: new Uint8Array(byteCount),
  };
}

const chunk = { partition: 3, toSeq: 7 };

test('a segment holds the events of one account, name and UTC day, in order of time, then of the stream', () => {
  const traits = fc.record({
    account: fc.constantFrom('acct_1', 'acct_2', 'a/b'),
    eventName: fc.constantFrom('Song played', 'b/Song', '/'),
    timestampMs: fc.integer({ min: -2, max: 3 }).map((n) => n * (DAY_MS / 2)),
    byteCount: fc.constantFrom(1, 300_000, 2 * SEGMENT_BYTES_MAX),
  });
  fc.assert(
    fc.property(fc.array(traits, { maxLength: 30 }), (all) => {
      const events = all.map(arrived);
      const segments = segmentsOf(chunk, events);
      const stored = segments.flatMap((segment) => segment.events);
      expect(new Set(stored)).toEqual(new Set(events));
      expect(stored).toHaveLength(events.length);
      expect(new Set(segments.map(({ id }) => id)).size).toBe(segments.length);
      for (const segment of segments) {
        const { accountId, eventName, firstMs, lastMs } = segment;
        const order = segment.events.map(({ event, place }) => [event.timestampMs, place.index]);
        expect(order).toEqual([...order].sort(([a = 0, i = 0], [b = 0, j = 0]) => a - b || i - j));
        expect([firstMs, lastMs]).toEqual([order.at(0)?.[0], order.at(-1)?.[0]]);
        expect(Math.floor(firstMs / DAY_MS)).toBe(Math.floor(lastMs / DAY_MS));
        for (const { event } of segment.events) {
          expect(event).toMatchObject({ accountId, eventName });
        }
        const byteCount = segment.events.reduce((sum, { bytes }) => sum + bytes.length, 0);
        expect(byteCount <= SEGMENT_BYTES_MAX || segment.events.length === 1).toBe(true);
      }
    }),
  );
});

test('the ids of segments are in the order of the stream, and tell the sequence', () => {
  const ids = [1, 35, 36, 1_000_000, 10 ** 13].flatMap((seq) =>
    [0, 1, 36, 20_000].map((n) => segmentIdOf(seq, n)),
  );
  expect([...ids].sort()).toEqual(ids);
  expect(segmentSeqOf(segmentIdOf(10 ** 13, 20_000))).toBe(10 ** 13);
});
