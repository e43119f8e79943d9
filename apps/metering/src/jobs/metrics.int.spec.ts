import type { AccountId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { partitionOf, partitionsOf } from '@billingrails/bus';
import { waitFor } from '@billingrails/testing';
import { LaneProgress } from '../consumer/lane-progress';
import { askForRecounts } from '../recounts/store/recounts';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes } from '../testing/lanes';
import { recountAll } from '../testing/recounts';
import { startService } from '../testing/service';
import { newOrganisation, STORY_PROFILES, storyEvents } from '../testing/story';
import { createMetrics } from './metrics';

let harness: Harness;
let partitions: string[];

beforeAll(async () => {
  harness = await startHarness();
  const partitionCount = await partitionsOf(harness.bus);
  partitions = Array.from({ length: partitionCount }, (_, partition) => `${partition}`);
});

afterAll(() => harness.close());

/** The values of a metric, by the value of its one label; by "" when it has none. */
function valuesOf(text: string, metric: string): Map<string, number> {
  const samples = text.matchAll(new RegExp(`^${metric}(?:\\{\\w+="(\\w+)"\\})? (\\S+)$`, 'gm'));
  return new Map([...samples].map(([, label = '', value]) => [label, Number(value)]));
}

const LAG = 'billingrails_metering_partition_lag_seconds';
const EVENTS = 'billingrails_metering_events';
const OWNED = 'billingrails_metering_partitions_owned';
const WAITING = 'billingrails_metering_additions_waiting';

const STANDING = 'billingrails_metering_lane_standing_seconds';
const RECOUNT = 'billingrails_metering_recount_seconds';

const sumOf = (values: Map<string, number>): number =>
  [...values.values()].reduce((a, b) => a + b, 0);

test('every partition has its lag and what waits to be settled, and the events are counted by outcome', async () => {
  const { mongo, bus } = harness;
  const inAnHour = () => Date.now() + 3_600_000;
  const progress = new LaneProgress(inAnHour);
  const context = { mongo, bus, nowMs: inAnHour, partitionCount: partitions.length, progress };
  const metrics = createMetrics({ ...context, owned: () => [3, 5] });
  const organisationId = newOrganisation();
  await harness.createMeter(organisationId, STORY_PROFILES);
  const events = storyEvents(organisationId, 200, 61);
  const published = await harness.publish(events);

  const before = await metrics.metrics();
  const used = new Set(events.map(({ accountId }) => partitionOf(organisationId, accountId)));
  const lags = valuesOf(before, LAG);
  expect([...lags.keys()]).toEqual(partitions);
  for (const [partition, lag] of lags) {
    if (used.has(Number(partition))) expect(lag).toBeGreaterThanOrEqual(3_600);
    else expect(lag).toBe(0);
  }
  expect(valuesOf(before, WAITING)).toEqual(new Map(partitions.map((one) => [one, 0])));
  expect(sumOf(valuesOf(before, EVENTS))).toBe(0);
  expect(valuesOf(before, OWNED)).toEqual(new Map([['', 2]]));

  const lanes = await runLanes(harness);
  await harness.applied(published);
  await lanes.stop();
  const after = await metrics.metrics();
  expect(valuesOf(after, LAG)).toEqual(new Map(partitions.map((one) => [one, 0])));
  expect([...valuesOf(after, WAITING).keys()]).toEqual(partitions);
  expect(sumOf(valuesOf(after, WAITING))).toBeGreaterThan(0);
  expect(sumOf(valuesOf(after, EVENTS))).toBe(events.length);
  for (const text of [before, after]) {
    expect(text).not.toContain('org_');
    expect(text).not.toContain('acct_');
  }
});

test('a lane that cannot go on tells for how long and why, and what is to be counted again since when', async () => {
  const { mongo, bus } = harness;
  let nowMs = Date.now();
  const progress = new LaneProgress(() => nowMs);
  const partitionCount = partitions.length;
  const context = { mongo, bus, nowMs: () => nowMs, partitionCount, progress };
  const metrics = createMetrics({ ...context, owned: () => [] });
  let fails = true;
  const beforeCommit = async () => {
    if (fails) throw new TypeError('injected');
  };
  const lanes = await runLanes(harness, { beforeCommit, progress });
  const organisationId = newOrganisation();
  const [event] = storyEvents(organisationId, 1, 63);
  const published = await harness.publish(event === undefined ? [] : [event]);
  const [partition = -1] = published.keys();
  await waitFor(() => progress.standing.get(partition)?.reason === 'TypeError', {
    what: 'the lane to fail',
  });
  const accountId = 'acct_1' as AccountId;
  const day = { organisationId, accountId, eventName: 'Song played', day: 1, hours: [3] };
  await inTransaction(mongo, (session) =>
    askForRecounts(mongo.db, session, partition, [day], { corrected: true, nowMs }),
  );
  nowMs += 60_000;
  const text = await metrics.metrics();
  const standing = new RegExp(`^${STANDING}{partition="(\\d+)",reason="(\\w+)"} (\\d+)`, 'gm');
  expect([...text.matchAll(standing)].map(([, ...told]) => told)).toEqual([
    [`${partition}`, 'TypeError', expect.stringMatching(/^[56]\d$/)],
  ]);
  expect(valuesOf(text, RECOUNT)).toEqual(
    new Map(partitions.map((one) => [one, one === `${partition}` ? 60 : 0])),
  );
  fails = false;
  await harness.applied(published);
  await recountAll(harness);
  await lanes.stop();
  const after = await metrics.metrics();
  expect(after).not.toContain(`${STANDING}{`);
  expect(sumOf(valuesOf(after, RECOUNT))).toBe(0);
});

test('the service answers GET /metrics without a key, and shows the lag while its lanes cannot apply', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const service = await startService(harness, { failpoints: { beforeCommit: () => held } });
  const ask = async () => (await fetch(`${service.address}/metrics`)).text();
  const published = await harness.publish(storyEvents(newOrganisation(), 20, 62));
  // A replica that was too slow to say that it lives owns nothing for a while.
  const text = await waitFor(
    async () => {
      const answer = await ask();
      return valuesOf(answer, OWNED).get('') === harness.partitions.length && answer;
    },
    { what: 'every partition to be owned' },
  );
  for (const partition of published.keys()) {
    expect(valuesOf(text, LAG).get(`${partition}`)).toBeGreaterThan(0);
  }
  expect(text).toContain('process_cpu_seconds_total');

  release();
  await harness.applied(published);
  await waitFor(async () => sumOf(valuesOf(await ask(), LAG)) === 0, {
    what: 'the lag to be gone',
  });
  await service.close();
});
