import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredCorrectionState } from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import {
  UsageService,
  UsageWindow,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS, waitFor } from '@billingrails/testing';
import type { Document } from 'mongodb';
import { startHarness, type Harness } from '../testing/harness';
import { startService, type Service } from '../testing/service';
import { newOrganisation, storyEvents } from '../testing/story';

const PROFILE_BYTES = 256 * 1024 * 1024;
/** Read whole, as every document is wanted: one for each partition, replica or mark. */
const READ_WHOLE = ['partitions', 'replicas', 'purge_marks', 'system.profile'];

const services: readonly DescService[] = [MeterService, StoredEventService, UsageService];
const methods = services.flatMap((service) =>
  service.methods.map((method) => [`${service.name}.${method.name}`, method] as const),
);

let harness: Harness;
let service: Service;
let organisationId: ReturnType<typeof newOrganisation>;
let meterId: string;
/** Of a message that cannot be understood. */
let quarantinedId: string;

beforeAll(async () => {
  harness = await startHarness();
  const { db } = harness.mongo;
  await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  await db.setProfilingLevel('all');
  organisationId = newOrganisation();
  service = await startService(harness, { operatorOrganisationId: organisationId });
  const sent = await harness.publishMessage({ partition: 3, data: Buffer.from('rubbish') });
  quarantinedId = `3/${sent.get(3)}`;
  await harness.applied(sent);
  await harness.applied(await harness.publish(storyEvents(organisationId, 300, 23)));
  const { meter } = await service.as(organisationId).meters.createMeter(meterDraft('first'));
  meterId = meter?.id ?? '';
  await waitFor(async () => !(await service.as(organisationId).usage.queryUsage(range())).partial, {
    what: 'the backfill',
  });
  // Counted by the lanes, and again: duplicates.
  await harness.applied(await harness.publish(storyEvents(organisationId, 100, 24)));
  await harness.applied(await harness.publish(storyEvents(organisationId, 100, 24)));
});

afterAll(async () => {
  await service?.close();
  await harness?.close();
});

const count = { name: 'Count', aggregationMethod: AggregationMethod.COUNT };

function meterDraft(name: string) {
  return {
    ...{ name, eventName: 'Song played', requestId: name },
    profiles: [
      { ...count, code: 'count' },
      ...ofProperty('songs', 'song', AggregationMethod.COUNT_UNIQUE),
      ...ofProperty('level', 'seconds', AggregationMethod.TIME_WEIGHTED_SUM),
      { ...count, code: 'by-country', groupBy: ['country'] },
    ],
  };
}

function ofProperty(code: string, aggregationProperty: string, method: AggregationMethod) {
  return [{ code, name: code, aggregationProperty, aggregationMethod: method, recurring: true }];
}

/** Ragged at both ends, over two days. */
function range() {
  return {
    meterId,
    startTime: timestampFromMs(Date.UTC(2024, 4, 30, 21, 30)),
    endTime: timestampFromMs(Date.UTC(2024, 5, 1, 5, 10)),
  };
}

