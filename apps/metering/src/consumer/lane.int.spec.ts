import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { findEvent } from '../events/store/events';
import { NO_EVENT_COUNTS } from '../outcomes/domain/event-count';
import { listConflicts } from '../outcomes/store/conflicts';
import { readEventCounts } from '../outcomes/store/event-counts';
import { listQuarantined, readQuarantined } from '../outcomes/store/quarantine';
import { inSnapshot } from '../store/snapshot';
import { expectedUsage, usageOf } from '../testing/check';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes, type RunningLanes } from '../testing/lanes';
import { arrivals, chunkSizes, cut, profiles, ranges } from '../testing/oracle/arbitraries';
import { oracleStored, type OracleEvent } from '../testing/oracle/oracle';
import { newOrganisation, since } from '../testing/story';
import { readTotalCounts } from '../testing/total-counts';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness);
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

/**
 * Keys that meet do so in one account: which of two partitions comes first to a key is nobody's promise, so the
 * oracle could not know.
 */
function ofOrganisation(events: readonly OracleEvent[], organisationId: string): OracleEvent[] {
  return events.map((event) => ({
    ...event,
    organisationId,
    key: `${event.key} of ${event.accountId}`,
  }));
}

const song: OracleEvent = {
  organisationId: '',
  accountId: 'acct_1',
  eventName: 'Song played',
  key: 'k1',
  timestampMs: Date.UTC(2024, 0, 1, 12),
  properties: '{"duration":240}',
};

describe('the lanes agree with the oracle', () => {
  test('for any order, batching, duplicates, conflicts and late events, in any range', async () => {
    const wanted = fc.array(profiles, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(arrivals, chunkSizes, wanted, ranges, async (all, sizes, three, range) => {
        const organisationId = newOrganisation();
        const meters = [];
        for (const profile of three) {
          meters.push(await harness.createMeter(organisationId, [profile]));
        }
        const arrived = ofOrganisation([...all, ...all.slice(0, 10)], organisationId);
        for (const batch of cut(arrived, sizes)) {
          await harness.applied(await harness.publish(batch));
        }
        const stored = oracleStored(arrived);
        for (const [index, profile] of three.entries()) {
          const meter = meters[index];
          if (meter === undefined) throw new Error('There is a meter for each profile.');
          const rows = await usageOf(harness.mongo, meter, 'p0', [range]);
          expect(rows).toEqual(expectedUsage(stored, organisationId, profile, [range]));
        }
      }),
      { numRuns: howMany(6, 25) },
    );
  });
});

