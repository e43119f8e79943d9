import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { UsageWindow } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { howMany } from '@billingrails/testing';
import { startHarness, type Harness } from '../../testing/harness';
import { refusalOf, startService, type Service } from '../../testing/service';
import { newOrganisation, STORY_PROFILES, storyEvents } from '../../testing/story';

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
});

afterAll(async () => {
  await service?.close();
  await harness?.close();
});

const range = {
  startTime: timestampFromMs(Date.UTC(2024, 4, 30, 21, 30)),
  endTime: timestampFromMs(Date.UTC(2024, 5, 1, 5, 10)),
};

/** A query that waits for the stream is answered by the ordinary way. */
const ordinary = { waitForAcknowledged: true };

test('a plain query is answered as the ordinary way answers it', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  await harness.applied(await harness.publish(storyEvents(organisationId, 400, 61)));
  const { usage } = service.as(organisationId);
  const accountIds = ['acct_1', 'acct_2'];
  const shapes = [
    {},
    { accountIds, window: UsageWindow.DAY, timeZone: 'Europe/Berlin' },
    { accountIds, window: UsageWindow.HOUR, omitEmpty: true },
    { pageSize: 1, window: UsageWindow.HOUR },
    { accountIds, knownAt: timestampFromMs(Date.now()) },
  ];
  const shapesOfOne = howMany(2, shapes.length);
  for (const [index, { code }] of meter.profiles.entries()) {
    // Every method and every shape comes, though not each with each.
    for (let n = 0; n < shapesOfOne; n += 1) {
      const shape = shapes[(index * shapesOfOne + n) % shapes.length];
      const query = { ...range, meterId: meter.id, profile: code, ...shape };
      const { $unknown: _ours, ...plain } = await usage.queryUsage(query);
      const { nextPageToken, ...rest } = await usage.queryUsage({ ...query, ...ordinary });
      expect({ ...plain, nextPageToken: '' }).toEqual({ ...rest, nextPageToken: '' });
      expect(plain.nextPageToken === '').toBe(nextPageToken === '');
    }
  }
});

test('a plain query that is refused is refused as the ordinary way refuses it', async () => {
  const { usage } = service.as(newOrganisation());
  const queries = [
    { ...range, meterId: 'mtr_none' },
    {
      meterId: 'mtr_none',
      startTime: range.endTime,
      endTime: range.startTime,
      timeZone: 'Nowhere',
    },
    { ...range, meterId: '', accountIds: ['a b', ''] },
    { ...range, meterId: 'mtr_none', pageToken: 'rubbish', pageSize: -1 },
  ];
  for (const query of queries) {
    const refusal = await refusalOf(usage.queryUsage(query));
    expect(refusal.code).not.toBe('Internal');
    expect(refusal).toEqual(await refusalOf(usage.queryUsage({ ...query, ...ordinary })));
  }
});
