import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type {
  ExplainedEvent,
  ExplainUsageResponse,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
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

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2024, 0, 1);
const END_MS = Date.UTC(2024, 0, 8);
const range = { startTime: timestampFromMs(START_MS), endTime: timestampFromMs(END_MS) };
const accountId = 'acct_1';

function plays(organisationId: string, count: number): OracleEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ organisationId, accountId, eventName: 'Song played', key: `k${n}` },
    timestampMs: START_MS + n * MINUTE_MS,
    receiveTimeMs: END_MS + n * MINUTE_MS,
    properties: JSON.stringify({ song: `song ${n % 7}`, level: (n * 37) % 101, country: n % 3 }),
  }));
}

const method = AggregationMethod;
const profiles = [
  { code: 'count', name: 'c', aggregationMethod: method.COUNT, groupBy: ['country'] },
  {
    ...{ code: 'songs', name: 's', aggregationProperty: 'song' },
    aggregationMethod: method.COUNT_UNIQUE,
  },
  { code: 'peak', name: 'p', aggregationMethod: method.MAX, aggregationProperty: 'level' },
  {
    ...{ code: 'level', name: 'l', aggregationProperty: 'level', recurring: true },
    aggregationMethod: method.LATEST,
  },
];

async function counted(count: number) {
  const organisationId = newOrganisation();
  const { meters, usage } = service.as(organisationId);
  const { meter } = await meters.createMeter({ name: 'm', eventName: 'Song played', profiles });
  await harness.applied(await harness.publish(plays(organisationId, count)));
  return { usage, meterId: meter?.id ?? '' };
}

async function read(answers: AsyncIterable<ExplainUsageResponse>) {
  const sizes: number[] = [];
  const events: ExplainedEvent[] = [];
  let quantity: ExplainUsageResponse['quantity'];
  for await (const answer of answers) {
    sizes.push(answer.events.length);
    events.push(...answer.events);
    quantity = answer.quantity;
  }
  return { sizes, events, quantity };
}

describe('explaining usage', () => {
  test('streams all events behind the quantity in messages of up to 1,000, and then the quantity', async () => {
    const { usage, meterId } = await counted(2_500);
    const query = { meterId, profile: 'count', accountId, ...range };
    const { sizes, events, quantity } = await read(usage.explainUsage(query));
    expect(sizes).toEqual([1_000, 1_000, 500, 0]);
    expect(new Set(events.map((event) => event.idempotencyKey)).size).toBe(2_500);
    expect(quantity).toMatchObject({ value: '2500', eventCount: 2_500n });
    const { rows } = await usage.queryUsage({ ...query, accountIds: [accountId] });
    expect(rows).toMatchObject([{ value: '2500', eventCount: 2_500n }]);
  });

  test('names the events that decide: the winner, or the first event of each value', async () => {
    const { usage, meterId } = await counted(300);
    const explain = (profile: string, from = range) =>
      read(usage.explainUsage({ meterId, profile, accountId, ...from, decidingOnly: true }));
    const songs = await explain('songs');
    expect(songs.events.map((event) => [event.idempotencyKey, event.value])).toEqual(
      Array.from({ length: 7 }, (_, n) => [`k${n}`, `"song ${n}"`]),
    );
    expect(songs.quantity).toMatchObject({ value: '7', eventCount: 300n });
    // 37 n = 100 modulo 101, for the first time at n = 30.
    const peak = await explain('peak');
    expect(peak.events).toMatchObject([{ idempotencyKey: 'k30', value: '100', deciding: true }]);
    const later = { ...range, startTime: timestampFromMs(START_MS + 299 * MINUTE_MS + 1) };
    const level = await explain('level', later);
    expect(level.events).toMatchObject([{ idempotencyKey: 'k299', carried: true, deciding: true }]);
    expect(level.quantity).toMatchObject({ value: String((299 * 37) % 101), eventCount: 0n });
  });

  test('of one group, and as it was known at an instant', async () => {
    const { usage, meterId } = await counted(30);
    const group = { values: [{ kind: { case: 'numberValue' as const, value: 2 } }] };
    const knownAt = timestampFromMs(END_MS + 10 * MINUTE_MS);
    const query = { meterId, profile: 'count', accountId, ...range, group, knownAt };
    const { events, quantity } = await read(usage.explainUsage(query));
    expect(events.map((event) => event.idempotencyKey)).toEqual(['k2', 'k5', 'k8']);
    expect(events[0]?.group).toMatchObject(group);
    expect(quantity).toMatchObject({ value: '3', eventCount: 3n });
  });

  test('refuses what cannot be asked, by the names of its own fields', async () => {
    const { usage, meterId } = await counted(0);
    const group = { values: [], overflow: false };
    const wrong = { meterId, accountId: 'a b', group, ...range, endTime: range.startTime };
    const refusal = await refusalOf(read(usage.explainUsage(wrong)));
    expect(refusal.fields).toEqual(['account_id', 'end_time', 'group']);
    const missing = { meterId: 'mtr_01j9z3k4m5n6p7q8r9s0t1v2w3', accountId, ...range };
    expect(await refusalOf(read(usage.explainUsage(missing)))).toMatchObject({ code: 'NotFound' });
  });
});