describe('an event', () => {
  test('that comes again, later or in the same message, is counted once', async () => {
    const organisationId = newOrganisation();
    const profile = { eventName: 'Song played', method: 'count', property: [], filters: [] };
    const meter = await harness.createMeter(organisationId, [profile]);
    const before = await readTotalCounts(harness.mongo.db);
    const event = { ...song, organisationId };
    await harness.applied(await harness.publish([event, event, { ...event, key: 'k2' }]));
    await harness.applied(await harness.publish([event]));
    const day = { startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 0, 2) };
    const rows = await usageOf(harness.mongo, meter, '', [day]);
    expect(rows[0]).toMatchObject({ value: '2', eventCount: 2 });
    expect(since(before, await readTotalCounts(harness.mongo.db))).toMatchObject({
      counted: 2,
      duplicate: 2,
    });
  });

  test('that comes again with another time is a duplicate where the server set both times', async () => {
    const organisationId = newOrganisation();
    const before = await readTotalCounts(harness.mongo.db);
    const event = { ...song, organisationId };
    const later = { ...event, timestampMs: event.timestampMs + 5 };
    await harness.applied(await harness.publish([event, later], { timestampAssigned: true }));
    expect(since(before, await readTotalCounts(harness.mongo.db))).toMatchObject({
      duplicate: 1,
      conflict: 0,
    });
  });

  test('with a key that is taken by other content is kept as a conflict, and not counted', async () => {
    const organisationId = newOrganisation();
    const before = await readTotalCounts(harness.mongo.db);
    const event = { ...song, organisationId };
    const otherAmount = { ...event, properties: '{"duration":241}' };
    // Another account is another partition, whose lane must see the key all the same.
    const otherAccount = { ...event, accountId: 'acct_2' };
    await harness.applied(await harness.publish([event]));
    await harness.applied(await harness.publish([otherAmount, otherAccount]));
    await harness.applied(await harness.publish([otherAmount]));
    const conflicts = await listConflicts(harness.mongo.db, undefined, { organisationId }, 10);
    expect(conflicts).toMatchObject([
      { accountId: 'acct_1', key: 'k1', differs: ['properties'] },
      { accountId: 'acct_1', key: 'k1', differs: ['properties'] },
      { accountId: 'acct_2', key: 'k1', differs: ['account_id'] },
    ]);
    expect(since(before, await readTotalCounts(harness.mongo.db))).toMatchObject({
      unmatched: 1,
      conflict: 3,
    });
  });

  test('is stored as it came, and counted by what became of it', async () => {
    const organisationId = newOrganisation();
    const eventName = 'Song played';
    await harness.createMeter(organisationId, [
      { eventName, method: 'sum', property: ['duration'], filters: [filterOf('kind', 'local')] },
      { eventName, method: 'count', property: [], filters: [filterOf('country', 'USA')] },
    ]);
    const event = { ...song, organisationId };
    const texts: Record<string, string> = {
      both: '{"duration":1,"kind":"local","country":"USA"}',
      one: '{"duration": 1,  "kind":"local"}',
      unusable: '{"duration":"long","kind":"local"}',
      other: '{"country":"USA","kind":"local"}',
      none: '{"duration":1}',
    };
    const events = Object.entries(texts).map(([key, properties]) => ({
      ...event,
      key,
      properties,
    }));
    const unmatched = { ...event, key: 'unmatched', eventName: 'Song skipped' };
    const startMs = Math.floor(Date.now() / 60_000) * 60_000;
    await harness.applied(await harness.publish([...events, unmatched]));
    await harness.applied(await harness.publish([unmatched, { ...unmatched, timestampMs: 1 }]));
    const { mongo } = harness;
    const stored = (key: string) =>
      inSnapshot(mongo, (db, session) => findEvent(db, session, organisationId, key));
    for (const sent of [...events, unmatched]) {
      const { key, accountId, eventName: name, timestampMs } = sent;
      const found = await stored(key);
      expect(found?.event).toMatchObject({ key, accountId, eventName: name, timestampMs });
      expect(Buffer.from(found?.event.properties ?? []).toString()).toBe(sent.properties);
    }
    expect(await stored('never sent')).toBeUndefined();
    const day = { startMs, endMs: startMs + 86_400_000 };
    expect(await readEventCounts(mongo.db, undefined, organisationId, day)).toEqual({
      ...NO_EVENT_COUNTS,
      ...{ counted: 3, unusable: 1, filtered_out: 1, unmatched: 1 },
      ...{ duplicate: 1, conflict: 1 },
    });
    const before = { startMs: startMs - 86_400_000, endMs: startMs };
    expect(await readEventCounts(mongo.db, undefined, organisationId, before)).toEqual(
      NO_EVENT_COUNTS,
    );
  });
});

describe('a message that cannot be understood', () => {
  test('is quarantined whole, and those after it are applied', async () => {
    const organisationId = newOrganisation();
    const before = await readTotalCounts(harness.mongo.db);
    const first = await harness.publish([{ ...song, organisationId }]);
    const [partition = 0] = first.keys();
    const data = Buffer.from('not an event batch');
    const sent = await harness.publishMessage({ partition, data });
    const seq = sent.get(partition) ?? 0;
    await harness.applied(await harness.publish([{ ...song, organisationId, key: 'k2' }]));
    const operator = { organisationId, isOperator: true, includeReplayed: false };
    const ofNobody = { ...operator, afterSeq: seq - 1 };
    const [quarantined] = await listQuarantined(harness.mongo.db, ofNobody, 1);
    expect(quarantined).toMatchObject({
      ...{ partition, seq, problem: expect.stringContaining('EventBatch') },
    });
    const kept = await readQuarantined(harness.mongo.db, quarantined?.id ?? '');
    expect(Buffer.from(kept).toString()).toBe('not an event batch');
    expect(since(before, await readTotalCounts(harness.mongo.db))).toMatchObject({
      unmatched: 2,
      quarantined: 1,
    });
  });

  test('is quarantined when an event of it lies in a partition that is not its account’s', async () => {
    const organisationId = newOrganisation();
    const { bus, mongo } = harness;
    const sent = await harness.publish([{ ...song, organisationId }]);
    const [own = 0] = sent.keys();
    const other = (own + 1) % 16;
    const message = await bus.manager.streams.getMessage('EVENTS', { seq: sent.get(own) ?? 0 });
    const moved = await harness.publishMessage({ partition: other, data: message.data });
    await harness.applied(moved);
    const viewer = { organisationId, isOperator: false, includeReplayed: false, afterSeq: 0 };
    expect(await listQuarantined(mongo.db, viewer, 10)).toMatchObject([
      { seq: moved.get(other), problem: expect.stringContaining('account_id belongs') },
    ]);
  });
});

function filterOf(property: string, value: string) {
  return { property: [property], operator: 'eq', values: [value] };
}