/** What each RPC is asked, in all the ways that make other queries. */
function requestsOf(): Record<string, readonly object[]> {
  const accountIds = ['acct_1', 'acct_2'];
  const profiles = ['count', 'songs', 'level', 'by-country'];
  const days = {
    startTime: timestampFromMs(Date.UTC(2024, 4, 30)),
    endTime: timestampFromMs(Date.UTC(2024, 5, 2)),
  };
  return {
    'MeterService.CreateMeter': [meterDraft('second')],
    'MeterService.GetMeter': [{ meterId }],
    'MeterService.ListMeters': [{}, { eventName: 'Song played' }, { includeArchived: true }],
    'MeterService.UpdateMeter': [{ meterId, name: 'renamed' }],
    'MeterService.AddMeterProfile': [{ meterId, profile: { ...count, code: 'more' } }],
    'MeterService.ReviseMeterProfile': [
      {
        meterId,
        profile: { ...count, code: 'count' },
        effectiveTime: timestampFromMs(Date.UTC(2024, 4, 31)),
      },
    ],
    'MeterService.PreviewMeter': [{}, { accountIds }].map((more) => ({
      ...{ eventName: 'Song played', profile: { ...count, code: 'draft' }, ...days, ...more },
    })),
    'UsageService.QueryUsage': profiles.flatMap((profile) => [
      { ...range(), profile },
      { ...range(), profile, accountIds },
      { ...range(), profile, accountIds, byGroup: true, window: UsageWindow.DAY },
      { ...range(), profile, accountIds, knownAt: timestampFromMs(Date.now()) },
    ]),
    'UsageService.QueryAccountUsage': [
      {
        ...{ accountId: 'acct_1', idempotencyKeys: ['23-1', 'unknown'] },
        questions: profiles.map((profile) => ({ ...range(), profile })),
      },
    ],
    'UsageService.WatchUsage': [{ query: { ...range(), accountIds } }],
    'UsageService.ExplainUsage': profiles.flatMap((profile) =>
      [false, true].map((decidingOnly) => ({
        ...{ ...range(), profile, accountId: 'acct_1', decidingOnly },
      })),
    ),
    'UsageService.VerifyUsage': [
      { ...days, daysPerSecondMax: 100_000 },
      { ...days, meterId, accountIds, daysPerSecondMax: 100_000 },
    ],
    'UsageService.RepairUsage': [{ ...days, meterId, accountIds, daysPerSecondMax: 100_000 }],
    'UsageService.TellUsageChanges': [{}, { accountIds }],
    'StoredEventService.ListEvents': [
      { accountId: 'acct_1' },
      { accountId: 'acct_1', eventName: 'Song played', ...days },
      { idempotencyKeys: ['23-1', '23-2'] },
    ],
    'StoredEventService.GetEvent': [{ idempotencyKey: '23-1' }],
    'StoredEventService.ListConflicts': [{}, { accountId: 'acct_1' }],
    'StoredEventService.ListCorrections': [
      ...[{}, { state: StoredCorrectionState.WAITING }],
      ...[{ accountId: 'acct_1' }, { idempotencyKeys: ['23-1', '23-2'] }],
    ],
    'StoredEventService.GetIngestReport': [days],
    'StoredEventService.ListEventAccounts': [{}],
    'StoredEventService.SummarizeEventAccounts': [{ accountIds: ['acct_1'] }],
    'StoredEventService.ListQuarantinedMessages': [{}, { includeReplayed: true }],
    'StoredEventService.ReplayQuarantinedMessages': [{}, { ids: [quarantinedId] }],
  };
}

test('no RPC scans a collection, and neither do the lanes and the backfill', async () => {
  const requests = requestsOf();
  for (const [name, method] of methods) {
    const asked = requests[name];
    // A new RPC belongs here.
    if (asked === undefined) throw new Error(`${name} is not asked.`);
    for (const request of asked) await callOnce(method, request);
  }
  const { db } = harness.mongo;
  await db.setProfilingLevel('off');
  const profiled = await db.collection('system.profile').find({}).toArray();
  const read = new Set(profiled.map(({ ns }) => String(ns).split('.')[1]));
  for (const collection of ['segments', 'event_keys', 'usage_days', 'unique_days', 'backfills']) {
    expect(read).toContain(collection);
  }
  expect(profiled.filter(scans).map(shown)).toEqual([]);
});

type Call = (request: object) => Promise<unknown> | AsyncIterable<unknown>;

/** Calls it and reads its answers, of a watch only the first. */
async function callOnce(method: DescMethod, request: object): Promise<void> {
  const url = `dns:///${new URL(service.address).host}`;
  const { client, close } = createRpcClient(method.parent, {
    ...{ url, key: organisationId },
    defaultTimeoutMs: PATIENCE_MS,
  });
  const call = (client as unknown as Record<string, Call>)[method.localName];
  const answer = call?.(request);
  if (answer !== undefined && Symbol.asyncIterator in answer) {
    for await (const _message of answer) if (method.name === 'WatchUsage') break;
  } else await answer;
  close();
}

function scans({ planSummary, ns }: Document): boolean {
  const whole = READ_WHOLE.some((name) => String(ns).endsWith(`.${name}`));
  return String(planSummary).includes('COLLSCAN') && !whole;
}

function shown({ ns, op, command }: Document) {
  const { filter, q, pipeline } = (command ?? {}) as Document;
  return { ns: String(ns), op: String(op), filter: filter ?? q ?? pipeline };
}
