import { connectBus } from '@billingrails/bus';
import { connectMongo } from '@billingrails/mongo';
import { howMany, fakeClock, waitFor } from '@billingrails/testing';
import { purgeOnce } from '../partitions/use-cases/purge-applied';
import { startHarness, type Harness } from '../testing/harness';
import { startService, type Service } from '../testing/service';
import { expectStory, newOrganisation, STORY_PROFILES, storyEvents } from '../testing/story';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

const ALL = Array.from({ length: 16 }, (_, partition) => partition);

function owned(services: readonly Service[]): number[] {
  return services.flatMap((service) => [...service.owned()]).sort((a, b) => a - b);
}

async function shared(services: readonly Service[]): Promise<void> {
  await waitFor(() => owned(services).join() === ALL.join(), {
    what: 'every partition to have one owner',
  });
}

describe('replicas', () => {
  test('share the partitions, and a leaving one hands its own over at once', async () => {
    const first = await startService(harness);
    expect(first.owned()).toEqual(ALL);
    const second = await startService(harness);
    await shared([first, second]);
    expect(second.owned().length).toBeGreaterThan(0);
    await first.close();
    // Nobody waits for its silence: it has said that it ends.
    expect(await harness.mongo.db.collection('replicas').countDocuments()).toBe(1);
    await shared([second]);
    await second.close();
  });

  test('take over from one that is silent, and count everything once', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const { logger, servers } = harness;
    // Its own connections, so that it can be cut off as if it were killed.
    const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'metering', logger });
    const bus = await connectBus({ url: servers.natsUrl, name: 'doomed', logger });
    const doomed = await startService({ ...harness, mongo, bus });
    const survivor = await startService(harness);
    await shared([doomed, survivor]);
    const events = storyEvents(organisationId, 600, 31);
    const half = await harness.publish(events.slice(0, 300));
    await mongo.close();
    await shared([survivor]);
    const rest = await harness.publish(events.slice(300));
    await harness.applied(new Map([...half, ...rest]));
    await expectStory(harness, meter, events);
    await doomed.close();
    await bus.close();
    await survivor.close();
  });

  test('that come and go while events arrive count everything once', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    const events = storyEvents(organisationId, howMany(500, 4_000), 32);
    const last = new Map<number, number>();
    const share = Math.ceil(events.length / 4);
    let running = await startService(harness);
    for (let turn = 0; turn < 4; turn += 1) {
      const batch = events.slice(turn * share, (turn + 1) * share);
      const joining = await startService(harness);
      for (const [partition, seq] of await harness.publish(batch)) last.set(partition, seq);
      await running.close();
      running = joining;
    }
    await harness.applied(last);
    await running.close();
    await expectStory(harness, meter, events);
  });
});

describe('messages', () => {
  test('leave the stream a retention time after they were applied, and never before', async () => {
    const organisationId = newOrganisation();
    const { mongo, bus, logger } = harness;
    const service = await startService(harness);
    const clock = fakeClock(Date.UTC(2030, 0, 1));
    const purge = () =>
      purgeOnce({ mongo, bus, logger, nowMs: clock.nowMs, retentionMs: 7 * 86_400_000 });
    const countOf = async () => (await bus.manager.streams.info('EVENTS')).state.messages;
    const message = async (seq: number) =>
      bus.manager.streams.getMessage('EVENTS', { seq }).then(
        () => 'there',
        () => 'gone',
      );

    const early = await harness.publish(storyEvents(organisationId, 100, 33));
    await harness.applied(early);
    await purge();
    const before = await countOf();
    clock.advance(7 * 86_400_000 - 1);
    await purge();
    expect(await countOf()).toBe(before);

    // What is not applied stays, however old it is.
    await service.close();
    const unapplied = await harness.publish(storyEvents(organisationId, 100, 34));
    const full = await countOf();
    clock.advance(30 * 86_400_000);
    await purge();
    expect(await countOf()).toBeLessThan(full);
    for (const seq of unapplied.values()) expect(await message(seq)).toBe('there');

    // And the lanes go on from there without a gap.
    const again = await startService(harness);
    await harness.applied(unapplied);
    await again.close();
  });
});
