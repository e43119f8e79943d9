import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { encodeConsistencyToken, partitionOf } from '@billingrails/bus';
import {
  UsageWindow,
  type UsageRow,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { fromTimestamp } from '@billingrails/rpc';
import { waitFor } from '@billingrails/testing';
import type { Meter } from '../../meters/domain/meter';
import { startHarness, type Harness } from '../../testing/harness';
import { oracleUsage, type OracleEvent, type OracleProfile } from '../../testing/oracle/oracle';
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

const count: OracleProfile = { eventName: 'Call', method: 'count', property: [], filters: [] };
const HOUR_MS = 3_600_000;

function call(organisationId: string, change: Partial<OracleEvent> = {}): OracleEvent {
  return {
    organisationId,
    accountId: 'acct_1',
    eventName: 'Call',
    key: 'k1',
    timestampMs: Date.UTC(2024, 2, 30, 12),
    properties: '{"seconds":1}',
    ...change,
  };
}

/** An event every 20 minutes from a start on; the nth has n seconds. */
function calls(organisationId: string, startMs: number, eventCount: number): OracleEvent[] {
  return Array.from({ length: eventCount }, (_, n) =>
    call(organisationId, {
      key: `call ${n}`,
      timestampMs: startMs + n * 20 * 60_000,
      properties: JSON.stringify({ seconds: n, song: n % 5 }),
    }),
  );
}

function query(meter: Meter, startMs: number, endMs: number) {
  return {
    meterId: meter.id,
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(endMs),
  };
}

function plain({ startTime, endTime, accountId, value, eventCount }: UsageRow) {
  if (startTime === undefined || endTime === undefined) throw new Error('A row has its times.');
  return {
    accountId,
    startMs: fromTimestamp(startTime),
    endMs: fromTimestamp(endTime),
    value,
    eventCount: Number(eventCount),
  };
}

describe('a usage query', () => {
  test.each([
    ['Europe/Berlin', Date.UTC(2024, 2, 29, 23), [24, 23, 24]],
    ['Europe/Berlin', Date.UTC(2024, 9, 25, 22), [24, 25, 24]],
    ['Asia/Kolkata', Date.UTC(2024, 2, 29, 18, 30), [24, 24, 24]],
    ['America/St_Johns', Date.UTC(2024, 2, 9, 3, 30), [24, 23, 24]],
    ['Australia/Lord_Howe', Date.UTC(2024, 3, 5, 13), [24, 24.5, 24]],
    ['UTC', Date.UTC(2024, 1, 28), [24, 24, 24]],
  ])('by day in %s from %d has days of %j hours, each exact', async (timeZone, startMs, hours) => {
    const organisationId = newOrganisation();
    const profiles = ['sum', 'count', 'count_unique', 'max', 'min', 'latest'].map((method) => ({
      ...count,
      method,
      property: method === 'count' ? [] : [method === 'count_unique' ? 'song' : 'seconds'],
    }));
    const meter = await harness.createMeter(organisationId, profiles);
    const events = calls(organisationId, startMs - HOUR_MS, 230);
    await harness.applied(await harness.publish(events));
    const endMs = startMs + hours.reduce((sum, length) => sum + length, 0) * HOUR_MS;
    for (const [index, profile] of profiles.entries()) {
      const { rows } = await service.as(organisationId).usage.queryUsage({
        ...query(meter, startMs, endMs),
        profile: `p${index}`,
        accountIds: ['acct_1'],
        window: UsageWindow.DAY,
        timeZone,
      });
      const found = rows.map(plain);
      expect(found.map((row) => (row.endMs - row.startMs) / HOUR_MS)).toEqual(hours);
      const expected = found.map((row) => ({
        ...row,
        ...oracleUsage(events, profile, { ...row, organisationId }),
      }));
      expect(found).toEqual(expected);
    }
  });

  test('by hour and by month, ragged at both ends, is exact to the millisecond', async () => {
    const organisationId = newOrganisation();
    const profile = { ...count, method: 'sum', property: ['seconds'] };
    const meter = await harness.createMeter(organisationId, [profile]);
    const startMs = Date.UTC(2024, 1, 29, 20, 20, 0, 1);
    const events = calls(organisationId, Date.UTC(2024, 1, 29, 18), 120);
    await harness.applied(await harness.publish(events));
    for (const window of [UsageWindow.NONE, UsageWindow.HOUR, UsageWindow.MONTH]) {
      const { rows } = await service.as(organisationId).usage.queryUsage({
        ...query(meter, startMs, startMs + 25 * HOUR_MS - 1),
        accountIds: ['acct_1'],
        window,
      });
      const found = rows.map(plain);
      expect(
        found.map((row) => ({
          ...row,
          ...oracleUsage(events, profile, { ...row, organisationId }),
        })),
      ).toEqual(found);
      expect(found.length).toBe(
        window === UsageWindow.HOUR ? 26 : window === UsageWindow.MONTH ? 2 : 1,
      );
    }
  });

  test('gives windows without events their rows: "0", or nothing for max, min and latest', async () => {
    const organisationId = newOrganisation();
    const methods = ['sum', 'count', 'count_unique', 'max', 'min', 'latest'];
    const property = ['seconds'];
    const meter = await harness.createMeter(
      organisationId,
      methods.map((method) => ({ ...count, method, property: method === 'count' ? [] : property })),
    );
    const values: string[] = [];
    for (const index of methods.keys()) {
      const { rows, partial } = await service.as(organisationId).usage.queryUsage({
        ...query(meter, 0, 2 * HOUR_MS),
        profile: `p${index}`,
        accountIds: ['acct_none'],
        window: UsageWindow.HOUR,
      });
      expect(rows).toHaveLength(2);
      expect(rows.every(({ eventCount }) => eventCount === 0n)).toBe(true);
      expect(partial).toBe(false);
      values.push(rows[0]?.value ?? 'no row');
    }
    expect(values).toEqual(['0', '0', '0', '', '', '']);
  });

  test('up to the present carries a level to the present, not to the end of the cycle', async () => {
    const organisationId = newOrganisation();
    const level: OracleProfile = { ...count, method: 'time_weighted_sum', property: ['seconds'] };
    const meter = await harness.createMeter(organisationId, [level]);
    const { usage } = service.as(organisationId);
    const startMs = Date.UTC(2023, 1, 1);
    const set = call(organisationId, { timestampMs: startMs });
    await harness.applied(await harness.publish([set]));
    const upTo = async (endMs: number) => {
      const accountIds = ['acct_1'];
      const { rows } = await usage.queryUsage({ ...query(meter, startMs, endMs), accountIds });
      return rows[0]?.value;
    };
    expect(await upTo(startMs + HOUR_MS)).toBe('3600');
    expect(await upTo(Date.UTC(2023, 2, 1))).toBe('2419200');
  });

  test('with a consistency token counts the events of that answer', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const { usage } = service.as(organisationId);
    for (let n = 1; n <= 20; n += 1) {
      const seqs = await harness.publish([call(organisationId, { key: `k${n}` })]);
      const { rows } = await usage.queryUsage({
        ...query(meter, 0, Date.UTC(2025, 0, 1)),
        accountIds: ['acct_1'],
        consistencyToken: encodeConsistencyToken(seqs),
      });
      expect(rows[0]?.value).toBe(`${n}`);
    }
  });

  test('that waits for what is acknowledged counts every event sent before it', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const { usage } = service.as(organisationId);
    for (let n = 1; n <= 10; n += 1) {
      const accountId = `acct_${n}`;
      await harness.publish([call(organisationId, { key: `k${n}`, accountId })]);
      const range = { ...query(meter, 0, Date.UTC(2025, 0, 1)), waitForAcknowledged: true };
      const named = await usage.queryUsage({ ...range, accountIds: [accountId] });
      expect(named.rows[0]?.value).toBe('1');
      expect((await usage.queryUsage(range)).rows).toHaveLength(n);
    }
  });

  test('is of one moment: what was counted together is seen together, in buckets and at edges', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const hourMs = Date.UTC(2024, 2, 30, 10);
    // Of each message, one event lies in a whole hour of the range, the other at its ragged end.
    const pairs = Array.from({ length: 60 }, (_, n) => [
      call(organisationId, { key: `a${n}`, timestampMs: hourMs + n }),
      call(organisationId, { key: `b${n}`, timestampMs: hourMs + 2 * HOUR_MS + n }),
    ]);
    const seen = new Set<bigint>();
    const publishing = (async () => {
      for (const [index, pair] of pairs.entries()) {
        await harness.publish(pair);
        // Not all before the first look, however slow that is.
        const published = 2n * BigInt(index + 1);
        if (published % 20n === 0n) {
          await waitFor(() => seen.has(published), { what: `a look at ${published} events` });
        }
      }
    })();
    const { usage } = service.as(organisationId);
    const range = { ...query(meter, hourMs, hourMs + 2 * HOUR_MS + 500), accountIds: ['acct_1'] };
    while (!seen.has(120n)) {
      const { rows } = await usage.queryUsage(range);
      seen.add(rows[0]?.eventCount ?? -1n);
    }
    await publishing;
    expect([...seen].filter((eventCount) => eventCount % 2n !== 0n)).toEqual([]);
    expect(seen.size).toBeGreaterThan(3);
  });

  test('is refused cleanly when metering does not catch up before the deadline', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const partition = partitionOf(organisationId, 'acct_1');
    const future = encodeConsistencyToken(new Map([[partition, 1_000_000_000]]));
    const calling = service
      .as(organisationId)
      .usage.queryUsage(
        { ...query(meter, 0, 1_000), accountIds: ['acct_1'], consistencyToken: future },
        { timeoutMs: 1_000 },
      );
    expect(['Unavailable', 'DeadlineExceeded']).toContain((await refusalOf(calling)).code);
  });

  test('of all accounts pages through those with usage in the range, each once, by id', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const inside = Array.from({ length: 25 }, (_, n) =>
      call(organisationId, { accountId: `acct_${n}`, key: `k${n}` }),
    );
    const sameDayOutside = call(organisationId, {
      ...{ accountId: 'acct_outside', key: 'outside' },
      timestampMs: Date.UTC(2024, 2, 30, 13),
    });
    await harness.applied(await harness.publish([...inside, sameDayOutside]));
    const { usage } = service.as(organisationId);
    const range = query(meter, Date.UTC(2024, 2, 30, 11), Date.UTC(2024, 2, 30, 12, 30));
    const found: string[] = [];
    let pageToken = '';
    do {
      const page = await usage.queryUsage({ ...range, pageSize: 10, pageToken });
      found.push(...page.rows.map(({ accountId }) => accountId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(found).toEqual(inside.map(({ accountId }) => accountId).sort());
  });

  test('of named accounts pages through them in the order asked', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    await harness.applied(await harness.publish([call(organisationId)]));
    const { usage } = service.as(organisationId);
    const request = {
      ...query(meter, 0, Date.UTC(2025, 0, 1)),
      accountIds: ['z', 'acct_1', 'b'],
      pageSize: 2,
    };
    const first = await usage.queryUsage(request);
    const second = await usage.queryUsage({ ...request, pageToken: first.nextPageToken });
    const rows = [...first.rows, ...second.rows].map(({ accountId, value }) => [accountId, value]);
    expect(rows).toEqual([
      ['z', '0'],
      ['acct_1', '1'],
      ['b', '0'],
    ]);
    expect(second.nextPageToken).toBe('');
    // A token belongs to its request.
    const other = { ...request, accountIds: ['b'], pageToken: first.nextPageToken };
    expect(await refusalOf(usage.queryUsage(other))).toMatchObject({ fields: ['page_token'] });
  });

  test('keeps pages small where there are many windows', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const { usage } = service.as(organisationId);
    const { rows, nextPageToken } = await usage.queryUsage({
      ...query(meter, 0, 4_000 * HOUR_MS),
      accountIds: ['a', 'b', 'c'],
      window: UsageWindow.HOUR,
    });
    expect(rows).toHaveLength(8_000);
    expect(nextPageToken).not.toBe('');
  });

  test.each([
    ['a range that ends before it starts', { startTime: timestampFromMs(5) }, 'end_time'],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'time_zone'],
    ['an account that cannot be one', { accountIds: ['ok', 'not one'] }, 'account_ids[1]'],
    [
      'more windows than 10,000',
      { endTime: timestampFromMs(10_001 * HOUR_MS), window: UsageWindow.HOUR },
      'end_time',
    ],
    ['a page token of nobody', { pageToken: 'x' }, 'page_token'],
    ['a consistency token of nobody', { consistencyToken: 'x' }, 'consistency_token'],
  ])('is refused with %s, by field', async (_what, change, field) => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const { usage } = service.as(organisationId);
    const calling = usage.queryUsage({ ...query(meter, 0, 5), ...change });
    expect(await refusalOf(calling)).toMatchObject({ code: 'InvalidArgument', fields: [field] });
  });

  test('finds neither a meter of another organisation nor an unknown profile', async () => {
    const meter = await harness.createMeter(newOrganisation(), [count]);
    const { usage } = service.as(newOrganisation());
    const notFound = { code: 'NotFound' };
    expect(await refusalOf(usage.queryUsage(query(meter, 0, 5)))).toMatchObject(notFound);
    const own = service.as(meter.organisationId).usage;
    const unknown = { ...query(meter, 0, 5), profile: 'none' };
    expect(await refusalOf(own.queryUsage(unknown))).toMatchObject(notFound);
  });
});
