import { partitionOf } from '@billingrails/bus';
import type { AccountId } from '@billingrails/ids';
import { howMany, waitFor } from '@billingrails/testing';
import type { Chunk } from '../events/contract/chunks';
import { segmentCollection } from '../events/store/segments';
import { applyChunks } from '../events/use-cases/apply-chunks';
import { KeyLookups } from '../events/use-cases/key-lookups';
import { DefinitionsCache } from '../meters/store/definitions-cache';
import { readAppliedSeqs, StaleCursorError } from '../partitions/store/partitions';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes } from '../testing/lanes';
import { cut } from '../testing/oracle/arbitraries';
import type { OracleEvent } from '../testing/oracle/oracle';
import { expectStory, newOrganisation, since, STORY_PROFILES, storyEvents } from '../testing/story';
import { readTotalCounts } from '../testing/total-counts';
import { JointChunks } from './joint-chunks';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness({ alone: true });
});

afterAll(() => harness.close());

const many = howMany(500, 4_000);
const kills = howMany(2, 6);
/** Small chunks, so that there are many places to fail at. */
const limits = { eventCount: howMany(20, 40), byteCount: 1024 * 1024 };

/** Publishes events in batches, as callers would; gives the last sequences. */
async function publishAll(events: readonly OracleEvent[]): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  for (const batch of cut(events, [97, 13, 200])) {
    for (const [partition, seq] of await harness.publish(batch)) last.set(partition, seq);
  }
  return last;
}

/** A failpoint that throws at every nth call of it. */
function failEvery(n: number) {
  let calls = 0;
  let failures = 0;
  return {
    hit: async () => {
      calls += 1;
      if (calls % n !== 0) return;
      failures += 1;
      throw new Error('injected');
    },
    failures: () => failures,
  };
}

describe('every event is counted exactly once', () => {
  test('when lanes fail between a commit and the next read', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, many, 1);
    const before = await readTotalCounts(harness.mongo.db);
    const last = await publishAll(events);
    const failure = failEvery(2);
    const lanes = await runLanes(harness, { limits, afterCommit: failure.hit });
    await harness.applied(last);
    await lanes.stop();
    expect(failure.failures()).toBeGreaterThan(10);
    await expectStory(harness, meter, events);
    const { counted, unusable, filtered_out, unmatched, duplicate, conflict } = since(
      before,
      await readTotalCounts(harness.mongo.db),
    );
    expect(counted + unusable + filtered_out + unmatched).toBe(many);
    expect(duplicate).toBe(events.length - many);
    expect(conflict).toBe(0);
  });

  test('when lanes fail before they commit', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, many, 2);
    const last = await publishAll(events);
    const failure = failEvery(3);
    const lanes = await runLanes(harness, { limits, beforeCommit: failure.hit });
    await harness.applied(last);
    await lanes.stop();
    expect(failure.failures()).toBeGreaterThan(5);
    await expectStory(harness, meter, events);
  });

  test('when a transaction meets another write and is run again', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, howMany(200, 500), 3);
    const last = await publishAll(events);
    const partitions = harness.mongo.db.collection<{ _id: number; fences: number }>('partitions');
    const runs = new Map<string, number>();
    const beforeCommit = async ({ partition, toSeq }: Chunk) => {
      const run = (runs.get(`${partition}/${toSeq}`) ?? 0) + 1;
      runs.set(`${partition}/${toSeq}`, run);
      if (run <= 2) await partitions.updateOne({ _id: partition }, { $inc: { fences: 1 } });
    };
    const lanes = await runLanes(harness, { limits, beforeCommit });
    await harness.applied(last);
    await lanes.stop();
    expect(Math.min(...runs.values())).toBe(3);
    await expectStory(harness, meter, events);
  });

  test('when two owners race on every partition', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, many, 4);
    const racers = await Promise.all([
      runLanes(harness, { limits }),
      runLanes(harness, { limits }),
    ]);
    const before = await readTotalCounts(harness.mongo.db);
    await harness.applied(await publishAll(events));
    await Promise.all(racers.map((lanes) => lanes.stop()));
    await expectStory(harness, meter, events);
    const { duplicate } = since(before, await readTotalCounts(harness.mongo.db));
    expect(duplicate).toBe(events.length - many);
  });

  test('when the database is killed again and again while lanes write', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, many, 5);
    const last = await publishAll(events);
    let commits = 0;
    const afterCommit = async () => {
      commits += 1;
    };
    const lanes = await runLanes(harness, { limits, afterCommit });
    for (let kill = 0; kill < kills; kill += 1) {
      const seen = commits;
      await waitFor(() => commits > seen + 3, { what: 'lanes to commit' });
      await harness.servers.mongo.kill();
      await harness.servers.mongo.start();
    }
    await harness.applied(last);
    await lanes.stop();
    await expectStory(harness, meter, events);
  });

  test('when the broker is killed again and again while lanes read', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, many, 6);
    const last = await publishAll(events);
    let commits = 0;
    const afterCommit = async () => {
      commits += 1;
    };
    const lanes = await runLanes(harness, { limits, afterCommit });
    for (let kill = 0; kill < kills; kill += 1) {
      const seen = commits;
      await waitFor(() => commits > seen, { what: 'lanes to commit' });
      await harness.servers.nats.kill();
      await harness.servers.nats.start();
    }
    await harness.applied(last);
    await lanes.stop();
    await expectStory(harness, meter, events);
  });
});

