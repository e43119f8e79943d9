import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { readEventCounts } from '../../outcomes/store/event-counts';
import { expectedUsage, usageOf } from '../../testing/check';
import { differencesOf } from '../../testing/compare';
import { contentOf, CorrectionStory, EVER, STORY_DAY } from '../../testing/correction-story';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import { chunkSizes, cut, profiles, ranges } from '../../testing/oracle/arbitraries';
import { correctedArrivals } from '../../testing/oracle/correction-arbitraries';
import {
  oracleHistories,
  oracleRepeats,
  oracleStanding,
  type OracleArrival,
} from '../../testing/oracle/oracle-corrections';
import { recountAll } from '../../testing/recounts';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness, { recountLimits: { eventCount: 30, bucketCount: 8 } });
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

const HOUR_MS = 3_600_000;
/** So small that much is counted again in steps, and these have to be several. */
const STEP = { eventCount: 4, bucketCount: 2 };

test('usage follows voids and amendments, for any of them in any order and batching, now and as known before', async () => {
  const wanted = fc.array(profiles, { minLength: 1, maxLength: 3 });
  const when = fc.nat({ max: 130 });
  await fc.assert(
    fc.asyncProperty(
      ...([correctedArrivals, chunkSizes, wanted, ranges, when] as const),
      async (arrivalsOf, sizes, three, range, known) => {
        const organisationId = newOrganisation();
        const meters = [];
        for (const profile of three) {
          meters.push(await harness.createMeter(organisationId, [profile]));
        }
        const arrived = arrivalsOf(organisationId);
        for (const [index, batch] of cut(arrived, sizes).entries()) {
          await harness.applied(await harness.publish(batch));
          if (index % 2 === 1) await recountAll(harness, STEP);
        }
        await recountAll(harness, STEP);
        const knownArrivals = arrived.slice(0, known);
        const knownAtMs = (arrived[known]?.receiveTimeMs ?? Date.now()) - 500;
        for (const [index, profile] of three.entries()) {
          const meter = meters[index];
          if (meter === undefined) throw new Error('There is a meter for each profile.');
          const expectedBy = (some: readonly OracleArrival[]) =>
            expectedUsage(oracleStanding(some), organisationId, profile, [range]);
          const rows = await usageOf(harness.mongo, meter, 'p0', [range]);
          expect(rows).toEqual(expectedBy(arrived));
          const then = await usageOf(harness.mongo, meter, 'p0', [range], { knownAtMs });
          expect(then).toEqual(expectedBy(knownArrivals));
          expect(await differencesOf(harness.mongo, meter)).toEqual([]);
        }
        const counts = await readEventCounts(harness.mongo.db, undefined, organisationId, EVER);
        const histories = oracleHistories(arrived);
        const { counted, unusable, filtered_out, unmatched, voided } = counts;
        expect(counted + unusable + filtered_out + unmatched + voided).toBe(histories.length);
        expect(counts).toMatchObject({
          voided: histories.filter(({ standing }) => standing === undefined).length,
          amended: histories.filter(({ wasAmended }) => wasAmended).length,
          ...oracleRepeats(arrived),
        });
      },
    ),
    { numRuns: howMany(3, 12) },
  );
});

describe('a void', () => {
  test('takes the event out of every aggregation, as if it had never come', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(
      story.event('least', 1, STORY_DAY.startMs),
      story.event('middle', 5, STORY_DAY.startMs + 1),
      story.event('greatest', 9, STORY_DAY.startMs + 2 * HOUR_MS),
    );
    const before = await usage();
    expect(before).toMatchObject({ sum: '15', max: '9', min: '1', latest: '9', average: '5' });
    await story.arrive(story.correction('c1', 'greatest'));
    expect(await usage()).toMatchObject({ sum: '6', max: '5', latest: '5', count_unique: '2' });
    await story.arrive(story.correction('c2', 'least'));
    expect(await usage()).toMatchObject({ sum: '5', min: '5', count: '1', average: '5' });
    await story.arrive(story.correction('c3', 'middle'));
    const none = { sum: '0', count: '0', count_unique: '0', max: '', min: '', latest: '' };
    expect(await usage()).toMatchObject(none);
  });

  test('of one of two events with a value leaves the value', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5), story.event('k2', 5, STORY_DAY.startMs + HOUR_MS));
    await story.arrive(story.correction('c1', 'k2'));
    expect(await usage()).toMatchObject({ count_unique: '1', max: '5', latest: '5', sum: '5' });
  });

  test('by another organisation changes nothing', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    const stranger = new CorrectionStory(harness);
    await stranger.arrive(stranger.correction('c1', 'k1'));
    expect(await usage()).toMatchObject({ sum: '5' });
    expect(await stranger.states()).toEqual([['c1', 'waiting']]);
  });
});

describe('an amendment', () => {
  test('counts the new content instead, in another hour, day or event name too', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5), story.event('k2', 7, STORY_DAY.startMs + HOUR_MS));
    await story.arrive(story.correction('c1', 'k2', contentOf(8, STORY_DAY.startMs + 3 * HOUR_MS)));
    expect(await usage()).toMatchObject({ sum: '13', max: '8', latest: '8', count: '2' });
    await story.arrive(story.correction('c2', 'k2', contentOf(8, STORY_DAY.endMs)));
    expect(await usage()).toMatchObject({ sum: '5', max: '5', latest: '5', count: '1' });
    await story.arrive(story.correction('c3', 'k2', contentOf(3, STORY_DAY.startMs)));
    expect(await usage()).toMatchObject({ sum: '8', min: '3', count: '2' });
    await story.arrive(
      story.correction('c4', 'k2', contentOf(3, STORY_DAY.startMs, 'Song skipped')),
    );
    expect(await usage()).toMatchObject({ sum: '5', min: '5', count: '1' });
  });

  test('brings an event back that was voided', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    await story.arrive(story.correction('c1', 'k1'));
    await story.arrive(story.correction('c2', 'k1', contentOf(6)));
    expect(await usage()).toMatchObject({ sum: '6', count: '1' });
    expect(await story.states()).toEqual([
      ['c1', 'superseded'],
      ['c2', 'applied'],
    ]);
  });
});

describe('a correction', () => {
  test('moves its event from one count to another, in the minute in which the event came', async () => {
    const story = new CorrectionStory(harness);
    await story.meterAll();
    const event = story.event('k1', 5);
    await story.arrive(event);
    await story.arrive(story.correction('c1', 'k1'));
    const startMs = Math.floor((event.receiveTimeMs ?? 0) / 60_000) * 60_000;
    const minute = { startMs, endMs: startMs + 60_000 };
    const counts = () => story.counts(minute);
    expect(await counts()).toMatchObject({ counted: 0, voided: 1, amended: 0 });
    story.pass(HOUR_MS);
    await story.arrive(
      story.correction('c2', 'k1', contentOf(5, STORY_DAY.startMs, 'Song skipped')),
    );
    expect(await counts()).toMatchObject({ counted: 0, unmatched: 1, voided: 0, amended: 1 });
  });
});
