import fc from 'fast-check';
import type { OrganisationId } from '@billingrails/ids';
import { correctionsOf } from '../store/corrections';
import { backfillChunk } from '../jobs/backfill-chunk';
import { backfillsOf } from '../store/backfills';
import { readEventCounts } from '../store/event-counts';
import { moveRawHorizon } from '../store/raw-horizon';
import { chunkSizes, cut, profiles, ranges } from '../testing/arbitraries';
import { expectedUsage, usageOf } from '../testing/check';
import { differencesOf } from '../testing/compare';
import { correctedArrivals } from '../testing/correction-arbitraries';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes, type RunningLanes } from '../testing/lanes';
import type { OracleEvent, OracleProfile } from '../testing/oracle';
import {
  oracleHistories,
  oracleRepeats,
  oracleStanding,
  type OracleArrival,
  type OracleContent,
} from '../testing/oracle-corrections';
import { newOrganisation } from '../testing/story';

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

const DAY = { startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 0, 2) };
const EVER = { startMs: 0, endMs: Date.UTC(2200, 0, 1) };
const NAME = 'Song played';
const METHODS = [
  ...['sum', 'count', 'count_unique', 'max', 'min', 'latest', 'average'],
  'time_weighted_sum',
];

let receiveTimeMs = Date.UTC(2026, 0, 1);

/** One account's story: what arrives, and what became of it. */
class Story {
  readonly organisationId: OrganisationId = newOrganisation();
  readonly arrived: OracleArrival[] = [];

  event(key: string, seconds: number, timestampMs = DAY.startMs): OracleEvent {
    const content = contentOf(seconds, timestampMs);
    const owner = { organisationId: this.organisationId, accountId: 'acct_1' };
    return { ...owner, key, ...content, receiveTimeMs: (receiveTimeMs += 1_000) };
  }

  correction(correctionId: string, key: string, amended?: OracleContent, accountId = 'acct_1') {
    const { organisationId } = this;
    receiveTimeMs += 1_000;
    return { organisationId, accountId, key, correctionId, amended, receiveTimeMs };
  }

  async arrive(...arrivals: OracleArrival[]): Promise<void> {
    this.arrived.push(...arrivals);
    await harness.applied(await harness.publish(arrivals));
  }

  states() {
    const keys = [...new Set(this.arrived.map(({ key }) => key))];
    return correctionsOf(harness.mongo.db, undefined, this.organisationId, keys).then((all) =>
      all.map(({ id, state }) => [id, state]),
    );
  }

  /** What a profile of each method says of the day, before anything else arrives. */
  async meterAll(): Promise<() => Promise<Record<string, string>>> {
    const meter = await harness.createMeter(this.organisationId, METHODS.map(profileOf));
    return async () => {
      const values: Record<string, string> = {};
      for (const [index, method] of METHODS.entries()) {
        const rows = await usageOf(harness.mongo, meter, `p${index}`, [DAY]);
        values[method] = rows.find(({ accountId }) => accountId === 'acct_1')?.value ?? '';
        const stored = oracleStanding(this.arrived);
        expect(rows).toEqual(expectedUsage(stored, this.organisationId, profileOf(method), [DAY]));
      }
      expect(await differencesOf(harness.mongo, meter)).toEqual([]);
      return values;
    };
  }

  counts() {
    return readEventCounts(harness.mongo.db, undefined, this.organisationId, EVER);
  }
}

function contentOf(seconds: number, timestampMs = DAY.startMs, eventName = NAME): OracleContent {
  return { eventName, timestampMs, properties: JSON.stringify({ seconds }) };
}

function profileOf(method: string): OracleProfile {
  return { eventName: NAME, method, property: method === 'count' ? [] : ['seconds'], filters: [] };
}

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
        for (const batch of cut(arrived, sizes)) {
          await harness.applied(await harness.publish(batch));
        }
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
    { numRuns: 15 },
  );
});

const HOUR_MS = 3_600_000;

