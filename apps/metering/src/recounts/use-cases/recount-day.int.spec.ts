import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { backfillsOf } from '../../backfills/store/backfills';
import { backfillChunk } from '../../backfills/use-cases/count-backfill-chunk';
import { dayOf, hourOf } from '../../domain/hours';
import type { Meter } from '../../meters/domain/meter';
import { differencesOf } from '../../testing/compare';
import {
  contentOf,
  CorrectionStory,
  METHODS,
  profileOf,
  STORY_DAY,
} from '../../testing/correction-story';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import { readUsage } from '../../usage/use-cases/read-usage';
import type { Recount } from '../domain/recount';
import { askForRecounts, countRecounts, nextRecountOf } from '../store/recounts';
import { RecountStaleError, recountHours } from './recount-day';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  // Every correction is left to be counted again.
  lanes = await runLanes(harness, { recountLimits: { eventCount: 0, bucketCount: 0 } });
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

const BY_SECONDS = { ...profileOf('count_unique'), groupBy: [['seconds']] };
const PROFILES = [...METHODS.map(profileOf), BY_SECONDS];

async function waiting(organisationId: OrganisationId): Promise<Recount | undefined> {
  return nextRecountOf(harness.mongo.db, harness.partitions, organisationId, '');
}

/** Counts again, with something happening between reading and writing; gives whether it has to be done once more. */
async function countAgain(
  organisationId: OrganisationId,
  afterRead?: () => Promise<void>,
): Promise<boolean> {
  const recount = await waiting(organisationId);
  if (recount === undefined) throw new Error('Nothing is to be counted again.');
  try {
    await recountHours(harness.mongo, recount, afterRead && { afterRead });
    return false;
  } catch (error) {
    if (error instanceof RecountStaleError) return true;
    throw error;
  }
}

/** A story with some events of an hour, one of which is voided: its hour is to be counted again. */
async function voidedStory(): Promise<{ story: CorrectionStory; meter: Meter }> {
  const story = new CorrectionStory(harness);
  const meter = await harness.createMeter(story.organisationId, PROFILES);
  await story.arrive(story.event('k1', 1), story.event('k2', 5), story.event('k3', 9));
  await story.arrive(story.correction('c1', 'k3'));
  expect(await waiting(story.organisationId)).toMatchObject({ hours: [0] });
  return { story, meter };
}

/** Nothing waits any more, and every bucket is what its events say. */
async function expectExact(meter: Meter, eventCount: number): Promise<void> {
  expect(await waiting(meter.organisationId)).toBeUndefined();
  expect(await differencesOf(harness.mongo, meter)).toEqual([]);
  for (const { code } of meter.profiles) {
    const { rows, partial } = await readUsage(harness.mongo, {
      organisationId: meter.organisationId,
      meterId: meter.id,
      profileCode: code,
      accounts: ['acct_1' as AccountId],
      windows: [STORY_DAY],
    });
    expect({ code, partial, eventCount: rows[0]?.eventCount }).toEqual({
      ...{ code, partial: false, eventCount },
    });
  }
}

describe('hours that are counted again', () => {
  test('are exact, for every method, and partial no more', async () => {
    const { story, meter } = await voidedStory();
    expect(await countAgain(story.organisationId)).toBe(false);
    await expectExact(meter, 2);
  });

  test('have the events that come between reading and writing, once', async () => {
    const { story, meter } = await voidedStory();
    const isStale = await countAgain(story.organisationId, () =>
      story.arrive(story.event('k4', 9), story.event('k5', 0.5, STORY_DAY.startMs + 60_000)),
    );
    expect(isStale).toBe(false);
    await expectExact(meter, 4);
  });

  test('are read again when they are corrected meanwhile', async () => {
    const { story, meter } = await voidedStory();
    const isStale = await countAgain(story.organisationId, () =>
      story.arrive(
        story.correction('c2', 'k2'),
        story.correction('c3', 'k1', contentOf(7, STORY_DAY.startMs + 5)),
      ),
    );
    expect(isStale).toBe(true);
    expect(await countAgain(story.organisationId)).toBe(false);
    await expectExact(meter, 1);
  });

  test('stay to be counted when they are corrected after the last was written', async () => {
    const { story, meter } = await voidedStory();
    const before = await waiting(story.organisationId);
    expect(await countAgain(story.organisationId)).toBe(false);
    await story.arrive(story.correction('c2', 'k2'));
    expect(await waiting(story.organisationId)).toMatchObject({ hours: before?.hours });
    expect(await countAgain(story.organisationId)).toBe(false);
    await expectExact(meter, 1);
  });

  test('are read again when a backfill has passed their events meanwhile', async () => {
    const story = new CorrectionStory(harness);
    const { organisationId } = story;
    const first = await harness.createMeter(organisationId, [profileOf('max')]);
    await story.arrive(story.event('k1', 1), story.event('k2', 5), story.event('k3', 9));
    const meter = await harness.createMeter(organisationId, PROFILES);
    await story.arrive(story.correction('c1', 'k3'));
    const numbers = meter.profiles.map(({ number }) => number);
    const { mongo } = harness;
    const isStale = await countAgain(organisationId, async () => {
      for (;;) {
        const [backfill] = await backfillsOf(mongo.db, undefined, organisationId, numbers);
        if (backfill === undefined || backfill.complete) return;
        const limits = { eventCount: 10, bucketCount: 100 };
        await backfillChunk({ mongo, nowMs: Date.now }, backfill, limits);
      }
    });
    expect(isStale).toBe(true);
    expect(await countAgain(organisationId)).toBe(false);
    await expectExact(first, 2);
    await expectExact(meter, 2);
  });

  test('are done hour by hour where all of them have too many events', async () => {
    const story = new CorrectionStory(harness);
    const meter = await harness.createMeter(story.organisationId, PROFILES);
    const hours = [0, 5, 23];
    const events = hours.flatMap((hour) =>
      [1, 2, 3].map((n) =>
        story.event(`k${hour}-${n}`, n, STORY_DAY.startMs + hour * 3_600_000 + n),
      ),
    );
    await story.arrive(...events);
    await story.arrive(...hours.map((hour) => story.correction(`c${hour}`, `k${hour}-2`)));
    for (const left of [[5, 23], [23], undefined]) {
      const recount = await waiting(story.organisationId);
      if (recount === undefined) throw new Error('There are hours left.');
      const limits = { eventCount: 5, bucketCount: 2 };
      await recountHours(harness.mongo, recount, { limits });
      expect((await waiting(story.organisationId))?.hours).toEqual(left);
    }
    await expectExact(meter, 6);
  });

  test('of no difference only go', async () => {
    const story = new CorrectionStory(harness);
    const meter = await harness.createMeter(story.organisationId, PROFILES);
    const event = story.event('k1', 1);
    await story.arrive(event);
    const { mongo } = harness;
    const partition = partitionOf(story.organisationId, 'acct_1', harness.partitions.length);
    const [day, hour] = [dayOf(event.timestampMs), hourOf(event.timestampMs)];
    const of = { accountId: 'acct_1' as AccountId, eventName: event.eventName };
    const asked = { ...of, organisationId: story.organisationId, day, hours: [hour, 7] };
    await inTransaction(mongo, (session) =>
      askForRecounts(mongo.db, session, partition, [asked], { corrected: true, nowMs: 0 }),
    );
    expect((await countRecounts(mongo.db)).get(partition)).toEqual({ count: 1, sinceMs: 0 });
    expect(await countAgain(story.organisationId)).toBe(false);
    await expectExact(meter, 1);
  });
});
