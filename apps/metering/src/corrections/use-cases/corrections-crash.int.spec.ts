import { howMany, seededRandom, waitFor } from '@billingrails/testing';
import type { Chunk } from '../../events/contract/chunks';
import { startRecounts } from '../../jobs/recounts';
import { readEventCounts } from '../../outcomes/store/event-counts';
import { countRecounts } from '../../recounts/store/recounts';
import { differencesOf } from '../../testing/compare';
import { EVER } from '../../testing/correction-story';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes } from '../../testing/lanes';
import { cut } from '../../testing/oracle/arbitraries';
import type { OracleEvent } from '../../testing/oracle/oracle';
import {
  oracleHistories,
  oracleStanding,
  type OracleArrival,
  type OracleCorrection,
} from '../../testing/oracle/oracle-corrections';
import { expectStory, newOrganisation, STORY_PROFILES, storyOfFew } from '../../testing/story';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness({ alone: true });
});

afterAll(() => harness.close());

/** One of every method. */
const PROFILES = STORY_PROFILES.slice(0, 8);
/** Small chunks, so that there are many places to fail at. */
const limits = { eventCount: 40, byteCount: 1024 * 1024 };
/** So small that much is counted again in steps of its own, while the lanes go on. */
const recountLimits = { eventCount: 20, bucketCount: 24 };
const STEP = { eventCount: 40, bucketCount: 5 };
const RECEIVED_MS = Date.UTC(2026, 0, 1);

/** Events, and among them corrections of every third: before the event or after it, some of them twice. */
function storyArrivals(organisationId: string, count: number, seed: number): OracleArrival[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const events = storyOfFew(organisationId, count, seed);
  const arrived: OracleArrival[] = events.map((event) => ({ ...event }));
  for (let n = 0; n < count / 3; n += 1) {
    const correction = correctionOf(pick(events), pick(events), `cor_${n}`, random() < 0.5);
    const copies = random() < 0.2 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      arrived.splice(Math.floor(random() * arrived.length), 0, correction);
    }
  }
  return arrived.map((arrival, index) => ({ ...arrival, receiveTimeMs: RECEIVED_MS + index }));
}

function correctionOf(
  { organisationId, accountId, key }: OracleEvent,
  { eventName, timestampMs, properties }: OracleEvent,
  correctionId: string,
  isVoid: boolean,
): OracleCorrection {
  const amended = isVoid ? undefined : { eventName, timestampMs, properties };
  return { organisationId, accountId, key, correctionId, amended, receiveTimeMs: 0 };
}

/**
 * Publishes a story, lets `disturb` do its worst while it is applied, and holds usage against the oracle and the
 * events.
 */
async function expectExact(
  seed: number,
  count: number,
  disturb: (applied: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, PROFILES);
  const arrived = storyArrivals(organisationId, count, seed);
  const last = new Map<number, number>();
  for (const batch of cut(arrived, [97, 13, 200])) {
    for (const [partition, seq] of await harness.publish(batch)) {
      last.set(partition, seq);
    }
  }
  const { mongo, logger, partitions } = harness;
  const recounting = startRecounts({ mongo, logger, limits: STEP, owned: () => partitions });
  await disturb(async () => {
    await harness.applied(last);
    await waitFor(async () => (await countRecounts(mongo.db)).size === 0, {
      what: 'all to be counted again',
    });
  });
  await recounting.close();
  const standing = oracleStanding(arrived);
  await expectStory(harness, meter, standing, PROFILES);
  expect(await differencesOf(harness.mongo, meter)).toEqual([]);
  const histories = oracleHistories(arrived);
  const counts = await readEventCounts(harness.mongo.db, undefined, organisationId, EVER);
  const { counted, unusable, filtered_out, unmatched, voided } = counts;
  expect(counted + unusable + filtered_out + unmatched).toBe(standing.length);
  expect(voided).toBe(histories.length - standing.length);
}

describe('every correction is applied exactly once', () => {
  test('when lanes fail before they commit, and between a commit and the next read', async () => {
    let calls = 0;
    const failing = async () => {
      calls += 1;
      if (calls % 3 === 0) throw new Error('injected');
    };
    await expectExact(21, howMany(80, 250), async (applied) => {
      const lanes = await runLanes(harness, {
        limits,
        recountLimits,
        beforeCommit: failing,
        afterCommit: failing,
      });
      await applied();
      await lanes.stop();
    });
    expect(calls).toBeGreaterThan(20);
  });

  test('when two owners race on every partition', async () => {
    await expectExact(22, howMany(80, 250), async (applied) => {
      const racing = [
        runLanes(harness, { limits, recountLimits }),
        runLanes(harness, { limits, recountLimits }),
      ];
      const racers = await Promise.all(racing);
      await applied();
      await Promise.all(racers.map((lanes) => lanes.stop()));
    });
  });

  test('when the database is killed again and again while lanes correct', async () => {
    let corrected = 0;
    const afterCommit = async ({ corrections }: Chunk) => {
      if (corrections.length > 0) corrected += 1;
    };
    await expectExact(23, howMany(160, 400), async (applied) => {
      const lanes = await runLanes(harness, { limits, recountLimits, afterCommit });
      for (let kill = 0; kill < howMany(2, 3); kill += 1) {
        const seen = corrected;
        await waitFor(() => corrected > seen + 3, {
          what: 'lanes to correct',
        });
        await harness.servers.mongo.kill();
        await harness.servers.mongo.start();
      }
      await applied();
      await lanes.stop();
    });
  });
});
