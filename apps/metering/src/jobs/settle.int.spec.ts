import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes, type RunningLanes } from '../testing/lanes';
import { expectStory, newOrganisation, STORY_PROFILES, storyEvents } from '../testing/story';
import { countAdditions } from '../usage/store/usage-additions';
import { startSettling } from './settle';

const logger = createLogger({ service: 'test', level: 'silent' });
const ALL = Array.from({ length: 16 }, (_, partition) => partition);
let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness, { limits: { eventCount: 40, byteCount: 1024 * 1024 } });
});

afterAll(async () => {
  await lanes?.stop();
  await harness?.close();
});

async function waitingPartitions(): Promise<number[]> {
  return [...(await countAdditions(harness.mongo.db)).keys()];
}

test('what waits is settled by the owner of its partition within seconds, and usage stays the same', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  const events = storyEvents(organisationId, 300, 51);
  await harness.applied(await harness.publish(events));
  const waiting = await waitingPartitions();
  expect(waiting.length).toBeGreaterThan(2);
  await expectStory(harness, meter, events);

  const [own, ...others] = waiting;
  const first = startSettling({ mongo: harness.mongo, logger, owned: () => [own ?? -1] });
  await waitFor(async () => !(await waitingPartitions()).includes(own ?? -1), {
    what: 'the partition to be settled',
  });
  await first.close();
  expect(await waitingPartitions()).toEqual(expect.arrayContaining(others));
  await expectStory(harness, meter, events);

  // Two at once, as when a partition moves, while events keep coming.
  const jobs = [1, 2].map(() => startSettling({ mongo: harness.mongo, logger, owned: () => ALL }));
  const more = storyEvents(organisationId, 300, 52);
  await harness.applied(await harness.publish(more));
  await waitFor(async () => (await waitingPartitions()).length === 0, {
    what: 'everything to be settled',
  });
  await Promise.all(jobs.map((job) => job.close()));
  await expectStory(harness, meter, [...events, ...more]);
});
