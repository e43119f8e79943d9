import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AggregationMethod,
  AggregationTimeWindow,
  MeterStatus,
  type FilterNode,
  type FilterNodeSchema,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { StoredEventState } from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { UsageWindow } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { waitFor } from '@billingrails/testing';
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

type NodeShape = MessageInitShape<typeof FilterNodeSchema>;

const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
const list = (...values: string[]) => ({
  kind: { case: 'listValue' as const, value: { values: values.map(text) } },
});
const all = (...filters: NodeShape[]): NodeShape => ({ node: { case: 'all', value: { filters } } });
const any = (...filters: NodeShape[]): NodeShape => ({ node: { case: 'any', value: { filters } } });
const not = (value: NodeShape): NodeShape => ({ node: { case: 'negated', value } });
const condition = (property: string, operator: string, value: string): NodeShape => ({
  node: { case: 'condition', value: { property: text(property), operator, value: text(value) } },
});

const load = {
  code: 'load',
  name: 'Load',
  aggregationMethod: AggregationMethod.MAX,
  aggregationProperty: 'load',
};
const draft = { name: 'Load', eventName: 'Load measured', profiles: [load] };

describe('a profile', () => {
  test('takes a tree of filters, and returns it', async () => {
    const { meters } = service.as(newOrganisation());
    const filter = all(
      any(condition('call.kind', 'eq', 'local'), not(condition('a', 'starts_with', 'x'))),
    );
    const { meter } = await meters.createMeter({ ...draft, profiles: [{ ...load, filter }] });
    const found = await meters.getMeter({ meterId: meter?.id ?? '' });
    expect(found.meter).toEqual(meter);
    const [first, second] = membersOf(membersOf(meter?.profiles[0]?.filter)[0]);
    expect(first?.node).toMatchObject({
      case: 'condition',
      value: { property: list('call', 'kind'), operator: 'eq', value: list('local') },
    });
    expect(second?.node).toMatchObject({ case: 'negated', value: { node: { case: 'condition' } } });
  });

  test('is refused by the path of what is wrong in its tree, however deep that is', async () => {
    const { meters } = service.as(newOrganisation());
    const create = (filter: NodeShape) =>
      meters.createMeter({ ...draft, profiles: [{ ...load, filter }] });
    const wrong = any(condition('a', 'eq', 'x'), not(condition('a', 'gt', 'x')));
    expect(await refusalOf(create(wrong))).toMatchObject({
      code: 'InvalidArgument',
      fields: ['profiles[0].filter.any.filters[1].negated.condition.value'],
    });
    let deep = condition('a', 'eq', 'x');
    for (let level = 0; level < 60; level += 1) deep = not(deep);
    expect(await refusalOf(create(deep))).toMatchObject({
      code: 'InvalidArgument',
      fields: [`profiles[0].filter${'.negated'.repeat(8)}`],
    });
  });

  test('keeps how it carries, parts and groups, and is the first version of its code', async () => {
    const { meters } = service.as(newOrganisation());
    const profile = {
      ...load,
      recurring: true,
      aggregationTimeWindow: AggregationTimeWindow.DAY,
      groupBy: ['region', 'plan.tier'],
    };
    const { meter } = await meters.createMeter({ ...draft, profiles: [profile] });
    const found = await meters.getMeter({ meterId: meter?.id ?? '' });
    expect(found.meter?.profiles[0]).toMatchObject({ ...profile, version: 1 });
    expect(found.meter?.profiles[0]?.effectiveTime).toBeUndefined();
  });
});