test('a chunk whose cursor is not where its lane believes it to be changes nothing', async () => {
  const { mongo } = harness;
  const organisationId = newOrganisation();
  const accountId = 'acct_1' as AccountId;
  const partition = partitionOf(organisationId, accountId);
  const event = {
    ...{ id: `${organisationId}/k`, organisationId, accountId, eventName: 'Song played', key: 'k' },
    ...{
      timestampMs: 0,
      timestampAssigned: false,
      receiveTimeMs: 0,
      properties: Buffer.from('{}'),
    },
  };
  const place = { partition, seq: 1_000_000, index: 0 };
  const events = [{ event, place, bytes: new Uint8Array() }];
  const toSeq = 1_000_000;
  const chunk = { partition, events, corrections: [], quarantined: [], toSeq, byteCount: 1 };
  const before = await readTotalCounts(harness.mongo.db);
  const context = {
    mongo,
    definitions: new DefinitionsCache(),
    lookups: new KeyLookups(),
    nowMs: Date.now,
    partitionCount: 16,
  };
  const applied = applyChunks(context, [{ fromSeq: 999_999, chunk }]);
  await expect(applied).rejects.toBeInstanceOf(StaleCursorError);
  expect(await segmentCollection(mongo.db).countDocuments({ o: organisationId })).toBe(0);
  expect(await readTotalCounts(harness.mongo.db)).toEqual(before);
});

test('a partition whose cursor has moved does not hold up those applied together with it', async () => {
  const { mongo } = harness;
  const cursors = await readAppliedSeqs(mongo.db);
  const joint = new JointChunks(1, { eventCount: 1_000, byteCount: 1_000 });
  const context = {
    mongo,
    definitions: new DefinitionsCache(),
    lookups: new KeyLookups(),
    nowMs: Date.now,
    partitionCount: 16,
  };
  const outcomes = await Promise.allSettled(
    [0, 1, 2].map((partition) => {
      const fromSeq = (cursors.get(partition) ?? 0) + (partition === 1 ? 1 : 0);
      const toSeq = fromSeq + 1_000;
      const nothing = { events: [], corrections: [], quarantined: [], byteCount: 1 };
      return joint.apply(context, { fromSeq, chunk: { ...nothing, partition, toSeq } });
    }),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const moved = await readAppliedSeqs(mongo.db);
  const steps = [0, 1, 2].map((p) => (moved.get(p) ?? 0) - (cursors.get(p) ?? 0));
  expect(steps).toEqual([1_000, 0, 1_000]);
  await waitFor(() => !joint.active, { what: 'nothing to be applied any more' });
});
