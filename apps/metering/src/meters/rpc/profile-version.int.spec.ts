import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { UsageRow } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { waitFor } from '@billingrails/testing';
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
const DAY = Date.UTC(2024, 2, 1);
const accountId = 'acct_1';
const range = {
  startTime: timestampFromMs(DAY),
  endTime: timestampFromMs(DAY + 10 * HOUR_MS + 1),
};
const method = AggregationMethod;

function call(organisationId: string, n: number, properties: object): OracleEvent {
  return {
    ...{ organisationId, accountId, eventName: 'Call', key: `k${n}` },
    timestampMs: DAY + n * HOUR_MS,
    receiveTimeMs: Date.now(),
    properties: JSON.stringify(properties),
  };
}

/** A meter of calls, and ten of them, an hour after the other: of regions and models that read alike. */
async function counted(profile: object) {
  const organisationId = newOrganisation();
  const { meters, usage } = service.as(organisationId);
  const first = { code: 'calls', name: 'c', aggregationMethod: method.SUM, ...profile };
  const { meter } = await meters.createMeter({ name: 'm', eventName: 'Call', profiles: [first] });
  const meterId = meter?.id ?? '';
  const calls = Array.from({ length: 10 }, (_, n) =>
    call(organisationId, n, { seconds: 1, bytes: 100, region: `r${n % 2}`, model: 'r0', who: n }),
  );
  await harness.applied(await harness.publish(calls));
  const query = (more: object = {}) =>
    usage.queryUsage({ meterId, accountIds: [accountId], ...range, ...more });
  const revise = async (revision: object, fromMs: number) => {
    await meters.reviseMeterProfile({
      meterId,
      profile: { ...first, ...revision },
      effectiveTime: timestampFromMs(fromMs),
    });
    await waitFor(async () => !(await query()).partial, {
      what: 'the new version to have counted earlier events',
    });
  };
  return { organisationId, usage, meterId, query, revise };
}

const told = (rows: readonly UsageRow[]) =>
  rows.map(({ value, group }) => [group?.values[0]?.kind.value, group?.profileVersion, value]);

async function explained(answers: AsyncIterable<{ quantity?: { value: string } | undefined }>) {
  let value: string | undefined;
  for await (const { quantity } of answers) value = quantity?.value ?? value;
  return value;
}

describe('after a past-dated revision', () => {
  test('usage is answered and explained as it was counted before, by the version, or as it was known', async () => {
    const { usage, meterId, query, revise } = await counted({
      ...{ aggregationProperty: 'seconds', groupBy: ['region'] },
    });
    const before = await query();
    const byGroup = { byGroup: true };
    const groupsBefore = told((await query(byGroup)).rows);
    const knownAt = timestampFromMs(Date.now());
    expect(before).toMatchObject({ rows: [{ value: '10' }], profileVersion: 1 });
    await revise({ aggregationProperty: 'bytes' }, DAY);
    expect(await query()).toMatchObject({ rows: [{ value: '1000' }], profileVersion: 2 });
    for (const then of [{ profileVersion: 1 }, { knownAt }]) {
      expect(await query(then)).toMatchObject({ rows: [{ value: '10' }], profileVersion: 1 });
      expect(told((await query({ ...byGroup, ...then })).rows)).toEqual(groupsBefore);
      const explain = { meterId, accountId, ...range, ...then };
      expect(await explained(usage.explainUsage(explain))).toBe('10');
    }
  });

  test('distinct values that no version counts any more are counted by the one that did', async () => {
    const { organisationId, query, revise } = await counted({
      ...{ aggregationMethod: method.COUNT_UNIQUE, aggregationProperty: 'who' },
    });
    await revise({ aggregationProperty: 'model' }, DAY);
    const late = call(organisationId, 3, { who: 'late', model: 'r0' });
    await harness.applied(await harness.publish([{ ...late, key: 'late' }]));
    expect(await query()).toMatchObject({ rows: [{ value: '1', eventCount: 11n }] });
    const then = await query({ profileVersion: 1 });
    expect(then).toMatchObject({ rows: [{ value: '11', eventCount: 11n }] });
  });

  test('a page is counted by the versions that the page before it was counted by', async () => {
    const { organisationId, query, revise } = await counted({
      ...{ aggregationProperty: 'seconds', groupBy: ['who'] },
    });
    const other = { ...call(organisationId, 1, { seconds: 7, bytes: 700 }), accountId: 'acct_2' };
    await harness.applied(await harness.publish([{ ...other, key: 'other' }]));
    const accountIds = [accountId, 'acct_2'];
    const first = await query({ accountIds, pageSize: 1 });
    await revise({ aggregationProperty: 'bytes' }, DAY);
    const pageToken = first.nextPageToken;
    const second = await query({ accountIds, pageSize: 1, pageToken });
    expect(second).toMatchObject({ rows: [{ value: '7' }], profileVersion: 1 });
  });

  test('a version that the profile does not have is refused by its field', async () => {
    const { query } = await counted({ aggregationProperty: 'seconds' });
    expect(await refusalOf(query({ profileVersion: 2 }))).toMatchObject({
      code: 'InvalidArgument',
      fields: ['profile_version'],
    });
  });
});

test('groups of other group_by paths are groups of their own, also where they read alike, and are found by their version', async () => {
  const { usage, meterId, query, revise } = await counted({
    ...{ aggregationProperty: 'seconds', groupBy: ['region'] },
  });
  await revise({ aggregationProperty: 'seconds', groupBy: ['model'] }, DAY + 4 * HOUR_MS);
  const { rows } = await query({ byGroup: true });
  expect(told(rows)).toEqual([
    ['r0', 1, '2'],
    ['r0', 2, '6'],
    ['r1', 1, '2'],
  ]);
  for (const { group, value } of rows) {
    if (group === undefined) throw new Error('A row by group has one.');
    expect((await query({ groups: [group] })).rows).toMatchObject([{ value }]);
    const explain = { meterId, accountId, ...range, group };
    expect(await explained(usage.explainUsage(explain))).toBe(value);
  }
  const either = { values: rows[0]?.group?.values ?? [] };
  expect((await query({ groups: [either] })).rows).toMatchObject([{ value: '8' }]);
});