describe('revising a profile', () => {
  const noon = timestampFromMs(Date.UTC(2024, 5, 1, 12));
  const created = async (organisationId: string) => {
    const { meters } = service.as(organisationId);
    const { meter } = await meters.createMeter(draft);
    return { meters, meterId: meter?.id ?? '' };
  };

  test('makes the next version, in force from its hour on, once for each request_id', async () => {
    const { meters, meterId } = await created(newOrganisation());
    const profile = { ...load, aggregationProperty: 'load.cpu', groupBy: ['region'] };
    const request = { meterId, profile, effectiveTime: noon, requestId: 'r1' };
    const { meter } = await meters.reviseMeterProfile(request);
    await meters.reviseMeterProfile(request);
    const found = await meters.getMeter({ meterId });
    expect(found.meter).toEqual(meter);
    expect(meter?.profiles).toHaveLength(2);
    expect(meter?.profiles[0]).toMatchObject({ version: 1, aggregationProperty: 'load' });
    expect(meter?.profiles[1]).toMatchObject({ ...profile, version: 2, effectiveTime: noon });
    expect(meter?.profiles[1]?.id).not.toBe(meter?.profiles[0]?.id);
  });

  test('leaves each event to the version in force at its time, whenever it came', async () => {
    const organisationId = newOrganisation();
    const { meters, usage } = service.as(organisationId);
    const sum = { ...load, aggregationMethod: AggregationMethod.SUM, aggregationProperty: 'a' };
    const { meter } = await meters.createMeter({ ...draft, profiles: [sum] });
    const meterId = meter?.id ?? '';
    const event = (minutesFromNoon: number, a: number, b: number) => ({
      ...{ organisationId, accountId: 'acct_1', eventName: 'Load measured' },
      key: `${minutesFromNoon}`,
      timestampMs: Date.UTC(2024, 5, 1, 12, minutesFromNoon),
      properties: JSON.stringify({ a, b }),
    });
    const before = [event(-1, 1, 10), event(0, 2, 20), event(60, 4, 40)];
    await harness.applied(await harness.publish(before));
    const profile = { ...sum, aggregationProperty: 'b' };
    await meters.reviseMeterProfile({ meterId, profile, effectiveTime: noon });
    await harness.applied(await harness.publish([event(-30, 100, 1000), event(30, 200, 2000)]));
    const answer = await waitFor(
      async () => {
        const rows = await usage.queryUsage({
          meterId,
          accountIds: ['acct_1'],
          startTime: timestampFromMs(Date.UTC(2024, 5, 1, 11)),
          endTime: timestampFromMs(Date.UTC(2024, 5, 1, 14)),
          window: UsageWindow.HOUR,
        });
        return !rows.partial && rows;
      },
      { what: 'the backfill' },
    );
    expect(answer.rows.map(({ value }) => value)).toEqual(['101', '2020', '40']);
  });

  test('moves what became of earlier events to what the new version makes of them', async () => {
    const organisationId = newOrganisation();
    const { meters, stored } = service.as(organisationId);
    const count = { ...load, aggregationMethod: AggregationMethod.COUNT, aggregationProperty: '' };
    const { meter } = await meters.createMeter({ ...draft, profiles: [count] });
    const meterId = meter?.id ?? '';
    const event = (minutesFromNoon: number, region: string) => ({
      ...{ organisationId, accountId: 'acct_1', eventName: 'Load measured' },
      key: `${minutesFromNoon}`,
      timestampMs: Date.UTC(2024, 5, 1, 12, minutesFromNoon),
      properties: JSON.stringify({ region }),
    });
    await harness.applied(
      await harness.publish([event(-1, 'eu'), event(0, 'eu'), event(1, 'us'), event(2, 'us')]),
    );
    const filters = [{ property: text('region'), operator: 'eq', value: text('us') }];
    await meters.reviseMeterProfile({
      meterId,
      profile: { ...count, filters },
      effectiveTime: noon,
    });
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    await waitFor(
      async () => {
        const report = await stored.getIngestReport({
          startTime: timestampFromMs(now - 3_600_000),
          endTime: timestampFromMs(now + 3_600_000),
        });
        const { acceptedCount, countedCount, filteredOutCount } = report;
        return acceptedCount === 4n && countedCount === 3n && filteredOutCount === 1n;
      },
      { what: 'the backfill to move the counts' },
    );
    const { event: left } = await stored.getEvent({ idempotencyKey: '0' });
    expect(left?.state).toBe(StoredEventState.FILTERED_OUT);
    expect(left?.verdicts).toMatchObject([
      { version: 1, outcome: 'filtered_out' },
      { version: 2, outcome: 'filtered_out' },
    ]);
  });

  test('is refused when the versions could not be put together, or it begins not after the last', async () => {
    const { meters, meterId } = await created(newOrganisation());
    const revise = (change: object, effectiveTime = noon) =>
      refusalOf(
        meters.reviseMeterProfile({ meterId, profile: { ...load, ...change }, effectiveTime }),
      );
    expect(
      await revise({
        aggregationMethod: AggregationMethod.LATEST,
        recurring: true,
        aggregationTimeWindow: AggregationTimeWindow.HOUR,
      }),
    ).toMatchObject({
      code: 'FailedPrecondition',
      reason: 'PROFILE_REVISION_DIFFERS',
      fields: [
        'profile.aggregation_method',
        'profile.recurring',
        'profile.aggregation_time_window',
      ],
    });
    expect(await revise({ code: 'none' })).toMatchObject({ code: 'NotFound' });
    expect(await revise({}, timestampFromMs(1))).toMatchObject({
      code: 'InvalidArgument',
      fields: ['effective_time'],
    });
    await meters.reviseMeterProfile({ meterId, profile: load, effectiveTime: noon });
    expect(await revise({})).toMatchObject({
      code: 'FailedPrecondition',
      reason: 'PROFILE_REVISION_EARLY',
      fields: ['effective_time'],
    });
  });
});

test('an archived meter leaves the lists, goes on, and returns', async () => {
  const { meters } = service.as(newOrganisation());
  const { meter } = await meters.createMeter(draft);
  const meterId = meter?.id ?? '';
  const listed = async () => (await meters.listMeters({})).meters.map(({ id }) => id);
  await meters.updateMeter({ meterId, status: MeterStatus.ARCHIVED });
  expect(await listed()).toEqual([]);
  const added = await meters.addMeterProfile({ meterId, profile: { ...load, code: 'more' } });
  expect(added.meter?.status).toBe(MeterStatus.ARCHIVED);
  const returned = await meters.updateMeter({ meterId, status: MeterStatus.ACTIVE });
  expect(returned.meter?.status).toBe(MeterStatus.ACTIVE);
  expect(await listed()).toEqual([meterId]);
});

function membersOf(node: FilterNode | undefined): FilterNode[] {
  return node?.node.case === 'all' || node?.node.case === 'any' ? node.node.value.filters : [];
}
