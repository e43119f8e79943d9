import { fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, ValueSchema } from '@bufbuild/protobuf/wkt';
import {
  type QueryUsageRequestSchema,
  UsageWindow,
  type UsageRow,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { waitFor } from '@billingrails/testing';
import type { Meter } from '../../meters/domain/meter';
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY = Date.UTC(2024, 2, 30);
const profile = { eventName: 'Call', property: ['seconds'], filters: [], groupBy: [['region']] };

function call(
  organisationId: string,
  n: number,
  region: unknown,
  timestampMs: number,
): OracleEvent {
  return {
    ...{ organisationId, accountId: 'acct_1', eventName: 'Call', timestampMs },
    key: `call ${n}`,
    properties: JSON.stringify({ seconds: 1, region }),
  };
}

/** More than a page of rows by group holds. */
const MORE_THAN_A_PAGE = 3_001;
/** More than have names of their own while their events are only added. */
const VERY_MANY = 1_001;

/** A call each of so many regions, and two regions once more an hour later. */
async function publishMany(organisationId: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) =>
    call(organisationId, n, `region ${n}`, DAY + n),
  );
  await harness.applied(await harness.publish(events));
  const again = [0, count - 1].map((n) =>
    call(organisationId, 5_000 + n, `region ${n}`, DAY + HOUR_MS + n),
  );
  await harness.applied(await harness.publish(again));
}

type Request = MessageInitShape<typeof QueryUsageRequestSchema>;

