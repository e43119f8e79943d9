import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { openBucket } from '@billingrails/bus';
import {
  AggregationMethod,
  BackfillStatus,
  MeterStatus,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { bucketKeyOf } from '../use-cases/announce-name';
import { startHarness, type Harness } from '../../testing/harness';
import { oracleStored } from '../../testing/oracle/oracle';
import { refusalOf, startService, type Service } from '../../testing/service';
import { expectStory, newOrganisation, storyEvents } from '../../testing/story';

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

const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
const list = (...values: string[]) => ({
  kind: { case: 'listValue' as const, value: { values: values.map(text) } },
});

const calls = {
  code: 'calls',
  name: 'Calls',
  aggregationMethod: AggregationMethod.COUNT,
};
const draft = { name: 'Calls', eventName: 'Call ended', profiles: [calls] };

describe('creating a meter', () => {
  test('takes filters in both forms, and returns and stores the list form', async () => {
    const { meters } = service.as(newOrganisation());
    const filters = [
      { property: list('country'), operator: 'in', value: text('USA') },
      { property: text('call.kind'), operator: 'in', value: list('local', 'abroad') },
      { property: text('a'), operator: 'exists' },
    ];
    const { meter } = await meters.createMeter({ ...draft, profiles: [{ ...calls, filters }] });
    const found = await meters.getMeter({ meterId: meter?.id ?? '' });
    expect(found.meter).toEqual(meter);
    const stored = found.meter?.profiles[0]?.filters ?? [];
    const keys = stored.map(({ property, value }) => [valuesOf(property), valuesOf(value)]);
    expect(keys).toEqual([
      [['country'], ['USA']],
      [
        ['call', 'kind'],
        ['local', 'abroad'],
      ],
      [['a'], []],
    ]);
    expect(meter).toMatchObject({
      status: MeterStatus.ACTIVE,
      defaultProfile: 'calls',
      accountMapping: { eventProperty: 'billingrails_account_id' },
    });
    expect(meter?.profiles[0]?.backfill).toMatchObject({ status: BackfillStatus.COMPLETE });
  });

  test('with one request_id makes one meter, and gives the first answer again', async () => {
    const { meters } = service.as(newOrganisation());
    const request = { ...draft, requestId: 'r1' };
    const answers = await Promise.all([1, 2, 3].map(() => meters.createMeter(request)));
    expect(new Set(answers.map(({ meter }) => meter?.id)).size).toBe(1);
    expect((await meters.listMeters({})).meters).toHaveLength(1);
    const other = meters.createMeter({ ...request, name: 'Other' });
    expect(await refusalOf(other)).toMatchObject({
      code: 'AlreadyExists',
      reason: 'REQUEST_ID_REUSED',
    });
  });

  test('names everything that is wrong, by field', async () => {
    const { meters } = service.as(newOrganisation());
    const filters = [{ property: text('a..b'), operator: 'gt', value: text('x') }];
    const refused = meters.createMeter({
      ...draft,
      profiles: [calls, { ...calls, aggregationProperty: 'x', filters }],
      defaultProfile: 'none',
    });
    expect((await refusalOf(refused)).fields).toEqual([
      'profiles[1].aggregation_property',
      'profiles[1].filters[0].property',
      'profiles[1].filters[0].value',
      'profiles[1].code',
      'default_profile',
    ]);
  });

  test('refuses names and paths that no event can have, as ingest does, by field', async () => {
    const { meters } = service.as(newOrganisation());
    const filters = [{ property: text('__proto__'), operator: 'eq', value: text('x') }];
    const method = AggregationMethod.SUM;
    const refused = meters.createMeter({
      ...draft,
      eventName: 'Song\u0007played',
      accountMapping: { eventProperty: 'a.__proto__' },
      profiles: [
        { ...calls, aggregationMethod: method, aggregationProperty: 'b\u0000', filters },
        { ...calls, code: 'second', groupBy: ['__proto__'] },
      ],
    });
    expect((await refusalOf(refused)).fields).toEqual([
      'event_name',
      'account_mapping.event_property',
      'profiles[0].aggregation_property',
      'profiles[0].filters[0].property',
      'profiles[1].group_by[0]',
    ]);
  });

  test('refuses a second account mapping for an event name, also of two at once', async () => {
    const { meters } = service.as(newOrganisation());
    const mapped = (eventProperty: string) =>
      meters.createMeter({ ...draft, accountMapping: { eventProperty } });
    const both = await Promise.allSettled([mapped('customer'), mapped('tenant.id')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await refusalOf(meters.createMeter(draft))).toMatchObject({
      code: 'FailedPrecondition',
      reason: 'ACCOUNT_MAPPING_DIFFERS',
      fields: ['account_mapping.event_property'],
    });
  });

  test('counts the events that are stored already, and says when it has', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const events = storyEvents(organisationId, 300, 21);
    await harness.applied(await harness.publish(events));
    const { meter } = await meters.createMeter({ ...draft, eventName: 'Song played' });
    const meterId = meter?.id ?? '';
    const backfill = await waitFor(
      async () => {
        const found = await meters.getMeter({ meterId });
        const backfill = found.meter?.profiles[0]?.backfill;
        return backfill?.status === BackfillStatus.COMPLETE && backfill;
      },
      { what: 'the backfill' },
    );
    const stored = oracleStored(events).filter(
      ({ eventName }) => eventName === 'Song played',
    ).length;
    expect(backfill.totalCount).toBe(BigInt(stored));
    expect(backfill.doneCount).toBe(BigInt(stored));
    expect(Number(backfill.eventsPerSecond)).toBeGreaterThan(0);
    expect(backfill.estimatedEndTime).toBeUndefined();
  });
});

describe('a meter', () => {
  test('is changed in what is asked for, and archived meters leave the list', async () => {
    const { meters } = service.as(newOrganisation());
    const profiles = [calls, { ...calls, code: 'more' }];
    const { meter } = await meters.createMeter({ ...draft, profiles });
    const meterId = meter?.id ?? '';
    const renamed = await meters.updateMeter({ meterId, name: 'New', defaultProfile: 'more' });
    expect(renamed.meter).toMatchObject({
      name: 'New',
      defaultProfile: 'more',
      status: MeterStatus.ACTIVE,
    });
    await meters.updateMeter({ meterId, status: MeterStatus.ARCHIVED });
    expect((await meters.listMeters({})).meters).toHaveLength(0);
    expect((await meters.listMeters({ includeArchived: true })).meters).toHaveLength(1);
  });

  test('takes another profile, which counts from then on and what was before', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const { meter } = await meters.createMeter({ ...draft, eventName: 'Song played' });
    const meterId = meter?.id ?? '';
    const events = storyEvents(organisationId, 200, 22);
    await harness.applied(await harness.publish(events.slice(0, 100)));
    const profile = {
      ...{ code: 'seconds', name: 'Seconds', aggregationProperty: 'seconds' },
      aggregationMethod: AggregationMethod.SUM,
    };
    const added = await meters.addMeterProfile({ meterId, profile, requestId: 'r2' });
    await meters.addMeterProfile({ meterId, profile, requestId: 'r2' });
    expect(added.meter?.profiles.map(({ code }) => code)).toEqual(['calls', 'seconds']);
    await harness.applied(await harness.publish(events.slice(100)));
    await waitFor(
      async () => {
        const found = await meters.getMeter({ meterId });
        return found.meter?.profiles[1]?.backfill?.status === BackfillStatus.COMPLETE;
      },
      { what: 'the backfill' },
    );
    const named = { id: meterId, organisationId, profiles: [{ code: 'seconds' }] } as never;
    const sum = { eventName: 'Song played', method: 'sum', property: ['seconds'], filters: [] };
    await expectStory(harness, named, events, [sum]);
    expect(await refusalOf(meters.addMeterProfile({ meterId, profile }))).toMatchObject({
      code: 'FailedPrecondition',
      reason: 'PROFILE_CODE_TAKEN',
    });
  });

  test('is found by its own organisation only', async () => {
    const own = service.as(newOrganisation()).meters;
    const other = service.as(newOrganisation()).meters;
    const { meter } = await own.createMeter(draft);
    const meterId = meter?.id ?? '';
    const notFound = { code: 'NotFound', reason: 'METER_NOT_FOUND' };
    expect(await refusalOf(other.getMeter({ meterId }))).toMatchObject(notFound);
    expect(await refusalOf(other.updateMeter({ meterId, name: 'x' }))).toMatchObject(notFound);
    const profile = { ...calls, code: 'more' };
    expect(await refusalOf(other.addMeterProfile({ meterId, profile }))).toMatchObject(notFound);
    expect((await other.listMeters({ includeArchived: true })).meters).toEqual([]);
  });

  test('is listed once over pages, oldest first, and by event name', async () => {
    const { meters } = service.as(newOrganisation());
    const created: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      const { meter } = await meters.createMeter({ ...draft, eventName: n % 2 ? 'odd' : 'even' });
      created.push(meter?.id ?? '');
    }
    const listed: string[] = [];
    let pageToken = '';
    do {
      const page = await meters.listMeters({ pageSize: 3, pageToken });
      listed.push(...page.meters.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(listed).toEqual(created);
    const odd = await meters.listMeters({ eventName: 'odd' });
    expect(odd.meters.map(({ id }) => id)).toEqual(created.filter((_, n) => n % 2));
  });
});

describe('ingest is told what meters say about an event name', () => {
  const property = 'customer.id';
  const name = 'Call ended';
  const seconds = {
    ...{ code: 'seconds', name: 'Seconds', aggregationProperty: 'seconds' },
    aggregationMethod: AggregationMethod.SUM,
  };
  const told = async (organisationId: OrganisationId) => {
    const bucket = await openBucket(harness.bus, 'event_definitions');
    const value = (await bucket.get(bucketKeyOf({ organisationId, eventName: name })))?.value;
    return value && JSON.parse(Buffer.from(value).toString());
  };

  test('before the answer that creates its meter', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const filters = [{ property: text('kind'), operator: 'eq', value: text('local') }];
    await meters.createMeter({
      ...draft,
      accountMapping: { eventProperty: property },
      profiles: [calls, { ...seconds, filters }],
    });
    expect(await told(organisationId)).toEqual({
      organisation_id: organisationId,
      event_name: name,
      account_property: property,
      numbers: [
        {
          ...{ property: 'seconds', meter: 'Calls', profile: 'seconds', method: 'sum' },
          filter: { all: [{ property: ['kind'], operator: 'eq', values: ['local'] }] },
        },
      ],
    });
  });

  test('before the answer that adds or revises a profile, archives a meter or returns it', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const { meter } = await meters.createMeter(draft);
    const meterId = meter?.id ?? '';
    const numbers = async () => (await told(organisationId)).numbers;
    expect(await numbers()).toEqual([]);
    await meters.addMeterProfile({ meterId, profile: seconds });
    expect(await numbers()).toHaveLength(1);
    const profile = { ...seconds, aggregationProperty: 'duration' };
    await meters.reviseMeterProfile({ meterId, profile, effectiveTime: timestampFromMs(0) });
    expect(await numbers()).toMatchObject([
      { property: 'seconds', to_ms: 0 },
      { property: 'duration', from_ms: 0 },
    ]);
    await meters.updateMeter({ meterId, status: MeterStatus.ARCHIVED });
    expect(await numbers()).toEqual([]);
    await meters.updateMeter({ meterId, status: MeterStatus.ACTIVE });
    expect(await numbers()).toHaveLength(2);
  });

  test('without numbers where they are more than a message holds', async () => {
    const organisationId = newOrganisation();
    const { meters } = service.as(organisationId);
    const long = list(...Array.from({ length: 4 }, (_, n) => `${n}`.repeat(16_000)));
    const filters = [{ property: text('kind'), operator: 'in', value: long }];
    const profiles = Array.from({ length: 8 }, (_, n) => ({ ...seconds, code: `s${n}`, filters }));
    await meters.createMeter({ ...draft, profiles });
    await meters.createMeter({ ...draft, profiles });
    expect(await told(organisationId)).toMatchObject({ event_name: name, numbers: [] });
  });

  test('at the next start, where the process ended between the commit and the telling', async () => {
    const organisationId = newOrganisation();
    await harness.createMeter(organisationId, [
      { eventName: name, method: 'count', property: [], filters: [] },
    ]);
    expect(await told(organisationId)).toBeUndefined();
    const restarted = await startService(harness);
    await waitFor(() => told(organisationId), { what: 'the definition' });
    await restarted.close();
  });
});

function valuesOf(value: { kind: { case?: string | undefined; value?: unknown } } | undefined) {
  const kind = value?.kind as { value: { values: { kind: { value: unknown } }[] } } | undefined;
  return kind?.value.values.map((element) => element.kind.value);
}
