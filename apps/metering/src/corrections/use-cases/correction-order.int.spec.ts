import { contentOf, CorrectionStory } from '../../testing/correction-story';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';

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

describe('a correction', () => {
  test('that comes before its event waits, and is applied together with the event', async () => {
    const story = new CorrectionStory(harness);
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
    const story = new CorrectionStory(harness);
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
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    await story.arrive(story.correction('c1', 'k1'), story.correction('c1', 'k1'));
    await story.arrive(story.correction('c2', 'k1', contentOf(6)));
    await story.arrive(story.correction('c1', 'k1'));
    expect(await usage()).toMatchObject({ sum: '6' });
    expect(await story.counts()).toMatchObject({ counted: 1, voided: 0, amended: 1 });
  });

  test('that names another account than the event has waits, and changes nothing', async () => {
    const story = new CorrectionStory(harness);
    const usage = await story.meterAll();
    await story.arrive(story.event('k1', 5));
    await story.arrive(story.correction('c1', 'k1', undefined, 'acct_2'));
    await story.arrive(story.event('k1', 5), story.event('k2', 1));
    expect(await usage()).toMatchObject({ sum: '6' });
    expect(await story.states()).toEqual([['c1', 'waiting']]);
  });
});

test('an event that comes again after a correction is a duplicate with any content it had, else a conflict', async () => {
  const story = new CorrectionStory(harness);
  const usage = await story.meterAll();
  await story.arrive(story.event('k1', 5), story.event('k2', 5));
  await story.arrive(story.correction('c1', 'k1'), story.correction('c2', 'k2', contentOf(6)));
  await story.arrive(story.event('k1', 5), story.event('k2', 5), story.event('k2', 6));
  expect(await story.counts()).toMatchObject({ duplicate: 3, conflict: 0 });
  await story.arrive(story.event('k1', 6), story.event('k2', 7));
  expect(await story.counts()).toMatchObject({ duplicate: 3, conflict: 2 });
  expect(await usage()).toMatchObject({ sum: '6', count: '1' });
});