describe('a void', () => {
  test('takes the event out of every aggregation, as if it had never come', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(
      story.event('least', 1, DAY.startMs),
      story.event('middle', 5, DAY.startMs + 1),
      story.event('greatest', 9, DAY.startMs + 2 * HOUR_MS),
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
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5), story.event('k2', 5, DAY.startMs + HOUR_MS));
    await story.arrive(story.correction('c1', 'k2'));
    expect(await usage()).toMatchObject({ count_unique: '1', max: '5', latest: '5', sum: '5' });
  });

  test('by another organisation changes nothing', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    const stranger = new Story();
    await stranger.arrive(stranger.correction('c1', 'k1'));
    expect(await usage()).toMatchObject({ sum: '5' });
    expect(await stranger.states()).toEqual([['c1', 'waiting']]);
  });
});

describe('an amendment', () => {
  test('counts the new content instead, in another hour, day or event name too', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5), story.event('k2', 7, DAY.startMs + HOUR_MS));
    await story.arrive(story.correction('c1', 'k2', contentOf(8, DAY.startMs + 3 * HOUR_MS)));
    expect(await usage()).toMatchObject({ sum: '13', max: '8', latest: '8', count: '2' });
    await story.arrive(story.correction('c2', 'k2', contentOf(8, DAY.endMs)));
    expect(await usage()).toMatchObject({ sum: '5', max: '5', latest: '5', count: '1' });
    await story.arrive(story.correction('c3', 'k2', contentOf(3, DAY.startMs)));
    expect(await usage()).toMatchObject({ sum: '8', min: '3', count: '2' });
    await story.arrive(story.correction('c4', 'k2', contentOf(3, DAY.startMs, 'Song skipped')));
    expect(await usage()).toMatchObject({ sum: '5', min: '5', count: '1' });
  });

  test('brings an event back that was voided', async () => {
    const story = new Story();
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
  test('that comes before its event waits, and is applied together with the event', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(
      story.correction('c1', 'k1'),
      story.correction('c2', 'k1', contentOf(6)),
      story.correction('c3', 'k2'),
    );
    expect(await usage()).toMatchObject({ count: '0' });
    expect((await story.states()).map(([, state]) => state)).toEqual(Array(3).fill('waiting'));
    await story.arrive(story.event('k1', 5), story.event('k2', 7), story.event('k3', 8));
    expect(await usage()).toMatchObject({ sum: '14', count: '2' });
    expect(await story.states()).toEqual([
      ['c1', 'superseded'],
      ['c2', 'applied'],
      ['c3', 'applied'],
    ]);
  });

  test('in one message or chunk with its event is applied after what came before it', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(
      story.correction('c1', 'k1'),
      story.event('k1', 5),
      story.correction('c2', 'k1', contentOf(6)),
      story.event('k2', 7),
      story.correction('c3', 'k2', contentOf(1)),
      story.correction('c4', 'k2'),
    );
    expect(await usage()).toMatchObject({ sum: '6', count: '1' });
  });

  test('that is sent again changes nothing, whatever happened in between', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    await story.arrive(story.correction('c1', 'k1'), story.correction('c1', 'k1'));
    await story.arrive(story.correction('c2', 'k1', contentOf(6)));
    await story.arrive(story.correction('c1', 'k1'));
    expect(await usage()).toMatchObject({ sum: '6' });
    expect(await story.counts()).toMatchObject({ counted: 1, voided: 0, amended: 1 });
  });

  test('that names another account than the event has waits, and changes nothing', async () => {
    const story = new Story();
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    await story.arrive(story.correction('c1', 'k1', undefined, 'acct_2'));
    await story.arrive(story.event('k1', 5), story.event('k2', 1));
    expect(await usage()).toMatchObject({ sum: '6' });
    expect(await story.states()).toEqual([['c1', 'waiting']]);
  });

  test('moves its event from one count to another, in the minute in which the event came', async () => {
    const story = new Story();
    await story.meterAll();
    const event = story.event('k1', 5);
    await story.arrive(event);
    await story.arrive(story.correction('c1', 'k1'));
    const startMs = Math.floor((event.receiveTimeMs ?? 0) / 60_000) * 60_000;
    const minute = { startMs, endMs: startMs + 60_000 };
    const counts = () => readEventCounts(harness.mongo.db, undefined, story.organisationId, minute);
    expect(await counts()).toMatchObject({ counted: 0, voided: 1, amended: 0 });
    receiveTimeMs += 3_600_000;
    await story.arrive(story.correction('c2', 'k1', contentOf(5, DAY.startMs, 'Song skipped')));
    expect(await counts()).toMatchObject({ counted: 0, unmatched: 1, voided: 0, amended: 1 });
  });
});

