import { waitFor } from '@billingrails/testing';
import type { Backfill } from '../backfills/domain/backfill';
import { backfillsOf } from '../backfills/store/backfills';
import { backfillChunk } from '../backfills/use-cases/count-backfill-chunk';
import type { Meter } from '../meters/domain/meter';
import { readEventCounts } from '../outcomes/store/event-counts';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes, type RunningLanes } from '../testing/lanes';
import { cut } from '../testing/oracle/arbitraries';
import {
  oracleStored,
  oracleVerdict,
  type OracleEvent,
  type OracleProfile,
} from '../testing/oracle/oracle';
import { expectStory, newOrganisation, since, STORY_PROFILES, storyEvents } from '../testing/story';
import { readTotalCounts } from '../testing/total-counts';
import { startBackfills, type BackfillContext } from './backfills';
import type { Job } from '@billingrails/waits';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness, { limits: { eventCount: 40, byteCount: 1024 * 1024 } });
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

async function publishAll(events: readonly OracleEvent[]): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  for (const batch of cut(events, [97, 13, 200])) {
    for (const [partition, seq] of await harness.publish(batch)) last.set(partition, seq);
  }
  return last;
}

/** So small that a backfill of some hundred events has many chunks. */
const LIMITS = { eventCount: 100, bucketCount: 400 };

function startJob(options: Partial<BackfillContext> = {}): Job {
  const { mongo, logger } = harness;
  return startBackfills({
    mongo,
    logger,
    nowMs: Date.now,
    isMine: () => true,
    isLive: () => false,
    limits: LIMITS,
    ...options,
  });
}

/** Counts the next events of a backfill. */
function countNext(backfill: Backfill, eventCount: number, beforeCommit?: () => Promise<void>) {
  const { mongo } = harness;
  const context = { mongo, nowMs: Date.now, ...(beforeCommit && { beforeCommit }) };
  return backfillChunk(context, backfill, { eventCount, bucketCount: 100_000 });
}

/** How many events of a story came to which end under profiles. */
function expectedEnds(events: readonly OracleEvent[], profiles: readonly OracleProfile[]) {
  const ends = { counted: 0, unusable: 0, filtered_out: 0, unmatched: 0 };
  for (const event of oracleStored(events)) {
    const kinds = profiles
      .filter(({ eventName }) => eventName === event.eventName)
      .map((profile) => oracleVerdict(event, profile).kind);
    const end = (['counted', 'unusable', 'filtered_out'] as const).find((k) => kinds.includes(k));
    ends[end ?? 'unmatched'] += 1;
  }
  return ends;
}

async function backfillOf({ organisationId, profiles }: Meter) {
  const numbers = profiles.map(({ number }) => number);
  const [backfill] = await backfillsOf(harness.mongo.db, undefined, organisationId, numbers);
  return backfill;
}

async function completion(meter: Meter): Promise<void> {
  await waitFor(async () => (await backfillOf(meter))?.complete, {
    what: 'the backfill to be complete',
  });
}