/** Once everything is counted: what meets very many buckets is counted in steps, and usage is partial meanwhile. */
async function allRows(meter: Meter, request: Request): Promise<UsageRow[]> {
  const { usage } = service.as(meter.organisationId);
  const ask = (pageToken: string) =>
    usage.queryUsage({
      meterId: meter.id,
      startTime: timestampFromMs(DAY),
      endTime: timestampFromMs(DAY + DAY_MS),
      accountIds: ['acct_1'],
      ...request,
      pageToken,
    });
  await waitFor(async () => !(await ask('')).partial, { what: 'all events to be counted' });
  const rows: UsageRow[] = [];
  let pageToken = '';
  do {
    const page = await ask(pageToken);
    expect(page.rows.length).toBeLessThanOrEqual(10_000);
    rows.push(...page.rows);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return rows;
}

function valueOf(value: Parameters<typeof fromJson>[1]) {
  return fromJson(ValueSchema, value);
}

describe('usage by group', () => {
  test('has the values of the group_by paths, null where an event lacks one', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
    const regions = ['eu', 'eu', 5, true, null, ['eu'], undefined];
    const events = regions.map((region, n) => call(organisationId, n, region, DAY + n));
    await harness.applied(await harness.publish(events));
    const rows = await allRows(meter, { byGroup: true });
    const found = rows.map(({ group, value }) => [
      group?.values.map(({ kind }) => kind.value),
      value,
    ]);
    expect(found).toEqual([
      [[true], '1'],
      [[5], '1'],
      [['eu'], '2'],
      [[0], '3'],
    ]);
    expect(rows.at(-1)?.group?.values[0]?.kind.case).toBe('nullValue');
    expect((await allRows(meter, {})).map(({ value }) => value)).toEqual(['7']);
  });

  test('has a row for each group, however many there are, at ragged edges too', async () => {
    const organisationId = newOrganisation();
    const methods = ['count', 'count_unique', 'time_weighted_sum'];
    const meter = await harness.createMeter(
      organisationId,
      methods.map((method) => ({
        ...profile,
        method,
        property: method === 'count' ? [] : ['seconds'],
      })),
    );
    await publishMany(organisationId, VERY_MANY);
    for (const startMs of [DAY, DAY + 1]) {
      const range = { startTime: timestampFromMs(startMs), byGroup: true };
      const rows = await allRows(meter, range);
      expect(rows).toHaveLength(VERY_MANY);
      const shown = new Map(rows.map(({ group, value }) => [group?.values[0]?.kind.value, value]));
      expect(shown.get('region 0')).toBe(startMs === DAY ? '2' : '1');
      expect(shown.get('region 999')).toBe('1');
      expect(shown.get(`region ${VERY_MANY - 1}`)).toBe('2');
      const unique = await allRows(meter, { ...range, profile: 'p1', byGroup: false });
      expect(unique.map(({ value }) => value)).toEqual(['1']);
      const byGroup = await allRows(meter, { ...range, profile: 'p1' });
      expect(new Set(byGroup.map(({ value }) => value))).toEqual(new Set(['1']));
    }
    const levels = await allRows(meter, { byGroup: true, profile: 'p2' });
    // The level of 1 is held from the first event of the group to the end of the day.
    const held = levels.find(({ group }) => group?.values[0]?.kind.value === 'region 500');
    expect(held?.value).toBe(String((DAY_MS - 500) / 1_000));
  });

  test('pages through the groups of an account, each window once', async () => {
    const organisationId = newOrganisation();
    // Each has 24 rows.
    const count = 301;
    const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
    await publishMany(organisationId, count);
    const rows = await allRows(meter, { byGroup: true, window: UsageWindow.HOUR });
    expect(rows).toHaveLength(24 * count);
    const names = rows.map(({ group, startTime }) =>
      JSON.stringify([group?.values[0]?.kind.value, String(startTime?.seconds)]),
    );
    expect(new Set(names).size).toBe(rows.length);
    const used = await allRows(meter, { byGroup: true, window: UsageWindow.HOUR, omitEmpty: true });
    expect(used).toHaveLength(count + 2);
    expect(used.every(({ eventCount }) => eventCount > 0n)).toBe(true);
  });

  test('can be asked for some groups, together or apart', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
    await publishMany(organisationId, MORE_THAN_A_PAGE);
    // All of them, of one account or of all accounts, are several pages.
    for (const accountIds of [['acct_1'], []]) {
      const rows = await allRows(meter, { byGroup: true, accountIds });
      expect(rows).toHaveLength(MORE_THAN_A_PAGE);
    }
    const groups = [{ values: [valueOf('region 0')] }, { values: [valueOf('region 2000')] }];
    for (const startMs of [DAY, DAY + 1]) {
      const range = { startTime: timestampFromMs(startMs), groups };
      expect((await allRows(meter, range)).map(({ value }) => value)).toEqual([
        startMs === DAY ? '3' : '2',
      ]);
      expect(await allRows(meter, { ...range, byGroup: true })).toHaveLength(2);
    }
  });

  test('finds a group of a long text by the name it is shown by, and by the text', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
    const long = 'x'.repeat(65);
    const first = [long, 'short'].map((region, n) => call(organisationId, n, region, DAY + n));
    await harness.applied(await harness.publish(first));
    const shown = (await allRows(meter, { byGroup: true })).map(({ group }) => group);
    const name = shown.find((group) => String(group?.values[0]?.kind.value).startsWith('sha256:'));
    const values = name?.values ?? [];
    // A text that is written like the name is another one, and has a name of its own.
    const alike = call(organisationId, 2, values[0]?.kind.value, DAY + 2);
    await harness.applied(await harness.publish([alike]));
    for (const groups of [[{ values }], [{ values: [valueOf(long)] }]]) {
      const rows = await allRows(meter, { groups, byGroup: true });
      expect(rows.map(({ value, group }) => [value, group])).toEqual([['1', name]]);
    }
    expect(await allRows(meter, { byGroup: true })).toHaveLength(3);
  });

  test.each([
    ['more values than paths', { values: [valueOf('a'), valueOf('b')] }, 'groups[0]'],
    ['no values', {}, 'groups[0]'],
    ['a list for a value', { values: [valueOf(['a'])] }, 'groups[0].values[0]'],
  ])('is refused for a group with %s', async (_what, group, field) => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
    const { usage } = service.as(organisationId);
    const calling = usage.queryUsage({
      meterId: meter.id,
      startTime: timestampFromMs(DAY),
      endTime: timestampFromMs(DAY + 1),
      groups: [group],
    });
    expect(await refusalOf(calling)).toMatchObject({ code: 'InvalidArgument', fields: [field] });
  });
});
