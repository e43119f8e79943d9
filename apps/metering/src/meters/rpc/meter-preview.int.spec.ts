import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { startHarness, type Harness } from '../../testing/harness';
import { refusalOf, startService, type Service } from '../../testing/service';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

const load = {
  code: 'load',
  name: 'Load',
  aggregationMethod: AggregationMethod.MAX,
  aggregationProperty: 'load',
};

describe('a preview', () => {
  const startMs = Date.UTC(2024, 5, 1);
  const measured = (organisationId: string, account: string, load: unknown, minute: number) => ({
    organisationId,
    accountId: account,
    eventName: 'Load measured',
    key: `${account}-${minute}`,
    timestampMs: startMs + minute * 60_000,
    properties: JSON.stringify({ load, region: 'eu' }),
  });
  const range = {
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(startMs + 3_600_000),
  };

  test('tells what a profile would count, and creates nothing', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const events = [
      measured(organisationId, 'acct_1', 5, 1),
      measured(organisationId, 'acct_1', '7.5', 2),
      measured(organisationId, 'acct_2', 'high', 3),
      measured(organisationId, 'acct_2', 1, 60),
    ];
    await harness.applied(await harness.publish(events));
    const profile = { ...load, groupBy: ['region'] };
    const request = { eventName: 'Load measured', profile, ...range };
    const preview = await meters.previewMeter(request);
    expect(preview).toMatchObject({
      eventCount: 3n,
      countedCount: 2n,
      filteredOutCount: 0n,
      unusableCount: 1n,
      truncated: false,
    });
    expect(preview.usage).toMatchObject([
      {
        accountId: 'acct_1',
        group: [{ kind: { case: 'stringValue', value: 'eu' } }],
        value: '7.5',
        eventCount: 2n,
      },
    ]);
    expect(
      preview.events.map(({ idempotencyKey, outcome, value }) => [idempotencyKey, outcome, value]),
    ).toEqual([
      ['acct_1-2', 'counted', '7.5'],
      ['acct_1-1', 'counted', '5'],
      ['acct_2-3', 'not_a_number', ''],
    ]);
    expect((await meters.listMeters({ includeArchived: true })).meters).toEqual([]);
    const named = await meters.previewMeter({ ...request, accountIds: ['acct_2'] });
    expect(named).toMatchObject({ eventCount: 1n, usage: [] });
  });

  test('looks at the newest events of every account, as many as it may', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const many = Array.from({ length: 50 }, (_, n) => measured(organisationId, 'acct_1', n, n));
    await harness.applied(
      await harness.publish([...many, measured(organisationId, 'acct_2', 3, 0)]),
    );
    const request = { eventName: 'Load measured', profile: load, ...range, eventCountMax: 11 };
    const preview = await meters.previewMeter({
      ...request,
      profile: { ...load, aggregationMethod: AggregationMethod.MIN },
    });
    expect(preview).toMatchObject({ eventCount: 7n, truncated: true });
    expect(preview.usage.map(({ accountId, value }) => [accountId, value])).toEqual([
      ['acct_1', '44'],
      ['acct_2', '3'],
    ]);
    const other = service.as(newOrganisation());
    expect(await other.meters.previewMeter(request)).toMatchObject({ eventCount: 0n });
  });

  test('spends its number of events on those that stand, not on voided or superseded contents', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const events = Array.from({ length: 8 }, (_, n) => measured(organisationId, 'acct_1', n, n));
    const of = { organisationId, accountId: 'acct_1', receiveTimeMs: Date.now() };
    const corrections = [3, 5, 6, 7].map((n) => ({
      ...{ ...of, key: `acct_1-${n}`, correctionId: `cor_${n}` },
      amended: n === 3 ? measured(organisationId, 'acct_1', 30, 3) : undefined,
    }));
    await harness.applied(await harness.publish([...events, ...corrections]));
    const request = { eventName: 'Load measured', profile: load, ...range };
    const three = await meters.previewMeter({ ...request, eventCountMax: 3 });
    expect(three).toMatchObject({ eventCount: 3n, truncated: true });
    expect(three.events.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      ...['acct_1-4', 'acct_1-3', 'acct_1-2'],
    ]);
    const five = await meters.previewMeter({ ...request, eventCountMax: 5 });
    expect(five).toMatchObject({ eventCount: 5n, truncated: false });
  });

  test('is refused for what could not be created, by field', async () => {
    const { meters } = service.as(newOrganisation());
    const request = { eventName: 'Load measured', profile: load, ...range };
    const profile = { ...load, recurring: true, aggregationProperty: 'a..b' };
    expect(await refusalOf(meters.previewMeter({ ...request, profile }))).toMatchObject({
      code: 'InvalidArgument',
      fields: ['profile.aggregation_property'],
    });
    const backwards = { ...request, accountIds: ['no account'], endTime: range.startTime };
    expect(await refusalOf(meters.previewMeter(backwards))).toMatchObject({
      code: 'InvalidArgument',
      fields: ['account_ids[0]', 'end_time'],
    });
  });
});