describe('profiles created when events are stored', () => {
  test('count them all, exactly once, while new events keep coming', async () => {
    const organisationId = newOrganisation();
    const before = await readTotalCounts(harness.mongo.db);
    const events = storyEvents(organisationId, 1_000, 11);
    const earlier = await publishAll(events.slice(0, 500));
    await harness.applied(earlier);
    // From here on events are published and metered all the while.
    const later = publishAll(events.slice(500));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const job = startJob();
    await harness.applied(await later);
    await completion(meter);
    await job.close();
    await expectStory(harness, meter, events);
    const backfill = await backfillOf(meter);
    expect(backfill?.doneCount).toBe(backfill?.totalCount);
    expect(backfill?.totalCount).toBeGreaterThan(350);
    const counts = since(before, await readTotalCounts(harness.mongo.db));
    const { counted, unusable, filtered_out, unmatched } = counts;
    expect(counted + unusable + filtered_out + unmatched).toBe(1_000);
    expect(counts.duplicate).toBe(events.length - 1_000);
  });

  test('are partial until all is counted, and say how far they are', async () => {
    const organisationId = newOrganisation();
    const events = storyEvents(organisationId, 200, 12);
    await harness.applied(await publishAll(events));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const fresh = await backfillOf(meter);
    expect(fresh).toMatchObject({ complete: false, doneCount: 0 });
    if (fresh === undefined) return;
    await countNext(fresh, 100);
    const moved = await backfillOf(meter);
    expect(moved).toMatchObject({ complete: false });
    expect(moved?.doneCount).toBeGreaterThan(50);
    expect(moved?.doneCount).toBeLessThanOrEqual(100);
    await expect(expectStory(harness, meter, events)).rejects.toThrow();
    const job = startJob();
    await completion(meter);
    await job.close();
    await expectStory(harness, meter, events);
  });

  test('count an event once where the backfill fails before its commits', async () => {
    const organisationId = newOrganisation();
    const events = storyEvents(organisationId, 300, 13);
    await harness.applied(await publishAll(events));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    for (let turn = 0; (await backfillOf(meter))?.complete === false; turn += 1) {
      const backfill = await backfillOf(meter);
      if (backfill === undefined) break;
      const fails = async () => {
        if (turn % 2 === 0) throw new Error('injected');
      };
      await countNext(backfill, 60, fails).catch(() => undefined);
    }
    await expectStory(harness, meter, events);
  });

  test('count an event once where two replicas backfill at the same time', async () => {
    const organisationId = newOrganisation();
    const events = storyEvents(organisationId, 400, 14);
    await harness.applied(await publishAll(events));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const jobs = [startJob(), startJob()];
    await completion(meter);
    await Promise.all(jobs.map((job) => job.close()));
    await expectStory(harness, meter, events);
    const backfill = await backfillOf(meter);
    expect(backfill?.doneCount).toBe(backfill?.totalCount);
  });

  test('count events of one instant, whatever chunk ends among them', async () => {
    const organisationId = newOrganisation();
    const timestampMs = Date.UTC(2024, 4, 31);
    const events = storyEvents(organisationId, 120, 15).map((event) => ({
      ...event,
      accountId: 'acct_3',
      timestampMs,
    }));
    await harness.applied(await publishAll(events));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    for (let backfill = await backfillOf(meter); backfill?.complete === false;) {
      await countNext(backfill, 7);
      backfill = await backfillOf(meter);
    }
    await expectStory(harness, meter, events);
  });

  test('move the events that they look at from one end to another', async () => {
    const organisationId = newOrganisation();
    const events = storyEvents(organisationId, 200, 16);
    const startMs = Math.floor(Date.now() / 60_000) * 60_000;
    await harness.applied(await publishAll(events));
    const counts = () =>
      readEventCounts(harness.mongo.db, undefined, organisationId, {
        startMs,
        endMs: startMs + 86_400_000,
      });
    expect(await counts()).toMatchObject({ unmatched: 200, duplicate: events.length - 200 });
    const job = startJob();
    // A second meter over the same events starts from what the first has made of them.
    const [sum, count] = STORY_PROFILES.map((profile) => [profile]);
    await completion(await harness.createMeter(organisationId, count ?? []));
    expect(await counts()).toMatchObject(expectedEnds(events, [...(count ?? [])]));
    await completion(await harness.createMeter(organisationId, sum ?? []));
    expect(await counts()).toMatchObject(expectedEnds(events, [...(count ?? []), ...(sum ?? [])]));
    await job.close();
  });
});

test('a profile created before any event of its name has nothing to catch up on', async () => {
  const meter = await harness.createMeter(newOrganisation(), STORY_PROFILES);
  expect(await backfillOf(meter)).toBeUndefined();
});

test('profiles created again and again under load are each counted exactly', async () => {
  const organisationId = newOrganisation();
  const events = storyEvents(organisationId, 600, 17);
  const publishing = publishAll(events);
  const meters: Meter[] = [];
  for (let created = 0; created < 3; created += 1) {
    meters.push(await harness.createMeter(organisationId, STORY_PROFILES));
  }
  const job = startJob();
  await harness.applied(await publishing);
  for (const meter of meters) {
    if ((await backfillOf(meter)) !== undefined) await completion(meter);
    await expectStory(harness, meter, events);
  }
  await job.close();
});
