import { backfillsOf } from '../../backfills/store/backfills';
import { backfillChunk } from '../../backfills/use-cases/count-backfill-chunk';
import { moveRawHorizon } from '../../events/store/raw-horizon';
import { expectedUsage, usageOf } from '../../testing/check';
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
import { oracleHistories, oracleStanding } from '../../testing/oracle/oracle-corrections';

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

const HOUR_MS = 3_600_000;

test('while a new profile has yet to count earlier events, each is counted once, as its last correction says', async () => {
  const story = new CorrectionStory(harness);
  const { organisationId } = story;
  const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
  for (const [index, key] of keys.entries()) {
    await story.arrive(story.event(key, index, STORY_DAY.startMs + index * HOUR_MS));
  }
  const meter = await harness.createMeter(organisationId, METHODS.map(profileOf));
  const { mongo } = harness;
  const numbers = meter.profiles.map(({ number }) => number);
  for (let step = 0; ; step += 1) {
    const [backfill] = await backfillsOf(mongo.db, undefined, organisationId, numbers);
    if (backfill === undefined || backfill.complete) break;
    await backfillChunk({ mongo, nowMs: Date.now }, backfill, {
      eventCount: 1,
      bucketCount: 1_000,
    });
    // Corrects events that the backfill has passed, and, from the other end, such that it has not.
    const near = story.correction(`near ${step}`, keys[step] ?? 'none');
    const content = contentOf(100 + step, STORY_DAY.startMs + (step % 3) * HOUR_MS);
    const far = story.correction(`far ${step}`, keys.at(-1 - step) ?? 'none', content);
    await story.arrive(near, far);
  }
  for (const [index, method] of METHODS.entries()) {
    const expected = expectedUsage(
      oracleStanding(story.arrived),
      organisationId,
      profileOf(method),
      [STORY_DAY],
    );
    expect(await usageOf(mongo, meter, `p${index}`, [STORY_DAY])).toEqual(expected);
  }
  expect(await differencesOf(mongo, meter)).toEqual([]);
  const histories = oracleHistories(story.arrived);
  const voided = histories.filter(({ standing }) => standing === undefined).length;
  expect(await story.counts()).toMatchObject({ counted: 10 - voided, unmatched: 0, voided });
});

// The last one: what is deleted stays deleted.
test('an event of a day that is no longer kept is not corrected: its correction waits', async () => {
  const story = new CorrectionStory(harness);
  const meter = await harness.createMeter(story.organisationId, [profileOf('sum')]);
  await story.arrive(story.event('old', 5), story.event('young', 7, STORY_DAY.endMs));
  await moveRawHorizon(harness.mongo.db, STORY_DAY.endMs);
  await story.arrive(story.correction('c1', 'old'), story.correction('c2', 'young'));
  expect(await story.states()).toEqual([
    ['c1', 'waiting'],
    ['c2', 'applied'],
  ]);
  const [row] = await usageOf(harness.mongo, meter, 'p0', [STORY_DAY]);
  expect(row).toMatchObject({ value: '5', eventCount: 1 });
});