test('an event that comes again after a correction is a duplicate with any content it had, else a conflict', async () => {
  const story = new Story();
  const usage = await story.meterAll();
  await story.arrive(story.event('k1', 5), story.event('k2', 5));
  await story.arrive(story.correction('c1', 'k1'), story.correction('c2', 'k2', contentOf(6)));
  await story.arrive(story.event('k1', 5), story.event('k2', 5), story.event('k2', 6));
  expect(await story.counts()).toMatchObject({ duplicate: 3, conflict: 0 });
  await story.arrive(story.event('k1', 6), story.event('k2', 7));
  expect(await story.counts()).toMatchObject({ duplicate: 3, conflict: 2 });
  expect(await usage()).toMatchObject({ sum: '6', count: '1' });
});

test('while a new profile has yet to count earlier events, each is counted once, as its last correction says', async () => {
  const story = new Story();
  const { organisationId } = story;
  const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
  for (const [index, key] of keys.entries()) {
    await story.arrive(story.event(key, index, DAY.startMs + index * HOUR_MS));
  }
  const meter = await harness.createMeter(organisationId, METHODS.map(profileOf));
  const { mongo } = harness;
  const numbers = meter.profiles.map(({ number }) => number);
  for (let step = 0; ; step += 1) {
    const [backfill] = await backfillsOf(mongo.db, undefined, organisationId, numbers);
    if (backfill === undefined || backfill.complete) break;
    await backfillChunk({ mongo, nowMs: Date.now }, backfill, 1);
    // Corrects events that the backfill has passed, and, from the other end, such that it has not.
    const near = story.correction(`near ${step}`, keys[step] ?? 'none');
    const content = contentOf(100 + step, DAY.startMs + (step % 3) * HOUR_MS);
    const far = story.correction(`far ${step}`, keys.at(-1 - step) ?? 'none', content);
    await story.arrive(near, far);
  }
  for (const [index, method] of METHODS.entries()) {
    const expected = expectedUsage(
      oracleStanding(story.arrived),
      organisationId,
      profileOf(method),
      [DAY],
    );
    expect(await usageOf(mongo, meter, `p${index}`, [DAY])).toEqual(expected);
  }
  expect(await differencesOf(mongo, meter)).toEqual([]);
  const histories = oracleHistories(story.arrived);
  const voided = histories.filter(({ standing }) => standing === undefined).length;
  expect(await story.counts()).toMatchObject({ counted: 10 - voided, unmatched: 0, voided });
});

// The last one: what is deleted stays deleted.
test('an event of a day that is no longer kept is not corrected: its correction waits', async () => {
  const story = new Story();
  const meter = await harness.createMeter(story.organisationId, [profileOf('sum')]);
  await story.arrive(story.event('old', 5), story.event('young', 7, DAY.endMs));
  await moveRawHorizon(harness.mongo.db, DAY.endMs);
  await story.arrive(story.correction('c1', 'old'), story.correction('c2', 'young'));
  expect(await story.states()).toEqual([
    ['c1', 'waiting'],
    ['c2', 'applied'],
  ]);
  const [row] = await usageOf(harness.mongo, meter, 'p0', [DAY]);
  expect(row).toMatchObject({ value: '5', eventCount: 1 });
});
