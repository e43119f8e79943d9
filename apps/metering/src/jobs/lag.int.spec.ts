import { partitionOf, partitionsOf } from '@billingrails/bus';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes } from '../testing/lanes';
import { newOrganisation, storyEvents } from '../testing/story';
import { readLags } from '../partitions/use-cases/read-lags';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

test('the lag of a partition is how long its oldest message waits, and 0 when all is applied', async () => {
  const { mongo, bus } = harness;
  const partitionCount = await partitionsOf(bus);
  const inAnHour = () => Date.now() + 3_600_000;
  const lags = () => readLags({ mongo, bus, nowMs: inAnHour, partitionCount });
  expect(await lags()).toEqual(Array.from({ length: partitionCount }, () => 0));

  const organisationId = newOrganisation();
  const events = storyEvents(organisationId, 20, 41);
  const published = await harness.publish(events);
  const used = new Set(events.map(({ accountId }) => partitionOf(organisationId, accountId)));
  for (const [partition, lag] of (await lags()).entries()) {
    if (used.has(partition)) expect(lag).toBeGreaterThanOrEqual(3_600_000);
    else expect(lag).toBe(0);
  }

  const lanes = await runLanes(harness);
  await harness.applied(published);
  expect(Math.max(...(await lags()))).toBe(0);
  await lanes.stop();
});
